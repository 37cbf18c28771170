// Postern is an upload gateway for images and videos that speaks the API of
// Chevereto.
package main

import (
	"context"
	"embed"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the system may have no zone files

	"postern/command"
	"postern/media/frame"
)

// exampleConfig documents every setting, with its default.
//
//go:embed config.example.toml
var exampleConfig string

//go:embed templates static
var assets embed.FS

func main() {
	frame.Main() // does not return where the program starts itself to confine another
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if status := command.ExitStatus(err, os.Stderr); status != 0 {
		os.Exit(status)
	}
}

// run carries out the command that args name; without one, it serves.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	return command.Run(ctx, command.Env{
		Getenv: getenv, Environ: os.Environ(), Stdin: os.Stdin, Stdout: stdout, Stderr: stderr, Terminal: command.IsTerminal(os.Stdin),
		Example: exampleConfig, Assets: assets,
	}, args)
}
