package picture

import (
	"errors"
	"fmt"
	"image"
	stdjpeg "image/jpeg"

	"postern/media/jpeg"
)

// decodeJPEG leaves the kinds that media/jpeg does not decode, CMYK and odd
// sampling, to the standard library.
func decodeJPEG(f *file, c Config, minWidth, minHeight int) (image.Image, error) {
	got, err := jpeg.DecodeConfig(f.section(0, f.size))
	if errors.Is(err, jpeg.ErrUnsupported) {
		return decodeOddJPEG(f, c)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if got.Width != c.Width || got.Height != c.Height {
		return nil, fmt.Errorf("%w: decoder sees %dx%d pixels, header told %dx%d", ErrDamaged, got.Width, got.Height, c.Width, c.Height)
	}
	m, err := jpeg.DecodeScaled(f.section(0, f.size), minWidth, minHeight, c.DecodedBytes())
	if errors.Is(err, jpeg.ErrUnsupported) {
		return decodeOddJPEG(f, c)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return m, nil
}

func decodeOddJPEG(f *file, c Config) (image.Image, error) {
	return decodeStrictly(f, c, stdjpeg.DecodeConfig, stdjpeg.Decode)
}
