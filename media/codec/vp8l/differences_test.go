package vp8l

import (
	"errors"
	"image"
	"image/color"
	"testing"
)

// header begins a picture of the size without alpha.
func header(size image.Point) *generator {
	g := newGenerator(1)
	g.write(0x2f, 8)
	g.write(size.X-1, 14)
	g.write(size.Y-1, 14)
	g.write(0, 1+3)
	return g
}

// simple writes a code of one or two symbols.
func (g *generator) simple(symbols ...int) {
	g.write(1, 1)
	g.write(len(symbols)-1, 1)
	g.write(1, 1)
	for _, s := range symbols {
		g.write(s, 8)
	}
}

// plain ends transforms, and begins pixels without a cache and with one group of codes.
func (g *generator) plain() { g.write(0, 1+1+1) }

// rest writes codes of red, blue, alpha and distance that have one symbol.
func (g *generator) rest(red, blue, alpha int) {
	for _, symbol := range []int{red, blue, alpha, 0} {
		g.simple(symbol)
	}
}

// Libwebp, which browsers use, shows some damaged files in another way than
// golang.org/x/image does, which we follow. No encoder writes such files.
func TestWhereBrowsersDiffer(t *testing.T) {
	twice := header(image.Pt(8, 1))
	twice.plain()
	twice.simple(7, 7) // one bit a pixel; none in libwebp
	twice.rest(1, 2, 255)
	twice.write(0b10101010, 8)

	unknownMode := header(image.Pt(2, 2))
	unknownMode.write(1, 1)
	unknownMode.write(prediction, 2)
	unknownMode.write(0, 3)
	unknownMode.write(0, 1) // no cache
	unknownMode.simple(14)  // nothing is predicted; opaque black in libwebp
	unknownMode.rest(0, 0, 0)
	unknownMode.plain()
	unknownMode.simple(7)
	unknownMode.rest(1, 2, 100)

	hint := header(image.Pt(1, 1)) // without alpha, which has some; a hint changes nothing
	hint.plain()
	hint.simple(7)
	hint.rest(1, 2, 100)

	for _, test := range []struct {
		name  string
		chunk []byte
		want  color.NRGBA // of the last pixel
	}{
		{"a code that has a symbol twice", twice.bytes(), color.NRGBA{1, 7, 2, 255}},
		{"a mode of prediction that is none", unknownMode.bytes(), color.NRGBA{1, 7, 2, 100}},
		{"a header that knows nothing of its alpha", hint.bytes(), color.NRGBA{1, 7, 2, 100}},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkAsOther(t, test.chunk)
			m, err := Decode(t.Context(), test.chunk)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.NRGBAAt(m.Rect.Max.X-1, m.Rect.Max.Y-1); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if _, err := Decode(t.Context(), twice.bytes()[:len(twice.bytes())-2]); !errors.Is(err, ErrDamaged) {
		t.Errorf("a code that has a symbol twice, without its bits: got %v", err)
	}
}

// Here we are with browsers.
func TestMoreCodesThanThereCanBe(t *testing.T) {
	g := header(image.Pt(2, 1))
	g.plain()
	all := make([]int, literals+lengths)
	all[0], all[1], all[2] = 1, 1, 1
	g.write(0, 1)
	g.writeLengths(all)
	g.rest(1, 2, 255)
	g.write(1, 2)
	if _, err := other(g.bytes()); err != nil {
		t.Errorf("golang.org/x/image: %v", err)
	}
	if _, err := Decode(t.Context(), g.bytes()); !errors.Is(err, errTooManyCodes) || !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

// Browsers take up to 65,536 groups, but no encoder writes more than this.
func TestMostGroups(t *testing.T) {
	for _, n := range []int{1, maxGroups, maxGroups + 1} {
		g := header(image.Pt(8, 1))
		g.write(0, 1+1) // no transforms, no cache
		g.write(1, 1)
		g.write(0, 3)
		g.write(0, 1)
		g.simple((n-1)&255, 0) // the first tile is of the last group, the other one of another
		g.simple((n-1)>>8, 0)
		for range 3 {
			g.simple(0)
		}
		g.write(0b1100, 4)
		for i := range n {
			g.simple(i & 255)
			g.rest(1, 2, 255)
		}
		_, want := other(g.bytes())
		_, err := Decode(t.Context(), g.bytes())
		if (err == nil) != (want == nil) || (err == nil) != (n <= maxGroups) {
			t.Errorf("%d groups: got %v, golang.org/x/image: %v", n, err, want)
		}
	}
}
