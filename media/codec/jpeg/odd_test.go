package jpeg

import (
	"image"
	"testing"
)

// What is sampled as no image.YCbCr is decodes to what libjpeg-turbo makes of
// it, but for rounding: those files are djpeg's.
func TestOddSampling(t *testing.T) {
	for _, name := range []string{"odd-221211", "odd-112212", "odd-311111", "odd-122111"} {
		want := decodedPNG(t, name)
		got := decodeAt(t, testPicture(t, name), 1)
		if got.Bounds() != want.Bounds() {
			t.Fatalf("%s: got %v, want %v", name, got.Bounds(), want.Bounds())
		}
		for y := range got.Bounds().Dy() {
			for x := range got.Bounds().Dx() {
				r, g, b, _ := got.At(x, y).RGBA()
				r2, g2, b2, _ := want.At(x, y).RGBA()
				for i, d := range []int{int(r>>8) - int(r2>>8), int(g>>8) - int(g2>>8), int(b>>8) - int(b2>>8)} {
					if d < -3 || d > 3 {
						t.Fatalf("%s: channel %d at %d, %d differs by %d, want at most 3", name, i, x, y, d)
					}
				}
			}
		}
	}
}

// At a smaller size an odd picture is like the whole one made smaller.
func TestOddSamplingScaled(t *testing.T) {
	for _, name := range []string{"odd-221211", "odd-112212", "odd-311111", "odd-122111"} {
		whole := planesIn(t, decodeAt(t, testPicture(t, name), 1))
		for _, denominator := range []int{2, 4, 8} {
			m, ok := decodeAt(t, testPicture(t, name), denominator).(*image.YCbCr)
			if !ok || m.SubsampleRatio != image.YCbCrSubsampleRatio444 || m.Bounds().Dx() != ceilDiv(117, denominator) || m.Bounds().Dy() != ceilDiv(93, denominator) {
				t.Fatalf("%s at 1/%d: got %T %v", name, denominator, m, m.Bounds())
			}
			for i, plane := range planesIn(t, m) {
				got, want := plane.mean(), whole[i].mean()
				if d := got - want; d < -2 || d > 2 {
					t.Errorf("%s at 1/%d: plane %d has a mean of %.1f, the whole %.1f", name, denominator, i, got, want)
				}
			}
		}
	}
}

func TestOddSamplingProgressive(t *testing.T) {
	for _, denominator := range []int{1, 2, 8} {
		progressive := decodeAt(t, testPicture(t, "odd-221211-progressive"), denominator)
		if d := greatestDifference(t, progressive, decodeAt(t, testPicture(t, "odd-221211"), denominator)); d != 0 {
			t.Errorf("at 1/%d: differs by %d from the sequential one", denominator, d)
		}
	}
}
