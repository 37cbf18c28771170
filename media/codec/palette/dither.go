package palette

import (
	"image"
	"image/color"
	"math"
)

// dither paints m in the colours of dst's palette, whose last one is the
// transparent one, and spreads the error that each pixel makes over its
// neighbours (Floyd and Steinberg, 1976), rows to the right and to the left in
// turn.
func dither(dst *image.Paletted, m *image.NRGBA) {
	width := dst.Rect.Dx()
	find := newFinder(dst.Palette[:len(dst.Palette)-1])
	transparent := uint8(len(dst.Palette) - 1)
	// The errors of this row and the next, in sixteenths; one more at each end.
	here, below := make([]pixel, width+2), make([]pixel, width+2)
	for y := range dst.Rect.Dy() {
		src, out := rowOf(m, y), dst.Pix[y*dst.Stride:]
		x, step := 0, 1
		if y%2 == 1 {
			x, step = width-1, -1
		}
		for ; x >= 0 && x < width; x += step {
			p, opaque := pixelAt(src, x)
			if !opaque {
				out[x] = transparent
				continue
			}
			for i, e := range here[x+1] {
				p[i] = int(clamp(p[i] + e/16))
			}
			i := find.nearest(p)
			out[x] = i
			spread(here, below, x+1, step, p, find.colours[i])
		}
		here, below = below, here
		clear(below)
	}
}

// spread adds the error of taking got for want to the pixels that come after.
func spread(here, below []pixel, x, step int, want, got pixel) {
	for i := range want {
		e := want[i] - got[i]
		here[x+step][i] += 7 * e
		below[x-step][i] += 3 * e
		below[x][i] += 5 * e
		below[x+step][i] += e
	}
}

// finder finds the nearest colour of a palette, once for each cell.
type finder struct {
	colours []pixel
	found   []int16 // by cell; -1 if not looked for yet
}

func newFinder(palette color.Palette) *finder {
	f := &finder{found: make([]int16, cells)}
	for i := range f.found {
		f.found[i] = -1
	}
	for _, c := range palette {
		n := c.(color.NRGBA)
		f.colours = append(f.colours, pixel{int(n.R), int(n.G), int(n.B)})
	}
	return f
}

func (f *finder) nearest(p pixel) uint8 {
	found := &f.found[p.cell()]
	if *found < 0 {
		*found = f.search(p)
	}
	return uint8(*found)
}

func (f *finder) search(p pixel) int16 {
	best, least := 0, math.MaxInt
	for i, c := range f.colours {
		r, g, b := p[0]-c[0], p[1]-c[1], p[2]-c[2]
		if d := 2*r*r + 4*g*g + 3*b*b; d < least {
			best, least = i, d
		}
	}
	return int16(best)
}
