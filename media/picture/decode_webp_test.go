package picture

import (
	"bytes"
	"image"
	"testing"

	dwebp "github.com/deepteams/webp"
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

// The encoder of opaque WebP is quick; the one compared with weighs many ways
// to code each block, which is worth a tenth or two.
func TestWebPIsNearlyAsGoodAsAnothers(t *testing.T) {
	m := mustDecode(t, testFile(t, "photo.jpg"))
	own := mustEncode(t, m, WebP, Options{})
	var b bytes.Buffer
	o := dwebp.DefaultOptions()
	o.Quality = defaultQuality
	if err := dwebp.Encode(&b, toNRGBA(m), o); err != nil {
		t.Fatal(err)
	}
	got, want := distance(t, mustDecode(t, own), m), distance(t, mustDecode(t, b.Bytes()), m)
	t.Logf("%d bytes at a distance of %.2f, the other %d at %.2f", len(own), got, b.Len(), want)
	if got > 1.1*want || len(own) > b.Len()*11/10 {
		t.Errorf("%d bytes at a distance of %.2f, the other %d at %.2f", len(own), got, b.Len(), want)
	}
}
