package png

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
)

// canvas is the picture that rows are put on.
type canvas struct {
	image image.Image
	put   func(row []byte, x, y, step, width int)
	end   func() // makes what was not put transparent, where zeros are not
}

// putRow puts a row of a pass where it belongs.
func (c *canvas) putRow(p pass, y int, row []byte) {
	c.put(row, p.x, p.y+y*p.stepY, p.stepX, p.width)
}

// close is called for a picture that is not complete.
func (c *canvas) close() {
	if c.end != nil {
		c.end()
	}
}

// newCanvas makes the picture of a header, filled with what stands for missing
// rows.
func newCanvas(h header, palette, transparency []byte) (canvas, error) {
	bounds := image.Rect(0, 0, h.width, h.height)
	switch h.colour {
	case indexed:
		return newIndexed(bounds, h, palette, transparency)
	case grey:
		if len(transparency) >= 2 {
			key := binary.BigEndian.Uint16(transparency)
			return newKeyedGrey(bounds, h, key), nil
		}
		return newGrey(bounds, h), nil
	case rgb:
		if len(transparency) >= 6 {
			return newKeyedRGB(bounds, h, transparency), nil
		}
		return newRGB(bounds, h), nil
	case greyAlpha:
		return newGreyAlpha(bounds, h), nil
	default:
		return newRGBA(bounds, h), nil
	}
}

// newIndexed is a picture of numbers of colours (11.2.3). A number that has no
// colour gets the last one.
func newIndexed(bounds image.Rectangle, h header, palette, transparency []byte) (canvas, error) {
	n, err := colours(palette)
	if err != nil {
		return canvas{}, err
	}
	m := image.NewPaletted(bounds, nil)
	for i := range n {
		c := color.NRGBA{palette[3*i], palette[3*i+1], palette[3*i+2], 255}
		if i < len(transparency) {
			c.A = transparency[i]
		}
		if c.A == 255 {
			m.Palette = append(m.Palette, color.RGBA(c))
		} else {
			m.Palette = append(m.Palette, c)
		}
	}
	last := byte(len(m.Palette) - 1)
	seen := make([]bool, h.height)
	put := func(row []byte, x, y, step, width int) {
		seen[y] = true
		at := m.Pix[y*m.Stride:]
		for i := range width {
			at[x] = min(sample(row, i, h.depth), last)
			x += step
		}
	}
	end := func() { hideRows(m, seen) }
	return canvas{m, put, end}, nil
}

// colours returns how many there are in a palette.
func colours(palette []byte) (int, error) {
	if len(palette) < 3 || len(palette)%3 != 0 {
		return 0, fmt.Errorf("%w: a palette of %d bytes", ErrFormat, len(palette))
	}
	return len(palette) / 3, nil
}

// hideRows makes rows that are missing transparent, or of the colour nearest to
// middle grey where all 256 are in use.
func hideRows(m *image.Paletted, seen []bool) {
	hidden := -1
	for i, c := range m.Palette {
		if _, _, _, a := c.RGBA(); a == 0 {
			hidden = i
		}
	}
	if hidden < 0 && len(m.Palette) < 256 {
		hidden = len(m.Palette)
		m.Palette = append(m.Palette, color.NRGBA{})
	}
	if hidden < 0 {
		hidden = m.Palette.Index(color.Gray{128})
	}
	for y, ok := range seen {
		row := m.Pix[y*m.Stride : y*m.Stride+m.Rect.Dx()]
		for x := range row {
			if !ok {
				row[x] = byte(hidden)
			}
		}
	}
}

// sample returns sample i of a row that has 1, 2, 4 or 8 bits for each.
func sample(row []byte, i, depth int) byte {
	switch depth {
	case 8:
		return row[i]
	case 4:
		return row[i/2] >> (4 * (1 - i%2)) & 15
	case 2:
		return row[i/4] >> (2 * (3 - i%4)) & 3
	}
	return row[i/8] >> (7 - i%8) & 1
}

// spread is what a sample of a depth is multiplied by to have 8 bits.
var spread = map[int]byte{1: 255, 2: 85, 4: 17, 8: 1}

func newGrey(bounds image.Rectangle, h header) canvas {
	if h.depth == 16 {
		m := image.NewGray16(bounds)
		fillMiddle(m.Pix)
		return canvas{image: m, put: func(row []byte, x, y, step, width int) {
			at := m.Pix[y*m.Stride:]
			for i := range width {
				copy(at[2*x:2*x+2], row[2*i:])
				x += step
			}
		}}
	}
	m := image.NewGray(bounds)
	fillMiddle(m.Pix)
	factor := spread[h.depth]
	return canvas{image: m, put: func(row []byte, x, y, step, width int) {
		at := m.Pix[y*m.Stride:]
		if h.depth == 8 && step == 1 {
			copy(at, row[:width])
			return
		}
		for i := range width {
			at[x] = factor * sample(row, i, h.depth)
			x += step
		}
	}}
}

// fillMiddle sets all samples to the middle of their range.
func fillMiddle(pix []byte) {
	for i := range pix {
		pix[i] = 128
	}
}

