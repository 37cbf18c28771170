package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	stdjpeg "image/jpeg"
	"io"
	"strings"

	"postern/media/jpeg"
)

// decodeJPEG leaves the kinds that media/jpeg does not decode, RGB and CMYK, to
// the standard library.
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
	decode := stdjpeg.Decode
	if isPlainCMYK(f) {
		decode = decodePlainCMYK
	}
	return decodeStrictly(f, c, stdjpeg.DecodeConfig, decode)
}

// isPlainCMYK reports whether a picture has four components and not the segment
// by which Adobe's programs mark theirs.
func isPlainCMYK(f *file) bool {
	components, adobe := byte(0), false
	err := walkJPEG(f, func(s jpegSegment) error {
		b, err := f.at(s.offset, min(s.length, 6))
		switch {
		case err != nil:
			return err
		case s.isFrame() && len(b) == 6:
			components = b[5]
		case s.marker == 0xee:
			adobe = adobe || bytes.HasPrefix(b, []byte("Adobe"))
		}
		return nil
	})
	return err == nil && components == 4 && !adobe
}

// decodePlainCMYK decodes such a picture. The standard library wants Adobe's
// segment, and then takes all samples for inverted, as Adobe's are.
func decodePlainCMYK(r io.Reader) (image.Image, error) {
	const start, adobe = 2, "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
	m, err := stdjpeg.Decode(io.MultiReader(io.LimitReader(r, start), strings.NewReader(adobe), r))
	if cmyk, ok := m.(*image.CMYK); ok {
		for i, v := range cmyk.Pix {
			cmyk.Pix[i] = 255 - v
		}
	}
	return m, err
}
