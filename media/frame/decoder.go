package frame

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"time"

	"postern/media/video"
)

// errOutput reports that a decoder gave something else than one frame of the
// size that was to be expected.
var errOutput = errors.New("not a frame of the right size")

// errNotMine reports a kind of frame that a decoder is not made for.
var errNotMine = errors.New("not for frames of this kind")

// job is a key frame to decode.
type job struct {
	key    *video.KeyFrame
	size   image.Point // in pixels, of the decoded frame
	colour colour

	processor time.Duration // that a program may take for it; 0 for as much as it gets
}

// margin is how many pixels a frame may have of either side beside those that the
// container tells of: up to a macroblock, or two of interlaced pictures, and
// margins.
const margin = 64

// newJob takes the size that the frame itself tells, which the container may cut
// or have wrong, unless it would take far more work than the container's.
func newJob(key *video.KeyFrame, facts video.Facts) job {
	size := image.Pt(facts.CodedWidth, facts.CodedHeight)
	if own := key.Size(); own.X > 0 && own.Y > 0 && int64(own.X)*int64(own.Y) <= maxPixels(size) {
		size = own
	}
	return job{key: key, size: size, colour: colourOf(key, facts)}
}

// maxPixels is how many pixels a frame of a size may have with its margins.
func maxPixels(size image.Point) int64 {
	return int64(size.X+margin) * int64(size.Y+margin)
}

// pixels is the number of pixels of the frame.
func (j job) pixels() int64 { return int64(j.size.X) * int64(j.size.Y) }

// decoder shows key frames of one codec.
type decoder struct {
	name      string // as users see it
	path      string // of its program; "" for none
	testVideo string // "" for that of its codec

	// show decodes a key frame to a picture of full range. It is safe for
	// concurrent use.
	show func(ctx context.Context, j job) (image.Image, error)
	// works tests the decoder, once.
	works func() error
}

// workplace is a folder for one run of a program, with the file that it reads.
type workplace struct{ dir string }

func (l *DecoderChain) newWorkplace(input string, data []byte) (*workplace, error) {
	dir, err := os.MkdirTemp(l.options.Dir, "job-")
	if err != nil {
		return nil, err
	}
	w := &workplace{dir}
	if err := os.WriteFile(w.path(input), data, 0o600); err != nil {
		return nil, errors.Join(err, w.remove())
	}
	return w, nil
}

func (w *workplace) path(name string) string { return filepath.Join(w.dir, name) }

func (w *workplace) remove() error { return os.RemoveAll(w.dir) }

// output reads a file that a program has written, of at most so many bytes.
// What is no plain file is not read.
func (w *workplace) output(name string, most int64) ([]byte, error) {
	info, err := os.Lstat(w.path(name))
	if err != nil {
		return nil, fmt.Errorf("%w: no file", errOutput)
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, fmt.Errorf("%w: file of %d bytes", errOutput, info.Size())
	}
	return os.ReadFile(w.path(name))
}
