package picture

import (
	"errors"
	"fmt"
	"image"

	"postern/media/codec/jpeg"
)

// decodeJPEG decodes what media/codec/jpeg knows, and brings the colours of four inks
// into those of screens.
func decodeJPEG(f *file, c Config, minWidth, minHeight int) (image.Image, error) {
	got, err := jpeg.DecodeConfig(f.section(0, f.size))
	if err != nil {
		return nil, jpegError(err)
	}
	if got.Width != c.Width || got.Height != c.Height {
		return nil, fmt.Errorf("%w: decoder sees %dx%d pixels, header told %dx%d", ErrDamaged, got.Width, got.Height, c.Width, c.Height)
	}
	var unused func(start, end int64)
	if f.unused != nil {
		unused = f.unused.Bytes
	}
	m, err := jpeg.DecodeUnused(f.section(0, f.size), minWidth, minHeight, c.DecodedBytes(), unused)
	if err != nil {
		return nil, jpegError(err)
	}
	if inks, ok := m.(*image.CMYK); ok {
		return screenColours(inks, f), nil
	}
	return m, nil
}

// jpegError says which of the errors of this package one of media/codec/jpeg is.
func jpegError(err error) error {
	kind := ErrDamaged
	if errors.Is(err, jpeg.ErrUnsupported) {
		kind = ErrNoDecoder
	}
	return fmt.Errorf("%w: %w", kind, err)
}
