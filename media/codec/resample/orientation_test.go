package resample

import (
	"image"
	"image/color"
	"testing"
)

// upright returns which pixel of a picture of w by h, as stored, is shown at x, y.
var upright = map[Orientation]func(x, y, w, h int) (int, int){
	0: func(x, y, w, h int) (int, int) { return x, y },
	1: func(x, y, w, h int) (int, int) { return x, y },
	2: func(x, y, w, h int) (int, int) { return w - 1 - x, y },
	3: func(x, y, w, h int) (int, int) { return w - 1 - x, h - 1 - y },
	4: func(x, y, w, h int) (int, int) { return x, h - 1 - y },
	5: func(x, y, w, h int) (int, int) { return y, x },
	6: func(x, y, w, h int) (int, int) { return y, h - 1 - x },
	7: func(x, y, w, h int) (int, int) { return w - 1 - y, h - 1 - x },
	8: func(x, y, w, h int) (int, int) { return w - 1 - y, x },
	9: func(x, y, w, h int) (int, int) { return x, y },
}

func TestResizeTurnsPictures(t *testing.T) {
	const w, h = 12, 8
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{byte(20 * x), byte(30 * y), byte(x * y), 255})
		}
	}
	for o, from := range upright {
		width, height := o.Size(w, h)
		if transposed := o >= 5 && o <= 8; transposed != (width == h) {
			t.Errorf("orientation %d: size %dx%d", o, width, height)
		}
		out, err := Resize(m, m.Rect, width, height, o)
		if err != nil {
			t.Fatal(err)
		}
		for y := range height {
			for x := range width {
				sx, sy := from(x, y, w, h)
				if got, want := out.At(x, y), m.At(sx, sy); got != want {
					t.Fatalf("orientation %d at %d,%d: got %v, want %v", o, x, y, got, want)
				}
			}
		}
	}
}

// Turning while resizing is resizing and then turning, also for planes of
// chroma and sides that do not divide.
func TestResizeTurnsWhileResizing(t *testing.T) {
	m := image.NewYCbCr(image.Rect(0, 0, 90, 61), image.YCbCrSubsampleRatio444)
	copy(m.Y, noise(m.Rect).Pix)
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = byte(2*(i%m.CStride)+30), byte(3*(i/m.CStride)+30)
	}
	part := image.Rect(7, 3, 80, 50)
	plain := mustResize(t, m, part, 42, 28).(*image.YCbCr)
	for o, from := range upright {
		width, height := o.Size(42, 28)
		out, err := Resize(m, part, width, height, o)
		if err != nil {
			t.Fatal(err)
		}
		got := out.(*image.YCbCr)
		for y := range height {
			for x := range width {
				sx, sy := from(x, y, 42, 28)
				g, p := got.YCbCrAt(x, y), plain.YCbCrAt(sx, sy)
				for i, d := range []int{int(g.Y) - int(p.Y), int(g.Cb) - int(p.Cb), int(g.Cr) - int(p.Cr)} {
					if max(d, -d) > 1 {
						t.Fatalf("orientation %d at %d,%d, plane %d: got %v, want %v", o, x, y, i, g, p)
					}
				}
			}
		}
	}
}
