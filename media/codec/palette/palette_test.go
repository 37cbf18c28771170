package palette

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
)

// plainDither is dither by its definition: each error is spread as it is made, and each
// colour is compared with all others.
func plainDither(dst *image.Paletted, m *image.NRGBA) {
	colours := dst.Palette[:len(dst.Palette)-1]
	found := make(map[uint]int)
	nearest := func(p [3]int) int {
		cell := cellOf(int32(p[0]), int32(p[1]), int32(p[2]))
		if i, ok := found[cell]; ok {
			return i
		}
		best, least := 0, math.MaxInt
		for i, c := range colours {
			n := c.(color.NRGBA)
			r, g, b := p[0]-int(n.R), p[1]-int(n.G), p[2]-int(n.B)
			if d := 2*r*r + 4*g*g + 3*b*b; d < least {
				best, least = i, d
			}
		}
		found[cell] = best
		return best
	}
	errors := make(map[image.Point][3]int)
	for y := range m.Rect.Dy() {
		for i := range m.Rect.Dx() {
			x, step := i, 1
			if y%2 == 1 {
				x, step = m.Rect.Dx()-1-i, -1
			}
			c := m.NRGBAAt(m.Rect.Min.X+x, m.Rect.Min.Y+y)
			if c.A < 128 {
				dst.Pix[y*dst.Stride+x] = uint8(len(colours))
				continue
			}
			p := [3]int{int(c.R), int(c.G), int(c.B)}
			for i, e := range errors[image.Pt(x, y)] {
				p[i] = max(0, min(255, p[i]+e/16))
			}
			n := nearest(p)
			dst.Pix[y*dst.Stride+x] = uint8(n)
			got := colours[n].(color.NRGBA)
			for to, share := range map[image.Point]int{{x + step, y}: 7, {x - step, y + 1}: 3, {x, y + 1}: 5, {x + step, y + 1}: 1} {
				e := errors[to]
				for i, v := range []uint8{got.R, got.G, got.B} {
					e[i] += share * (p[i] - int(v))
				}
				errors[to] = e
			}
		}
	}
}

// noisy is a picture of random walks, with holes where it is asked for them, that does
// not begin at 0.
func noisy(width, height int, holes bool, random *rand.Rand) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(-3, 5, width-3, height+5))
	var at [3]float64
	for i := 0; i < len(m.Pix); i += 4 {
		for c := range at {
			at[c] = max(0, min(255, at[c]+random.NormFloat64()*30+1))
			m.Pix[i+c] = byte(at[c])
		}
		m.Pix[i+3] = 255
		if holes && random.IntN(3) == 0 {
			m.Pix[i+3] = byte(random.IntN(256))
		}
	}
	return m
}

func TestDitherIsItsDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for n := range 120 {
		width, height := 1+random.IntN(60), 1+random.IntN(20)
		t.Run(fmt.Sprintf("%d: %dx%d", n, width, height), func(t *testing.T) {
			m := noisy(width, height, n%2 == 1, random)
			palette := append(medianCut(countColours(noisy(60, 60, false, random)), 1+random.IntN(Max-1)), color.NRGBA{})
			got, want := image.NewPaletted(image.Rect(0, 0, width, height), palette), image.NewPaletted(image.Rect(0, 0, width, height), palette)
			dither(got, m)
			plainDither(want, m)
			if !bytes.Equal(got.Pix, want.Pix) {
				t.Errorf("got %v, want %v", got.Pix, want.Pix)
			}
		})
	}
}

// Each shade is the mean of the pixels of its cell that are not transparent.
func TestCountColours(t *testing.T) {
	m := noisy(90, 70, true, rand.New(rand.NewPCG(9, 9)))
	type sums struct{ count, r, g, b int32 }
	cells := make(map[uint]sums)
	for i := 0; i < len(m.Pix); i += 4 {
		if m.Pix[i+3] >= 128 {
			r, g, b := int32(m.Pix[i]), int32(m.Pix[i+1]), int32(m.Pix[i+2])
			s := cells[cellOf(r, g, b)]
			cells[cellOf(r, g, b)] = sums{s.count + 1, s.r + r, s.g + g, s.b + b}
		}
	}
	shades := countColours(m)
	if len(shades) != len(cells) {
		t.Errorf("got %d shades, want %d", len(shades), len(cells))
	}
	for _, got := range shades {
		s := cells[cellOf(got.colour[0], got.colour[1], got.colour[2])]
		if s.count == 0 {
			t.Fatalf("shade %+v is of no pixels", got)
		}
		if want := (shade{s.count, pixel{s.r / s.count, s.g / s.count, s.b / s.count}}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}
