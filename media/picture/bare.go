package picture

import (
	"errors"
	"fmt"
	"image"
	"io"

	"postern/media/codec/heif"
)

// Bare is a picture of AVIF, HEIC or JPEG XL as a decoder outside of this process
// gets it: without anything else of the file that it can do without.
type Bare struct {
	Data io.Reader
	Size int64 // of Data in bytes

	// Width and Height are those of the picture that the decoder makes.
	Width, Height int

	shown *heif.Picture // says what of it is shown, and how it lies; nil for all as it is
}

// ReadBare takes a picture out of the first size bytes of r, c being what
// ReadConfig told of them. The error wraps ErrNoDecoder, ErrDamaged, or is that
// of r.
func ReadBare(r io.ReaderAt, size int64, c Config) (Bare, error) {
	f := newFile(r, size)
	if c.inks {
		return Bare{}, fmt.Errorf("%w: JPEG XL in colours of inks", ErrNoDecoder)
	}
	if c.Format == JXL {
		return Bare{Data: f.section(0, size), Size: size, Width: c.Width, Height: c.Height}, nil
	}
	p, err := measuredHEIF(f, c)
	if err != nil && (p == nil || !errors.Is(err, ErrNoDecoder)) {
		return Bare{}, err // what only takes more than is known, a sandbox bounds
	}
	data, n, err := stillHEIF(f, p)
	return Bare{Data: data, Size: n, Width: p.Width, Height: p.Height, shown: p}, err
}

// Least returns how large the decoded picture has to be at least, so that what
// is shown of it is at least of the given size. A part cannot be cut out of a
// picture that was made smaller.
func (b Bare) Least(minWidth, minHeight int) (width, height int) {
	switch {
	case b.shown == nil:
		return minWidth, minHeight
	case b.shown.Visible != image.Rect(0, 0, b.Width, b.Height):
		return b.Width, b.Height
	case b.shown.Orientation >= 5:
		return minHeight, minWidth
	}
	return minWidth, minHeight
}

// Shown returns what is shown of the decoded picture, upright.
func (b Bare) Shown(m image.Image) image.Image {
	switch {
	case b.shown == nil:
		return m
	case m.Bounds().Size() != image.Pt(b.Width, b.Height): // made smaller, see Least
		return Orient(m, b.shown.Orientation)
	}
	return shownPart(m, b.shown)
}
