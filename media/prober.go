package media

import (
	"context"
	"errors"
	"image"
	"io"

	"postern/media/clip"
)

// ErrNoFrame reports that a clip has no frame to show, or that nothing here
// can decode it.
var ErrNoFrame = errors.New("no frame of the clip")

// Prober shows a frame of a clip whose facts are known. It is safe for
// concurrent use.
type Prober interface {
	// Frame returns a picture of the clip, upright and of its displayed size
	// or smaller in the same proportion. The error wraps ErrNoFrame when there
	// is none to be had.
	Frame(ctx context.Context, r io.ReaderAt, size int64, facts clip.Facts) (image.Image, error)
}

// NoFrames is the Prober of a server that cannot decode clips.
type NoFrames struct{}

// Frame implements Prober.
func (NoFrames) Frame(context.Context, io.ReaderAt, int64, clip.Facts) (image.Image, error) {
	return nil, ErrNoFrame
}

// clipBytes estimates the memory for a frame: of a program that decodes it, and
// of ours.
func clipBytes(info Info) int64 {
	const pixel, program = 32, 64 << 20
	return pixel*int64(info.clip.CodedWidth)*int64(info.clip.CodedHeight) + program
}
