package resample

import "image"

// loadBytes loads samples that are step apart in rows that are stride apart.
func loadBytes(pix []byte, stride, step int) loader {
	return func(line []uint64, x, y0, y1 int) {
		a, b := pix[y0*stride+x*step:], pix[y1*stride+x*step:]
		for i := range line {
			line[i] = uint64(a[i*step]) | uint64(b[i*step])<<32
		}
	}
}

// loadPremultiplied loads a colour of m, multiplied by alpha.
func loadPremultiplied(m *image.NRGBA, channel int) loader {
	return func(line []uint64, x, y0, y1 int) {
		a, b := m.Pix[y0*m.Stride+4*x:], m.Pix[y1*m.Stride+4*x:]
		for i := range line {
			a, b := a[4*i:4*i+4], b[4*i:4*i+4]
			line[i] = multiply(a[channel], a[3]) | multiply(b[channel], b[3])<<32
		}
	}
}

// multiply returns v as a share of 255 of alpha.
func multiply(v, alpha byte) uint64 { return (uint64(v)*uint64(alpha) + 127) / 255 }

// loadPalette loads a channel of m: red, green, blue, multiplied by alpha, or
// alpha itself. What is not in the palette is transparent.
func loadPalette(m *image.Paletted, channel int) loader {
	var table [256]uint64
	for i, c := range m.Palette[:min(len(m.Palette), 256)] {
		r, g, b, a := c.RGBA()
		table[i] = uint64([4]uint32{r, g, b, a}[channel] >> 8)
	}
	return func(line []uint64, x, y0, y1 int) {
		a, b := m.Pix[y0*m.Stride+x:], m.Pix[y1*m.Stride+x:]
		for i := range line {
			line[i] = table[a[i]] | table[b[i]]<<32
		}
	}
}
