package main

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"postern/media/codec/wasm"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: words,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "postern %s\n%s\n", version, buildInfo())
			return err
		},
	}
}

// buildInfo says what this program was made of, in one line.
func buildInfo() string {
	made, at := commit, date
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				made = cmp.Or(made, s.Value)
			case "vcs.time":
				at = cmp.Or(at, s.Value)
			}
		}
	}
	text := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	if !wasm.Available {
		text += ", without AVIF, HEIC and JPEG XL"
	}
	if made != "" {
		text = "commit " + made + " of " + cmp.Or(at, "an unknown time") + ", " + text
	}
	return text
}

// manCommand is for those who make packages; people do not meet it.
func manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man FOLDER", Short: "Write a man page for each command into a folder", Args: words, Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			return doc.GenManTree(cmd.Root(), &doc.GenManHeader{Section: "1", Source: "postern " + version}, args[0])
		},
	}
}
