package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"postern/media/codec/jpeg"
)

// maxStray is how many bytes that belong to nothing are skipped before a JPEG
// marker. Some cameras pad; garbage goes on for longer.
const maxStray = 256

// jpegSegment is a marker with its payload (ITU-T T.81, B.1.1).
type jpegSegment struct {
	marker byte
	offset int64 // of the payload
	length int
}

func (s jpegSegment) end() int64 { return s.offset + int64(s.length) }

// isFrame tells SOF0 to SOF15 from DHT, JPG and DAC, which lie among them.
func (s jpegSegment) isFrame() bool {
	return s.marker >= 0xc0 && s.marker <= 0xcf && s.marker != 0xc4 && s.marker != 0xc8 && s.marker != 0xcc
}

// readJPEG wants a frame header and, after it, the start of a scan.
func readJPEG(f *file) (Config, error) {
	var c Config
	seen, adobeRGB := false, false
	err := walkJPEG(f, func(s jpegSegment) (err error) {
		switch {
		case s.isFrame() && !seen:
			seen = true
			c, err = jpegFrame(f, s)
		case s.marker == 0xee && s.length >= 12:
			var b []byte
			b, err = f.at(s.offset, 12)
			adobeRGB = adobeRGB || err == nil && bytes.HasPrefix(b, []byte("Adobe")) && b[11] == 0
		}
		return err
	})
	if err == nil && !seen {
		err = fmt.Errorf("%w: a scan without a frame", ErrDamaged)
	}
	if adobeRGB {
		c.decodedBytes += 4 * paddedPixels(c) // the samples of a pixel once more, together
	}
	return c, err
}

// paddedPixels is how many pixels decoders have room for: they work on blocks of
// 8x8 samples, up to 4x4 of them together. 96 is a multiple of 8 by any number of
// blocks.
func paddedPixels(c Config) int64 { return int64((c.Width/96+1)*96) * int64((c.Height/96+1)*96) }

// walkJPEG calls visit for each segment before the first scan. It is an error
// if there is no scan with at least one byte.
func walkJPEG(f *file, visit func(jpegSegment) error) error {
	offset := int64(2)
	for {
		if err := f.step(); err != nil {
			return err
		}
		s, err := nextSegment(f, offset)
		if err != nil {
			return err
		}
		if s.marker == 0xda { // SOS
			_, err := f.at(s.end(), 1)
			return err
		}
		if err := visit(s); err != nil {
			return err
		}
		offset = s.end()
	}
}

func nextSegment(f *file, offset int64) (jpegSegment, error) {
	marker, offset, err := nextMarker(f, offset)
	if err != nil {
		return jpegSegment{}, err
	}
	if marker == 0xd9 { // EOI
		return jpegSegment{}, fmt.Errorf("%w: no scan", ErrDamaged)
	}
	b, err := f.at(offset, 2)
	if err != nil {
		return jpegSegment{}, err
	}
	n := int(binary.BigEndian.Uint16(b))
	if n < 2 {
		return jpegSegment{}, fmt.Errorf("%w: segment of length %d", ErrDamaged, n)
	}
	return jpegSegment{marker, offset + 2, n - 2}, nil
}

// nextMarker returns the next marker that has a payload, and the offset of its
// length. Fill bytes (B.1.1.2) and a few strays are skipped.
func nextMarker(f *file, offset int64) (byte, int64, error) {
	for range maxStray {
		b, err := f.at(offset, 2)
		if err != nil {
			return 0, 0, err
		}
		bare := b[1] == 0x01 || b[1] >= 0xd0 && b[1] <= 0xd8 // TEM, RSTn, SOI
		if b[0] == 0xff && b[1] != 0x00 && b[1] != 0xff && !bare {
			return b[1], offset + 2, nil
		}
		offset++
	}
	return 0, 0, fmt.Errorf("%w: garbage where a JPEG marker should be", ErrDamaged)
}

// maxFrameHeader is the length of a frame header of 255 components.
const maxFrameHeader = 6 + 3*255

// jpegFrame reads a frame header (B.2.2).
func jpegFrame(f *file, s jpegSegment) (Config, error) {
	b, err := f.at(s.offset, min(s.length, maxFrameHeader))
	if err != nil {
		return Config{}, err
	}
	if len(b) < 6 || b[5] == 0 || len(b) < 6+3*int(b[5]) {
		return Config{}, fmt.Errorf("%w: frame header of %d bytes", ErrDamaged, s.length)
	}
	c := Config{
		Height: int(binary.BigEndian.Uint16(b[1:])),
		Width:  int(binary.BigEndian.Uint16(b[3:])),
		// Browsers know sequential and progressive Huffman coding of 8 bits.
		rare: s.marker > 0xc2 || b[0] != 8,
	}
	c.decodedBytes = jpegMemory(paddedPixels(c), b[6:6+3*int(b[5])], s.marker)
	if string([]byte{b[6], b[min(9, len(b)-1)], b[min(12, len(b)-1)]}) == "RGB" {
		c.decodedBytes += 4 * paddedPixels(c) // named so, they are RGB
	}
	return c, nil
}

// jpegMemory is a byte a sample, and four more for the coefficients of a
// progressive picture. The four samples of a CMYK pixel are copied once more, and
// so are those of a picture whose chroma is sampled as that of few is.
func jpegMemory(pixels int64, components []byte, marker byte) int64 {
	var samples, most int64
	for i := 0; i < len(components); i += 3 {
		n := int64(components[i+1]>>4) * int64(components[i+1]&15)
		samples, most = samples+n, max(most, n)
	}
	total := pixels * samples / max(most, 1)
	if sequential := marker == 0xc0 || marker == 0xc1 || marker == 0xc9; !sequential {
		total *= 5
	}
	if len(components) > 9 {
		total += 4 * pixels
	} else if len(components) == 9 {
		if _, even := jpeg.Subsampling(components[1], components[4], components[7]); !even {
			total += 3 * pixels
		}
	}
	return total + codecBytes
}
