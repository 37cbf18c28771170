package picture

import (
	"bytes"
	"image"
	"testing"

	xwebp "golang.org/x/image/webp"
)

// The decoder of lossy WebP has machine code for whole blocks; the one compared
// with has none. They agree to the last bit, whatever part of a block the edges
// cut off.
func TestLossyWebPAgreesWithAnotherDecoder(t *testing.T) {
	for width := 1; width <= 50; width += 3 {
		for height := 1; height <= 40; height += 7 {
			for _, quality := range []int{5, 60, 100} {
				data := mustEncode(t, scene(width, height), WebP, Options{Quality: quality})
				other, err := xwebp.Decode(bytes.NewReader(data))
				if err != nil {
					t.Fatal(err)
				}
				got, want := mustDecode(t, data).(*image.YCbCr), fullRange(other).(*image.YCbCr)
				if !samePixels(got, want) {
					t.Errorf("%dx%d of quality %d: decoders differ", width, height, quality)
				}
			}
		}
	}
}

func samePixels(a, b *image.YCbCr) bool {
	if a.Rect != b.Rect {
		return false
	}
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			if a.YCbCrAt(x, y) != b.YCbCrAt(x, y) {
				return false
			}
		}
	}
	return true
}
