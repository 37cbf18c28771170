package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"postern/config"
	"postern/media/codec/wasm"
	"postern/media/frame"
	"postern/media/library"
	"postern/media/picture"
	"postern/media/sandbox"
	"postern/media/video"
)

// newFrameExtractor looks for what shows frames of videos. The folder is for files that
// pass through, and is removed at the end; codecs is that of compiled codecs, "" for
// one that is removed as well.
func newFrameExtractor(c config.Config, dir, codecs string, log *slog.Logger) (*frameExtractor, error) {
	decoders, err := frame.New(frame.Options{
		Dir: dir, Codecs: codecs, Programs: c.Video.Probes, Command: c.Video.Command, Timeout: c.Video.ProbeTime.Duration(), Log: log,
	})
	if err != nil {
		return nil, err
	}
	return &frameExtractor{decoders}, nil
}

// keepCodecs makes the compiled codecs outlive the process, and returns their folder,
// "" for none.
func keepCodecs(c config.Config, log *slog.Logger) string {
	folder, err := wasm.CacheFolder(filepath.Join(c.DataDir, codecFolder))
	if err != nil {
		log.Warn("compiled codecs are not kept", "error", err)
	}
	wasm.UseCache(folder)
	return folder
}

// frameExtractor is a chain of decoders as the library wants it.
type frameExtractor struct{ chain *frame.DecoderChain }

// Frame implements library.FrameExtractor.
func (p *frameExtractor) Frame(ctx context.Context, r io.ReaderAt, size int64, facts video.Facts) (image.Image, error) {
	m, err := p.chain.Frame(ctx, r, size, facts)
	if errors.Is(err, frame.ErrNoFrame) {
		err = fmt.Errorf("%w: %w", library.ErrNoFrame, err)
	}
	return m, err
}

// Still implements library.FrameExtractor.
func (p *frameExtractor) Still(ctx context.Context, r io.ReaderAt, size int64, c picture.Config, minWidth, minHeight int) (image.Image, []byte, error) {
	m, icc, err := p.chain.Still(ctx, r, size, c, minWidth, minHeight)
	if errors.Is(err, frame.ErrNoFrame) {
		err = fmt.Errorf("%w: %w", library.ErrNoFrame, err)
	}
	return m, icc, err
}

// Encode implements library.FrameExtractor.
func (p *frameExtractor) Encode(ctx context.Context, w io.Writer, m image.Image, format picture.Format, o picture.Options) error {
	err := p.chain.Encode(ctx, w, m, format, o)
	if errors.Is(err, frame.ErrNoFrame) {
		err = fmt.Errorf("%w: %w", library.ErrNoFrame, err)
	}
	return err
}

// serve makes a library show frames.
func (p *frameExtractor) serve(parts *library.Parts) { parts.Frames = p }

// Close ends what is under way.
func (p *frameExtractor) Close() error { return p.chain.Close() }

func (a *app) probeCommand() *cobra.Command {
	var list bool
	var out string
	cmd := a.listing(&cobra.Command{
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
			c, err := a.settings()
			if err != nil {
				return err
			}
			return withFrameExtractor(c, a.stderr, func(p *frameExtractor) error {
				if list {
					return a.listProbes(c, p.chain)
				}
				return p.describe(cmd.Context(), a.stdout, args[0], out)
			})
		},
	})
	cmd.Flags().BoolVar(&list, "list", false, "list the decoders that were found")
	cmd.Flags().StringVar(&out, "out", "", "write the frame to this JPEG")
	return cmd
}

// withFrameExtractor runs f with a prober that has a folder for the time being.
func withFrameExtractor(c config.Config, log io.Writer, f func(*frameExtractor) error) error {
	dir, err := os.MkdirTemp("", "postern-probe-")
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if c.LogLevel == "debug" {
		level = slog.LevelDebug
	}
	p, err := newFrameExtractor(c, dir, "", slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level})))
	if err != nil {
		return err
	}
	return errors.Join(f(p), p.Close())
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
	return printList(a, rows, "CODEC\tDECODER\tPATH\tSTATE", func(p probeRow) string {
		return p.Codec + "\t" + p.Decoder + "\t" + p.Path + "\t" + p.State
	})
}

// describe prints the facts of a video and what shows its frame.
func (p *frameExtractor) describe(ctx context.Context, w io.Writer, name, out string) error {
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
	m, decoder, err := p.chain.ExtractFrame(ctx, f, info.Size(), facts)
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
