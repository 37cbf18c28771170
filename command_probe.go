package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"postern/media"
	"postern/media/clip"
	"postern/media/probe"
	"postern/media/probe/sandbox"
)

// newProber looks for what shows frames of clips. The folder is for files that
// pass through, and is removed at the end.
func newProber(c config, dir string, log *slog.Logger) (*prober, error) {
	ladder, err := probe.New(probe.Options{
		Dir: dir, Programs: c.Video.Probes, Command: c.Video.Command, Timeout: c.Video.ProbeTime.duration(), Log: log,
	})
	if err != nil {
		return nil, err
	}
	return &prober{ladder}, nil
}

// probeDir is the folder of the server's probes.
func probeDir(c config) string { return filepath.Join(c.DataDir, "probe") }

// prober is a ladder of decoders as the library wants it.
type prober struct{ ladder *probe.Ladder }

// Frame implements media.Prober.
func (p *prober) Frame(ctx context.Context, r io.ReaderAt, size int64, facts clip.Facts) (image.Image, error) {
	m, err := p.ladder.Frame(ctx, r, size, facts)
	if errors.Is(err, probe.ErrNoFrame) {
		err = fmt.Errorf("%w: %w", media.ErrNoFrame, err)
	}
	return m, err
}

// serve makes a library show frames.
func (p *prober) serve(parts *media.Parts) { parts.Prober = p }

// Close ends what is under way.
func (p *prober) Close() error { return p.ladder.Close() }

// probeClip shows what would be done with a clip, or with any.
func probeClip(ctx context.Context, e env, args []string) error {
	var list bool
	var out string
	words := 1
	for _, arg := range args {
		if arg == "--list" || arg == "-list" {
			words = 0
		}
	}
	c, files, err := parseArgs(e, "probe", args, words, func(set *flag.FlagSet) {
		set.BoolVar(&list, "list", false, "show the decoders that there are")
		set.StringVar(&out, "out", "", "write the frame to this JPEG")
	})
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "postern-probe-")
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if c.LogLevel == "debug" {
		level = slog.LevelDebug
	}
	p, err := newProber(c, dir, slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: level})))
	if err != nil {
		return err
	}
	defer p.Close()
	if list {
		return listProbes(e.stdout, c, p.ladder)
	}
	return p.describe(ctx, e.stdout, files[0], out)
}

// listProbes tells of each codec what would be used, in order, and what else
// there is to install.
func listProbes(w io.Writer, c config, ladder *probe.Ladder) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	found := ladder.List()
	for _, codec := range probe.Codecs {
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
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", codec, f.Name, f.Path, state)
		}
		if !works {
			fmt.Fprintf(table, "%s\tnone\t\tinstall one of: %s\n", codec, strings.Join(probe.Packages(codec), "; "))
		}
	}
	if len(c.Video.Command) > 0 {
		fmt.Fprintf(table, "any\tcommand\t%s\twhen nothing else shows a frame\n", c.Video.Command[0])
	}
	fmt.Fprintf(table, "sandbox\t%s\n", strings.Join(sandbox.Confines(), ", "))
	return table.Flush()
}

// describe prints the facts of a clip and what shows its frame.
func (p *prober) describe(ctx context.Context, w io.Writer, name, out string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	facts, err := clip.Read(f, info.Size())
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s, %s, %dx%d (coded %dx%d, turned %d), %v, %.3f frames a second, sound: %t\n",
		facts.Container, facts.Codec, facts.Width, facts.Height, facts.CodedWidth, facts.CodedHeight,
		facts.Rotation, facts.Duration, facts.FrameRate, facts.HasAudio)
	m, decoder, err := p.ladder.Show(ctx, f, info.Size(), facts)
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
