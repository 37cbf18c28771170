package picture

import (
	"path/filepath"
	"strings"
	"testing"
)

// libwebp goes from the planes of limited range straight to RGB; here they are
// first stretched to the full range of a JPEG, and rounded.
func TestWebPAgreesWithLibwebp(t *testing.T) {
	names, err := filepath.Glob("testdata/webp/*.webp")
	if err != nil || len(names) < 6 {
		t.Fatalf("%d pictures, %v", len(names), err)
	}
	for _, name := range names {
		name = strings.TrimPrefix(name, "testdata/")
		got := toNRGBA(mustDecode(t, testFile(t, name)))
		want := toNRGBA(mustDecode(t, testFile(t, strings.Replace(name, ".webp", ".png", 1))))
		if got.Rect != want.Rect {
			t.Fatalf("%s: %v, want %v", name, got.Rect, want.Rect)
		}
		most := 0
		for i, v := range got.Pix {
			if got.Pix[i|3] > 0 {
				d := int(v) - int(want.Pix[i])
				most = max(most, d, -d)
			}
		}
		if most > 2 {
			t.Errorf("%s: samples differ by %d, want 2 at most", name, most)
		}
	}
}
