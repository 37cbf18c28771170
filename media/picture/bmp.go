package picture

import (
	"encoding/binary"
	"fmt"
	"math"
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

// readBMP reads the sizes from a BITMAPINFOHEADER or a longer one.
func readBMP(f *file) (Config, error) {
	b, err := f.at(0, 34)
	if err != nil {
		return Config{}, err
	}
	width, height := int64(int32(binary.LittleEndian.Uint32(b[18:]))), int64(int32(binary.LittleEndian.Uint32(b[22:])))
	if height < 0 {
		height = -height // rows from top to bottom
	}
	if binary.LittleEndian.Uint32(b[14:]) < 40 {
		width, height = int64(binary.LittleEndian.Uint16(b[18:])), int64(binary.LittleEndian.Uint16(b[20:]))
	}
	if width < 0 || width > math.MaxInt32 || height > math.MaxInt32 {
		return Config{}, fmt.Errorf("%w: BMP of %dx%d pixels", ErrDamaged, width, height)
	}
	bits, compression := int64(binary.LittleEndian.Uint16(b[28:])), binary.LittleEndian.Uint32(b[30:])
	row := (width*bits + 31) / 32 * 4
	if plain := compression == 0 || compression == 3; plain && row > f.size/max(height, 1) {
		return Config{}, fmt.Errorf("%w: %d bytes cannot hold a BMP of %dx%d pixels", ErrDamaged, f.size, width, height)
	}
	c := Config{Width: int(width), Height: int(height)}
	c.decodedBytes = 4*c.Pixels() + codecBytes
	return c, nil
}
