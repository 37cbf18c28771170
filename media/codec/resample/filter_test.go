package resample

import (
	"fmt"
	"image"
	"math"
	"slices"
	"testing"
)

// What is kept between the passes and the sums of the second one fit their
// types as long as the magnitudes of all weights stay below two.
func TestFilterWeights(t *testing.T) {
	for _, length := range []int{1, 2, 3, 5, 7, 12, 100, 1001} {
		for _, n := range []int{1, 2, 3, 7, 99, 100, 250, 2003} {
			for _, origin := range []float64{0, 0.25, -0.5} {
				f := newFilter(n, length, origin, float64(length)/float64(n), denominator(length, n), rowMultiple)
				for i := range n {
					sum, magnitude := 0, 0
					for _, w := range f.weights[i*f.taps : (i+1)*f.taps] {
						sum += int(w)
						magnitude += max(int(w), -int(w))
					}
					if sum != one || magnitude >= 2*one {
						t.Fatalf("%d to %d, sample %d: weights sum up to %d and %d, want %d and less than %d",
							length, n, i, sum, magnitude, one, 2*one)
					}
					read := f.of(i)
					for len(read) > 0 && read[len(read)-1] == 0 {
						read = read[:len(read)-1]
					}
					if f.first[i] < 0 || f.first[i]+len(read) > f.length || f.start+f.length > length {
						t.Fatalf("%d to %d, sample %d: reads from %d", length, n, i, f.first[i])
					}
				}
			}
		}
	}
}

// Weights that come again are those that would be worked out.
func TestFilterPeriods(t *testing.T) {
	for _, test := range []struct {
		n, length int
		step      float64
	}{{500, 1000, 2}, {500, 640, 1.28}, {500, 640, -1.28}, {250, 1000, 4}, {320, 500, 1.5625}, {640, 500, .78125}, {3, 7, 7. / 3}} {
		t.Run(fmt.Sprint(test.n), func(t *testing.T) {
			origin := 0.
			if test.step < 0 {
				origin = float64(test.length)
			}
			never := newFilter(test.n, test.length, origin, test.step, test.n, columnMultiple)
			again := newFilter(test.n, test.length, origin, test.step, denominator(test.length, test.n), columnMultiple)
			if !slices.Equal(never.first, again.first) {
				t.Errorf("%d to %d: other samples are read", test.length, test.n)
			}
			for i, w := range never.weights {
				if d := int(w - again.weights[i]); d < -1 || d > 1 {
					t.Fatalf("%d to %d: weight %d differs by %d", test.length, test.n, i, d)
				}
			}
		})
	}
}

// The greatest overshoot there can be neither wraps nor leaves its range.
func TestResizeClampsOvershoot(t *testing.T) {
	for _, n := range []int{7, 31, 33, 64, 100} {
		m := image.NewGray(image.Rect(0, 0, 64, 64))
		for i := range m.Pix {
			if (i%64/8+i/64/8)%2 == 0 {
				m.Pix[i] = 255
			}
		}
		want := reference(m, m.Rect, n, n)
		got := mustResize(t, m, m.Rect, n, n).(*image.Gray)
		if d := greatestDifference(t, got.Pix, want.Pix); d > 1 {
			t.Errorf("%d pixels: differs by %d, want at most 1", n, d)
		}
	}
}

func TestLanczos(t *testing.T) {
	for _, x := range []float64{0.25, 0.5, 1.5, 2.25, 2.999} {
		p := x * math.Pi
		want := math.Sin(p) / p * math.Sin(p/3) / (p / 3)
		if got := lanczos(x); math.Abs(got-want) > 1e-12 || lanczos(-x) != got {
			t.Errorf("at %v: got %v, want %v", x, got, want)
		}
	}
	for x, want := range map[float64]float64{0: 1, 1: 0, 2: 0, 3: 0, 4: 0, -7: 0} {
		if got := lanczos(x); math.Abs(got-want) > 1e-12 {
			t.Errorf("at %v: got %v, want %v", x, got, want)
		}
	}
}

func FuzzResize(f *testing.F) {
	f.Add(uint8(3), uint8(5), uint8(7), uint8(2), uint8(1), uint8(2), uint8(1))
	f.Add(uint8(200), uint8(9), uint8(1), uint8(90), uint8(11), uint8(6), uint8(3))
	f.Fuzz(func(t *testing.T, w, h, width, height, inset, o, kind uint8) {
		rect := image.Rect(int(inset), 3, int(inset)+int(w), 3+int(h))
		var m image.Image = image.NewNRGBA(rect)
		switch {
		case kind < 6:
			m = image.NewYCbCr(rect, image.YCbCrSubsampleRatio(kind))
		case kind == 6:
			m = image.NewGray(rect)
		}
		part := rect.Inset(int(inset) % 7)
		got, err := Resize(m, part, int(width), int(height), Orientation(o))
		empty := part.Empty() || width == 0 || height == 0
		if empty != (err != nil) {
			t.Fatalf("%v of %v to %dx%d: got %v", part, rect, width, height, err)
		}
		if err == nil && got.Bounds() != image.Rect(0, 0, int(width), int(height)) {
			t.Errorf("got %v, want %dx%d", got.Bounds(), width, height)
		}
	})
}
