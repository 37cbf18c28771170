package jpeg

import "testing"

// Samples of 12 bits become those of 8 but for two roundings. What they are is
// dcmdjpeg's word: Y, Cb and Cr as if they were R, G and B, in the lower 12 of 16
// bits.
func TestTwelveBits(t *testing.T) {
	for _, name := range []string{"12bit", "12bit-grey"} {
		want := decodedPNG(t, name)
		for i, plane := range planesIn(t, decodeAt(t, testPicture(t, name), 1)) {
			if plane.width != 117 || plane.height != 93 {
				t.Fatalf("%s: plane %d has %dx%d samples", name, i, plane.width, plane.height)
			}
			for y, row := range plane.rows {
				for x, v := range row {
					r, g, b, _ := want.At(x, y).RGBA()
					if d := int(v)*16 - int([]uint32{r, g, b}[i]); d <= -32 || d >= 32 {
						t.Fatalf("%s: plane %d at %d, %d is %d, want %.2f", name, i, x, y, v, float64([]uint32{r, g, b}[i])/16)
					}
				}
			}
		}
	}
}

func TestTwelveBitsScaled(t *testing.T) {
	whole := planesIn(t, decodeAt(t, testPicture(t, "12bit"), 1))
	for _, name := range []string{"12bit", "12bit-progressive"} {
		for _, denominator := range []int{1, 2, 4, 8} {
			planes := planesIn(t, decodeAt(t, testPicture(t, name), denominator))
			for i := range planes {
				got, want := planes[i].mean(), whole[i].mean()
				if d := got - want; d < -2 || d > 2 {
					t.Errorf("%s at 1/%d: plane %d has a mean of %.1f, the whole %.1f", name, denominator, i, got, want)
				}
			}
		}
	}
}
