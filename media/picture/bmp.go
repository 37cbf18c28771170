package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"

	"postern/media/codec/bmp"
)

// isBMP tells a BMP from a text that begins with BM by the length of its
// information header.
func isBMP(head []byte) bool {
	if len(head) < 18 || string(head[:2]) != "BM" {
		return false
	}
	n := binary.LittleEndian.Uint32(head[14:])
	return n == 12 || n == 16 || n >= 40 && n <= 128
}

func readBMP(f *file) (Config, error) {
	b, err := bmp.ReadConfig(f.r, f.size)
	if err != nil {
		return Config{}, bmpError(err)
	}
	return Config{Width: b.Width, Height: b.Height, decodedBytes: b.DecodedBytes() + codecBytes}, nil
}

func decodeBMP(f *file, c Config) (image.Image, error) {
	got, err := bmp.ReadConfig(f.r, f.size)
	if err == nil && (got.Width != c.Width || got.Height != c.Height) {
		return nil, fmt.Errorf("%w: decoder sees %dx%d pixels, header told %dx%d", ErrDamaged, got.Width, got.Height, c.Width, c.Height)
	}
	if err != nil {
		return nil, bmpError(err)
	}
	m, err := bmp.Decode(f.r, f.size)
	if err != nil {
		return nil, bmpError(err)
	}
	return m, nil
}

func bmpError(err error) error {
	switch {
	case errors.Is(err, bmp.ErrUnsupported):
		return fmt.Errorf("%w: %w", ErrNoDecoder, err)
	case errors.Is(err, bmp.ErrDamaged):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
