package resample

import (
	"bytes"
	"errors"
	"image"
	"image/draw"
	"math/rand/v2"
	"testing"
)

// coloured returns a picture of noise in all channels; its alpha is one half here and
// there, if it is wanted at all.
func coloured(r image.Rectangle, alpha bool) *image.NRGBA {
	m := image.NewNRGBA(r)
	random := rand.New(rand.NewPCG(5, 5))
	for c := range 4 {
		v := 128.0
		for i := c; i < len(m.Pix); i += 4 {
			v = min(max(v+random.NormFloat64()*40, 0), 255)
			m.Pix[i] = byte(v)
			if c == 3 && (!alpha || v > 100) {
				m.Pix[i] = 255
			}
		}
	}
	return m
}

// rowOf returns a row of m as pixels of a kind.
func rowOf(m *image.NRGBA, y int, kind Kind) (row []byte) {
	for x := range m.Rect.Dx() {
		p := m.Pix[y*m.Stride+4*x:][:4]
		switch kind {
		case Grey:
			row = append(row, p[0])
		case RGB:
			row = append(row, p[:3]...)
		case NRGBA:
			row = append(row, p...)
		case RGBA:
			q := make([]byte, 4)
			premultiply(q, p)
			row = append(row, q...)
		}
	}
	return row
}

// What is made of rows as they come is what Resize makes of the whole picture, for
// several cuts at once.
func TestScalerIsResize(t *testing.T) {
	size := image.Pt(97, 83)
	whole := image.Rectangle{Max: size}
	cuts := []Cut{
		{whole, 31, 27}, {image.Rect(7, 0, 90, 83), 20, 20}, {image.Rect(10, 20, 30, 40), 19, 3},
		{whole, 97, 83}, {whole, 1, 1}, {image.Rect(96, 82, 97, 83), 1, 1}, {whole, 150, 120},
	}
	for kind, name := range []string{"grey", "RGB", "RGBA", "NRGBA"} {
		t.Run(name, func(t *testing.T) {
			kind := Kind(kind)
			m := coloured(whole, kind.channels() == 4)
			s, err := NewScaler(size, kind, cuts...)
			if err != nil {
				t.Fatal(err)
			}
			for y := range size.Y {
				copy(s.Row(), rowOf(m, y, kind))
				s.Add()
			}
			var src image.Image = m
			if kind == Grey {
				grey := image.NewGray(whole)
				for y := range size.Y {
					copy(grey.Pix[y*grey.Stride:], rowOf(m, y, Grey))
				}
				src = grey
			}
			for i, got := range s.Images() {
				want := mustResize(t, src, cuts[i].Part, cuts[i].Width, cuts[i].Height)
				if got.Bounds() != want.Bounds() || !bytes.Equal(pixOf(t, got), pixOf(t, want)) {
					t.Errorf("%v: another picture than that of Resize", cuts[i])
				}
			}
		})
	}
}

func pixOf(t *testing.T, m image.Image) []byte {
	switch m := m.(type) {
	case *image.Gray:
		return m.Pix
	case *image.RGBA:
		return m.Pix
	}
	t.Fatalf("%T", m)
	return nil
}

// The row before is what it was, as readers of rows need it.
func TestScalerKeepsTheRowBefore(t *testing.T) {
	for _, kind := range []Kind{RGB, NRGBA} {
		s, err := NewScaler(image.Pt(9, 12), kind, Cut{image.Rect(0, 0, 9, 12), 9, 12})
		if err != nil {
			t.Fatal(err)
		}
		var before, want []byte
		for y := range 12 {
			row := s.Row()
			if !bytes.Equal(before, want) {
				t.Errorf("kind %d, row %d: the row before has changed", kind, y)
			}
			for i := range row {
				row[i] = byte(31*y + 7*i)
			}
			before, want = row, bytes.Clone(row)
			s.Add()
		}
	}
}

func TestScalerOfNothing(t *testing.T) {
	whole := image.Rect(0, 0, 9, 12)
	for _, cut := range []Cut{{whole, 0, 4}, {whole, 4, 0}, {image.Rectangle{}, 4, 4}, {image.Rect(0, 0, 10, 12), 4, 4}} {
		if _, err := NewScaler(whole.Size(), RGB, cut); !errors.Is(err, ErrEmpty) {
			t.Errorf("%v: got %v, want ErrEmpty", cut, err)
		}
	}
}

func TestScalerIsLanczos3(t *testing.T) {
	size := image.Pt(160, 120)
	m := coloured(image.Rectangle{Max: size}, false)
	rgba := image.NewRGBA(m.Rect)
	draw.Draw(rgba, rgba.Rect, m, image.Point{}, draw.Src)
	for c := range 3 {
		plane := image.NewGray(m.Rect)
		for i := range plane.Pix {
			plane.Pix[i] = rgba.Pix[4*i+c]
		}
		want := reference(plane, plane.Rect, 41, 31)
		got := mustResize(t, m, m.Rect, 41, 31).(*image.RGBA)
		for i, v := range want.Pix {
			if d := int(v) - int(got.Pix[4*i+c]); d < -1 || d > 1 {
				t.Fatalf("channel %d, pixel %d: got %d, want %d", c, i, got.Pix[4*i+c], v)
			}
		}
	}
}
