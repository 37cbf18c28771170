package picture

import (
	"fmt"
	"image"
	"image/gif"
	"io"

	"postern/media/codec/jpeg"
	"postern/media/codec/palette"
	"postern/media/codec/png"
)

// defaultQuality is that of Chevereto's derived pictures (docs/chevereto-api.md#variants).
const defaultQuality = 90

// Options say how Encode writes.
type Options struct {
	// Quality is 1 to 100, for JPEG, WebP and AVIF. Zero means 90.
	Quality int

	// ICC is a colour profile to write, which a GIF cannot have. The pixels
	// are not converted, but those with alpha that have a profile for grey.
	ICC []byte

	// Stored leaves a PNG without compression, for a program that reads it at once.
	Stored bool
}

// Encode writes m as a still picture with 8 bits a sample. Alpha is kept but
// for JPEG, which shows white behind it, and GIF, where a pixel is transparent
// or not. GIF has 256 colours at most, chosen for the picture and dithered. The
// error wraps ErrNoDecoder for a format that is not written (BMP, AVIF without
// the tag nodynamic), or is that of w; a side may be too long for the format:
// 16383 pixels for WebP, 65535 for JPEG and GIF.
func Encode(w io.Writer, m image.Image, f Format, o Options) (err error) {
	defer guard(&err)
	if o.Quality == 0 {
		o.Quality = defaultQuality
	}
	if isGreyProfile(o.ICC) && f != GIF {
		m, o.ICC = inGrey(m, o.ICC)
	}
	switch f {
	case JPEG:
		err = jpeg.Encode(w, m, jpeg.Options{Quality: o.Quality, ICC: o.ICC})
	case PNG:
		write := png.Encode
		if o.Stored {
			write = png.EncodeStored
		}
		err = write(w, eightBits(m), o.ICC)
	case GIF:
		err = encodeGIF(w, m)
	case WebP:
		err = encodeWebP(w, m, o)
	case AVIF:
		err = encodeAVIF(w, m, o)
	default:
		err = ErrNoDecoder
	}
	if err != nil {
		return fmt.Errorf("encode %s: %w", f, err)
	}
	return nil
}

func encodeGIF(w io.Writer, m image.Image) error {
	p, ok := m.(*image.Paletted)
	if !ok || !fitsGIF(p) {
		p = palette.Quantise(toNRGBA(m))
	}
	return gif.Encode(w, p, nil)
}

// fitsGIF reports whether each colour is either transparent or opaque.
func fitsGIF(m *image.Paletted) bool {
	for _, c := range m.Palette {
		if _, _, _, a := c.RGBA(); a != 0 && a != 0xffff {
			return false
		}
	}
	return true
}
