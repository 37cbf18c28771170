package palette

import (
	"cmp"
	"image"
	"image/color"
	"math"
	"slices"
)

// dither paints m in the colours of dst's palette, whose last one is the
// transparent one, and spreads the error that each pixel makes over its
// neighbours (Floyd and Steinberg, 1976), rows to the right and to the left in
// turn.
func dither(dst *image.Paletted, m *image.NRGBA) {
	width := dst.Rect.Dx()
	find := newFinder(dst.Palette[:len(dst.Palette)-1])
	transparent := uint8(len(dst.Palette) - 1)
	here, below := make([]pixel, width), make([]pixel, width)
	for y := range dst.Rect.Dy() {
		first, step := 0, 1
		if y%2 == 1 {
			first, step = width-1, -1
		}
		find.ditherRow(dst.Pix[y*dst.Stride:][:width], rowOf(m, y), here, below, first, step, transparent)
		here, below = below, here
	}
}

// ditherRow goes from the first pixel of a row to one end. Errors are in sixteenths: here
// are those that the row above leaves for this one, which leaves its own below.
func (f *finder) ditherRow(out, src []byte, here, below []pixel, first, step int, transparent uint8) {
	// The errors of the last pixel and of the one before it.
	var r1, g1, b1, r2, g2, b2 int32
	for x := first; uint(x) < uint(len(out)) && x < len(here); x += step {
		var r0, g0, b0 int32
		out[x] = transparent
		if s := src[4*x:][:4:4]; s[3] >= opaque {
			e := &here[x]
			r := int32(clamp(int32(s[0]) + (7*r1+e[0])/16))
			g := int32(clamp(int32(s[1]) + (7*g1+e[1])/16))
			b := int32(clamp(int32(s[2]) + (7*b1+e[2])/16))
			i := f.nearest(r, g, b)
			c := &f.colours[i]
			r0, g0, b0 = r-c[0], g-c[1], b-c[2]
			out[x] = i
		}
		if before := x - step; uint(before) < uint(len(below)) {
			below[before] = pixel{r2 + 5*r1 + 3*r0, g2 + 5*g1 + 3*g0, b2 + 5*b1 + 3*b0}
		}
		r1, g1, b1, r2, g2, b2 = r0, g0, b0, r1, g1, b1
	}
	last := len(out) - 1 - first
	below[last] = pixel{r2 + 5*r1, g2 + 5*g1, b2 + 5*b1}
}

// finder finds the nearest colour of a palette, once for each cell.
type finder struct {
	colours [Max]pixel
	found   [cells]uint16 // by cell, plus one; 0 if not looked for yet
	byGreen []numbered    // in that order
	from    [256]int      // the first of these that is at least so green
}

// numbered is a colour with its number in the palette.
type numbered struct {
	pixel
	number int
}

func newFinder(palette color.Palette) *finder {
	f := new(finder)
	for i, c := range palette {
		n := c.(color.NRGBA)
		f.colours[i] = pixel{int32(n.R), int32(n.G), int32(n.B)}
		f.byGreen = append(f.byGreen, numbered{f.colours[i], i})
	}
	slices.SortFunc(f.byGreen, func(a, b numbered) int { return cmp.Compare(a.pixel[1], b.pixel[1]) })
	at := 0
	for g := range f.from {
		for at < len(f.byGreen) && int(f.byGreen[at].pixel[1]) < g {
			at++
		}
		f.from[g] = at
	}
	return f
}

// nearest returns the number of the colour that is nearest to the first one of the cell
// that was asked for.
func (f *finder) nearest(r, g, b int32) uint8 {
	found := &f.found[cellOf(r, g, b)]
	if *found == 0 {
		*found = uint16(f.search(r, g, b) + 1)
	}
	return uint8(*found - 1)
}

// search goes from the colours that are as green up and down, until green alone is
// too far. Of equally near ones it takes that of the lowest number.
func (f *finder) search(r, g, b int32) int {
	best, least := 0, int32(math.MaxInt32)
	up, down := f.from[g], f.from[g]-1
	consider := func(c *numbered) (further bool) {
		dr, dg, db := r-c.pixel[0], g-c.pixel[1], b-c.pixel[2]
		if 4*dg*dg > least {
			return false
		}
		if d := 2*dr*dr + 4*dg*dg + 3*db*db; d < least || d == least && c.number < best {
			best, least = c.number, d
		}
		return true
	}
	for up < len(f.byGreen) || down >= 0 {
		if up < len(f.byGreen) {
			if up++; !consider(&f.byGreen[up-1]) {
				up = len(f.byGreen)
			}
		}
		if down >= 0 {
			if down--; !consider(&f.byGreen[down+1]) {
				down = -1
			}
		}
	}
	return best
}
