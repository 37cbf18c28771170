package command

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media/frame"
	"postern/media/sandbox"
	"postern/media/video"
	"postern/setup"
)

func (a *app) probeCommand() *cobra.Command {
	var list bool
	var out string
	cmd := a.Listing(&cobra.Command{
		Use: "probe FILE | --list", Short: "Show the facts of a video, and its frame",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case list && len(args) > 0:
				return errors.New("--list takes no file")
			case !list && len(args) != 1:
				return errors.New("probe takes one file, or --list")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.Settings()
			if err != nil {
				return err
			}
			return setup.WithFrameExtractor(c, a.Stderr, func(p *setup.FrameExtractor) error {
				if list {
					return a.listProbes(c, p.Chain)
				}
				return describe(cmd.Context(), p.Chain, a.Stdout, args[0], out)
			})
		},
	})
	cmd.Flags().BoolVar(&list, "list", false, "list the decoders that were found")
	cmd.Flags().StringVar(&out, "out", "", "write the frame to this JPEG")
	return cmd
}

// probeRow is a decoder as probe --list prints it.
type probeRow struct {
	Codec   string `json:"codec"`
	Decoder string `json:"decoder"`
	Path    string `json:"path"`
	State   string `json:"state"`
}

// listProbes tells of each codec what would be used, in order, and what else
// there is to install.
func (a *app) listProbes(c config.Config, decoders *frame.DecoderChain) error {
	var rows []probeRow
	found := decoders.List()
	for _, codec := range slices.Concat(frame.Codecs, frame.StillFormats) {
		works := false
		for _, f := range found {
			if f.Codec != codec {
				continue
			}
			state := "works"
			if f.Error != nil {
				state = "not used: " + f.Error.Error()
			}
			works = works || f.Error == nil
			rows = append(rows, probeRow{string(codec), f.Name, f.Path, state})
		}
		if !works {
			rows = append(rows, probeRow{string(codec), "none", "", "install one of: " + strings.Join(frame.Packages(codec), "; ")})
		}
	}
	if len(c.Video.Command) > 0 {
		rows = append(rows, probeRow{"any", "command", c.Video.Command[0], "when nothing else shows a frame"})
	}
	rows = append(rows, probeRow{"sandbox", strings.Join(sandbox.Confines(), ", "), "", ""})
	return console.PrintList(a.Program, rows, "CODEC\tDECODER\tPATH\tSTATE", func(p probeRow) []any {
		return []any{p.Codec, p.Decoder, p.Path, p.State}
	})
}

// describe prints the facts of a video and what shows its frame.
func describe(ctx context.Context, decoders *frame.DecoderChain, w io.Writer, name, out string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	facts, err := video.Read(f, info.Size())
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s, %s, %dx%d (coded %dx%d, turned %d), %v, %.3f frames a second, sound: %t\n",
		facts.Container, facts.Codec, facts.Width, facts.Height, facts.CodedWidth, facts.CodedHeight,
		facts.Rotation, facts.Duration, facts.FrameRate, facts.HasAudio)
	m, decoder, err := decoders.ExtractFrame(ctx, f, info.Size(), facts)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "frame of %v by %s\n", m.Bounds().Size(), decoder); err != nil || out == "" {
		return err
	}
	return writeJPEG(out, m)
}

func writeJPEG(name string, m image.Image) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(jpeg.Encode(f, m, nil), f.Close())
}
