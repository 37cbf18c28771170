package png

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"io"
	"testing"
	"testing/iotest"
)

// readRows reads a picture row by row, as one with straight alpha.
func readRows(b []byte) (*image.NRGBA, error) {
	z, err := NewReader(bytes.NewReader(b), 1e7)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	m := image.NewNRGBA(image.Rect(0, 0, z.Width(), z.Height()))
	rows := [2][]byte{make([]byte, z.Width()*z.Channels()), make([]byte, z.Width()*z.Channels())}
	for y := range z.Height() {
		row := rows[y%2]
		if err := z.Next(row); err != nil {
			return m, err
		}
		for x := range z.Width() {
			p := row[x*z.Channels():][:z.Channels()]
			c := color.NRGBA{p[0], p[0], p[0], 255}
			if len(p) >= 3 {
				c.G, c.B = p[1], p[2]
			}
			if len(p) == 4 {
				c.A = p[3]
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m, nil
}

func TestRowsAreThoseOfThePicture(t *testing.T) {
	for _, p := range kinds() {
		t.Run(p.String(), func(t *testing.T) {
			got, err := readRows(p.bytes())
			if p.head.interlaced {
				if !errors.Is(err, ErrOrder) {
					t.Errorf("got %v, want ErrOrder", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want, err := Decode(bytes.NewReader(p.bytes()), 1e7)
			if err != nil {
				t.Fatal(err)
			}
			for y := range p.head.height {
				for x := range p.head.width {
					if g, w := got.NRGBAAt(x, y), eightBits(want.At(x, y)); g != w && w.A > 0 {
						t.Fatalf("at %d, %d: got %v, want %v", x, y, g, w)
					}
				}
			}
		})
	}
}

// eightBits is a colour by the higher eight bits of its samples.
func eightBits(c color.Color) color.NRGBA {
	switch c := c.(type) {
	case color.NRGBA:
		return c
	case color.NRGBA64:
		return color.NRGBA{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), uint8(c.A >> 8)}
	}
	return color.NRGBAModel.Convert(c).(color.NRGBA)
}

func TestRowsThatAreMissing(t *testing.T) {
	p := flag()
	row := 1 + p.head.rowBytes(p.head.width)
	p.rows = p.rows[:100*row]
	m, err := readRows(p.bytes())
	if !errors.Is(err, ErrFormat) {
		t.Errorf("got %v, want ErrFormat", err)
	}
	if got := m.NRGBAAt(39, 99); got != (color.NRGBA{255, 0, 0, 255}) {
		t.Errorf("the last row that is there: got %v, want red", got)
	}
}

func TestRowsOfABrokenSource(t *testing.T) {
	broken := errors.New("broken")
	whole := flag().bytes()
	for _, n := range []int{4, 40, len(whole) / 2} {
		z, err := NewReader(io.MultiReader(bytes.NewReader(whole[:n]), iotest.ErrReader(broken)), 1e7)
		if err == nil {
			defer z.Close()
			row, other := make([]byte, 120), make([]byte, 120)
			for range z.Height() {
				if err = z.Next(row); err != nil {
					break
				}
				row, other = other, row
			}
		}
		if !errors.Is(err, broken) || errors.Is(err, ErrFormat) {
			t.Errorf("after %d bytes: got %v, want that of the source", n, err)
		}
	}
}
