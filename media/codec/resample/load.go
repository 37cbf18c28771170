package resample

import (
	"encoding/binary"
	"image/color"
)

// premultiply writes pixels of red, green, blue and alpha, the former multiplied by
// the latter.
func premultiply(dst, src []byte) {
	src = src[:len(dst)]
	for ; len(dst) >= 32; dst, src = dst[32:], src[32:] {
		d, s := (*[32]byte)(dst), (*[32]byte)(src)
		if opaque(s) {
			*d = *s // as most are
			continue
		}
		for i := 0; i < len(s); i += 4 {
			premultiplyPixel(d[i:], s[i:])
		}
	}
	for ; len(dst) > 0; dst, src = dst[4:], src[4:] {
		premultiplyPixel(dst, src)
	}
}

// opaque reports whether the alpha of eight pixels is 255.
func opaque(pixels *[32]byte) bool {
	const alpha = 255<<24 | 255<<56
	a, b := binary.LittleEndian.Uint64(pixels[0:]), binary.LittleEndian.Uint64(pixels[8:])
	c, d := binary.LittleEndian.Uint64(pixels[16:]), binary.LittleEndian.Uint64(pixels[24:])
	return a&b&c&d&alpha == alpha
}

func premultiplyPixel(dst, src []byte) {
	a := uint32(src[3])
	dst[0] = byte((uint32(src[0])*a + 127) / 255)
	dst[1] = byte((uint32(src[1])*a + 127) / 255)
	dst[2] = byte((uint32(src[2])*a + 127) / 255)
	dst[3] = byte(a)
}

// colours are those of a palette, multiplied by alpha. What is not in the palette
// is transparent.
type colours [256][4]byte

// paletteTable returns the colours of a palette, and their kind: RGB or RGBA.
func paletteTable(palette color.Palette) (Kind, *colours) {
	t, kind := new(colours), RGB
	if len(palette) < 256 {
		kind = RGBA
	}
	for i, c := range palette[:min(len(palette), 256)] {
		r, g, b, a := c.RGBA()
		t[i] = [4]byte{byte(r >> 8), byte(g >> 8), byte(b >> 8), byte(a >> 8)}
		if a != 0xffff {
			kind = RGBA
		}
	}
	return kind, t
}

// expand writes the colours of a row of their numbers.
func (t *colours) expand(dst, src []byte, kind Kind) {
	if kind == RGBA {
		for i, v := range src {
			*(*[4]byte)(dst[4*i:]) = t[v]
		}
		return
	}
	for i, v := range src {
		c, p := &t[v], dst[3*i:][:3:3]
		p[0], p[1], p[2] = c[0], c[1], c[2]
	}
}
