package picture

import (
	"encoding/binary"
	"fmt"
	"image"
	"math"

	"postern/media/codec/png"
)

// decodePNG decodes the picture as browsers do.
func decodePNG(f *file, c Config) (image.Image, error) {
	m, whole, err := png.DecodeWhole(f.section(0, f.size), c.Pixels())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if f.unused != nil && !whole {
		f.unused.Data()
	}
	if got := m.Bounds().Size(); got != image.Pt(c.Width, c.Height) {
		return nil, fmt.Errorf("%w: decoder sees %v pixels, header told %dx%d", ErrDamaged, got, c.Width, c.Height)
	}
	return m, nil
}

// pngChunk is a chunk of a PNG (ISO/IEC 15948, 5.3).
type pngChunk struct {
	kind   string
	offset int64 // of the data
	length int64
}

// pngChannels returns the samples a pixel of a colour type, 0 for a type that
// does not exist (11.2.2).
func pngChannels(colourType byte) int64 {
	switch colourType {
	case 0, 3:
		return 1
	case 4:
		return 2
	case 2:
		return 3
	case 6:
		return 4
	}
	return 0
}

// deflateRatio is about what deflate can shrink data by at most.
const deflateRatio = 1032

// readPNG wants IHDR first, and image data after it.
func readPNG(f *file) (Config, error) {
	head, err := f.at(8, 8+13)
	if err != nil {
		return Config{}, err
	}
	if string(head[4:8]) != "IHDR" {
		return Config{}, fmt.Errorf("%w: no IHDR", ErrDamaged)
	}
	c, err := pngHeader(head[8:], f.size)
	if err != nil {
		return Config{}, err
	}
	err = walkPNG(f, func(chunk pngChunk) error {
		if chunk.kind != "acTL" {
			return nil
		}
		b, err := f.at(chunk.offset, 4)
		c.Animated = err == nil && binary.BigEndian.Uint32(b) > 1
		return err
	})
	return c, err
}

func pngHeader(b []byte, size int64) (Config, error) {
	width, height := int64(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint32(b[4:]))
	depth, channels := int64(b[8]), pngChannels(b[9])
	if width > math.MaxInt32 || height > math.MaxInt32 || channels == 0 || depth == 0 || depth > 16 {
		return Config{}, fmt.Errorf("%w: IHDR is not valid", ErrDamaged)
	}
	row := 1 + (width*channels*depth+7)/8
	if row > size*deflateRatio/max(height, 1) {
		return Config{}, fmt.Errorf("%w: %d bytes cannot hold a PNG of %dx%d pixels", ErrDamaged, size, width, height)
	}
	bytesPerPixel := int64(4) // grey too, which a tRNS chunk turns into RGBA
	if b[9] == 3 {
		bytesPerPixel = 1
	} else if depth == 16 {
		bytesPerPixel = 8
	}
	interlaced := int64(b[12] & 1) // its passes are pictures of their own
	c := Config{Width: int(width), Height: int(height)}
	c.decodedBytes = c.Pixels()*bytesPerPixel*(1+interlaced) + codecBytes
	return c, nil
}

// walkPNG calls visit for each chunk before the image data, which have to be
// there.
func walkPNG(f *file, visit func(pngChunk) error) error {
	offset := int64(len(png.Signature))
	for {
		if err := f.step(); err != nil {
			return err
		}
		b, err := f.at(offset, 8)
		if err != nil {
			return err
		}
		chunk := pngChunk{string(b[4:8]), offset + 8, int64(binary.BigEndian.Uint32(b))}
		if chunk.kind == "IDAT" {
			return nil
		}
		if chunk.kind == "IEND" {
			return fmt.Errorf("%w: a PNG without image data", ErrDamaged)
		}
		if err := visit(chunk); err != nil {
			return err
		}
		offset = chunk.offset + chunk.length + 4 // CRC
	}
}