// newKeyedGrey is a grey picture in which one value is transparent (11.3.2.1).
func newKeyedGrey(bounds image.Rectangle, h header, key uint16) canvas {
	if h.depth == 16 {
		m := image.NewNRGBA64(bounds)
		return canvas{image: m, put: func(row []byte, x, y, step, width int) {
			for i := range width {
				v := binary.BigEndian.Uint16(row[2*i:])
				m.SetNRGBA64(x, y, color.NRGBA64{R: v, G: v, B: v, A: alpha16(v != key)})
				x += step
			}
		}}
	}
	m := image.NewNRGBA(bounds)
	factor := spread[h.depth]
	return canvas{image: m, put: func(row []byte, x, y, step, width int) {
		at := m.Pix[y*m.Stride:]
		for i := range width {
			v := sample(row, i, h.depth)
			g := factor * v
			pixel := at[4*x : 4*x+4 : 4*x+4]
			pixel[0], pixel[1], pixel[2], pixel[3] = g, g, g, byte(alpha16(uint16(v) != key))
			x += step
		}
	}}
}

func alpha16(opaque bool) uint16 {
	if opaque {
		return 0xffff
	}
	return 0
}

func newRGB(bounds image.Rectangle, h header) canvas {
	if h.depth == 16 {
		m := image.NewRGBA64(bounds)
		return canvas{image: m, put: func(row []byte, x, y, step, width int) {
			at := m.Pix[y*m.Stride:]
			for i := range width {
				pixel := at[8*x : 8*x+8 : 8*x+8]
				copy(pixel, row[6*i:6*i+6])
				pixel[6], pixel[7] = 255, 255
				x += step
			}
		}}
	}
	m := image.NewRGBA(bounds)
	return canvas{image: m, put: func(row []byte, x, y, step, width int) {
		at := m.Pix[y*m.Stride:]
		for i := range width {
			pixel, from := at[4*x:4*x+4:4*x+4], row[3*i:3*i+3:3*i+3]
			pixel[0], pixel[1], pixel[2], pixel[3] = from[0], from[1], from[2], 255
			x += step
		}
	}}
}

// newKeyedRGB is a picture in which one colour is transparent (11.3.2.1).
func newKeyedRGB(bounds image.Rectangle, h header, key []byte) canvas {
	if h.depth == 16 {
		m := image.NewNRGBA64(bounds)
		return canvas{image: m, put: func(row []byte, x, y, step, width int) {
			at := m.Pix[y*m.Stride:]
			for i := range width {
				pixel, from := at[8*x:8*x+8:8*x+8], row[6*i:6*i+6]
				copy(pixel, from)
				a := byte(alpha16(string(from) != string(key[:6])))
				pixel[6], pixel[7] = a, a
				x += step
			}
		}}
	}
	m := image.NewNRGBA(bounds)
	r, g, b := key[1], key[3], key[5]
	return canvas{image: m, put: func(row []byte, x, y, step, width int) {
		at := m.Pix[y*m.Stride:]
		for i := range width {
			pixel, from := at[4*x:4*x+4:4*x+4], row[3*i:3*i+3:3*i+3]
			pixel[0], pixel[1], pixel[2] = from[0], from[1], from[2]
			pixel[3] = byte(alpha16(from[0] != r || from[1] != g || from[2] != b))
			x += step
		}
	}}
}

func newGreyAlpha(bounds image.Rectangle, h header) canvas {
	if h.depth == 16 {
		m := image.NewNRGBA64(bounds)
		return canvas{image: m, put: func(row []byte, x, y, step, width int) {
			for i := range width {
				v := binary.BigEndian.Uint16(row[4*i:])
				m.SetNRGBA64(x, y, color.NRGBA64{R: v, G: v, B: v, A: binary.BigEndian.Uint16(row[4*i+2:])})
				x += step
			}
		}}
	}
	m := image.NewNRGBA(bounds)
	return canvas{image: m, put: func(row []byte, x, y, step, width int) {
		at := m.Pix[y*m.Stride:]
		for i := range width {
			pixel, v := at[4*x:4*x+4:4*x+4], row[2*i]
			pixel[0], pixel[1], pixel[2], pixel[3] = v, v, v, row[2*i+1]
			x += step
		}
	}}
}

func newRGBA(bounds image.Rectangle, h header) canvas {
	var m image.Image
	var pix []byte
	var stride int
	if h.depth == 16 {
		deep := image.NewNRGBA64(bounds)
		m, pix, stride = deep, deep.Pix, deep.Stride
	} else {
		flat := image.NewNRGBA(bounds)
		m, pix, stride = flat, flat.Pix, flat.Stride
	}
	size := h.pixelBytes()
	return canvas{image: m, put: func(row []byte, x, y, step, width int) {
		at := pix[y*stride:]
		if step == 1 {
			copy(at, row[:size*width])
			return
		}
		for i := range width {
			copy(at[size*x:size*x+size], row[size*i:])
			x += step
		}
	}}
}
