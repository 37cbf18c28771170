package setup

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"postern/config"
	"postern/media/codec/wasm"
	"postern/media/frame"
	"postern/media/picture"
	"postern/media/process"
	"postern/media/sandbox"
	"postern/media/video"
)

// NewFrameExtractor looks for what shows frames of videos. The folder is for files that
// pass through, and is removed at the end; codecs is that of compiled codecs, "" for
// one that is removed as well.
func NewFrameExtractor(c config.Config, dir, codecs string, log *slog.Logger) (*FrameExtractor, error) {
	decoders, err := frame.New(frame.Options{
		Dir: dir, Codecs: codecs, Programs: UsesPrograms(c), Command: c.Video.Command, Timeout: c.Video.ProbeTime.Duration(), Log: log,
	})
	if err != nil {
		return nil, err
	}
	return &FrameExtractor{decoders}, nil
}

// UsesPrograms reports whether programs of the system may decode foreign bytes: if the
// settings allow it, and the system can at least end them with all that they start.
func UsesPrograms(c config.Config) bool {
	return c.Video.Probes && len(sandbox.Confines()) > 0
}

// KeepCodecs makes the compiled codecs outlive the process, and returns their folder,
// "" for none.
func KeepCodecs(c config.Config, log *slog.Logger) string {
	folder, err := wasm.CacheFolder(filepath.Join(c.DataDir, codecFolder))
	if err != nil {
		log.Warn("compiled codecs are not kept", "error", err)
	}
	wasm.UseCache(folder)
	return folder
}

// FrameExtractor is a chain of decoders as the library wants it.
type FrameExtractor struct{ Chain *frame.DecoderChain }

// Frame implements process.FrameExtractor.
func (p *FrameExtractor) Frame(ctx context.Context, r io.ReaderAt, size int64, facts video.Facts) (image.Image, error) {
	m, err := p.Chain.Frame(ctx, r, size, facts)
	if errors.Is(err, frame.ErrNoFrame) {
		err = fmt.Errorf("%w: %w", process.ErrNoFrame, err)
	}
	return m, err
}

// Still implements process.FrameExtractor.
func (p *FrameExtractor) Still(ctx context.Context, r io.ReaderAt, size int64, c picture.Config, minWidth, minHeight int) (image.Image, []byte, error) {
	m, icc, err := p.Chain.Still(ctx, r, size, c, minWidth, minHeight)
	if errors.Is(err, frame.ErrNoFrame) {
		err = fmt.Errorf("%w: %w", process.ErrNoFrame, err)
	}
	return m, icc, err
}

// Encode implements process.FrameExtractor.
func (p *FrameExtractor) Encode(ctx context.Context, w io.Writer, m image.Image, format picture.Format, o picture.Options) error {
	err := p.Chain.Encode(ctx, w, m, format, o)
	if errors.Is(err, frame.ErrNoFrame) {
		err = fmt.Errorf("%w: %w", process.ErrNoFrame, err)
	}
	return err
}

// Close ends what is under way.
func (p *FrameExtractor) Close() error { return p.Chain.Close() }

// WithFrameExtractor runs f with a prober that has a folder for the time being.
func WithFrameExtractor(c config.Config, log io.Writer, f func(*FrameExtractor) error) error {
	dir, err := os.MkdirTemp("", "postern-probe-")
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if c.LogLevel == "debug" {
		level = slog.LevelDebug
	}
	p, err := NewFrameExtractor(c, dir, "", slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level})))
	if err != nil {
		return err
	}
	return errors.Join(f(p), p.Close())
}
