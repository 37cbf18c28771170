package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/gif"
	"image/png"
	"io"

	"postern/media/codec/jpeg"
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
		err = encodePNG(w, m, o)
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

func encodePNG(w io.Writer, m image.Image, o Options) error {
	const ihdr = 8 + 25 // the signature and the chunk
	profile, err := iccpChunk(o.ICC)
	if err != nil {
		return err
	}
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	return e.Encode(&splicer{w, ihdr, profile}, eightBits(m))
}

// iccpChunk returns the profile as a chunk of a PNG, nothing for none.
func iccpChunk(profile []byte) ([]byte, error) {
	if len(profile) == 0 {
		return nil, nil
	}
	var data bytes.Buffer
	data.WriteString("iCCPICC profile\x00\x00")
	z := zlib.NewWriter(&data)
	if _, err := z.Write(profile); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	chunk := binary.BigEndian.AppendUint32(nil, uint32(data.Len()-4))
	chunk = append(chunk, data.Bytes()...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(data.Bytes())), nil
}

func encodeGIF(w io.Writer, m image.Image) error {
	p, ok := m.(*image.Paletted)
	if !ok || !fitsGIF(p) {
		p = quantise(toNRGBA(m))
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

// splicer writes to w, and writes insert after the first bytes, of which there
// have to be so many.
type splicer struct {
	w      io.Writer
	after  int
	insert []byte
}

func (s *splicer) Write(p []byte) (int, error) {
	if s.insert == nil || len(p) < s.after {
		s.after -= len(p)
		return s.w.Write(p)
	}
	n, err := s.w.Write(p[:s.after])
	if err == nil {
		_, err = s.w.Write(s.insert)
	}
	s.insert = nil
	if err != nil {
		return n, err
	}
	m, err := s.w.Write(p[n:])
	return n + m, err
}
