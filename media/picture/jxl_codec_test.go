//go:build nodynamic

package picture

import (
	"errors"
	"image"
	"image/color"
	"testing"
)

func TestJXLLooksAsItsSource(t *testing.T) {
	small := mustDecode(t, testFile(t, "small.png"))
	if d := distance(t, mustDecode(t, testFile(t, "small.jxl")), small); d > 12 {
		t.Errorf("small.jxl differs by %.1f", d)
	}
	alpha := mustDecode(t, testFile(t, "alpha.jxl"))
	if a := alphaAt(alpha, 20, 20); a != 0 {
		t.Errorf("alpha.jxl: alpha of the hole is %d, want 0", a)
	}
	for x := range 96 { // it is lossless
		if got, want := color.NRGBAModel.Convert(alpha.At(x, 60)), color.NRGBAModel.Convert(small.At(x, 60)); got != want {
			t.Fatalf("alpha.jxl at %d,60: got %v, want %v", x, got, want)
		}
	}
}

func TestJXLIsDecodedUpright(t *testing.T) {
	// A photograph of 117x93 pixels, lying on its side.
	m := mustDecode(t, testFile(t, "rotated.jxl"))
	if want := image.Rect(0, 0, 93, 117); m.Bounds() != want {
		t.Fatalf("got %v, want %v", m.Bounds(), want)
	}
	grid := mustDecode(t, testFile(t, "grid.heic")) // of the same, upright
	if d := distance(t, m, Orient(grid, 6)); d > 16 {
		t.Errorf("differs by %.1f", d)
	}
}

func TestJXLOf16Bits(t *testing.T) {
	m, ok := mustDecode(t, testFile(t, "deep.jxl")).(*image.NRGBA64)
	if !ok {
		t.Fatal("not of 16 bits")
	}
	// A gradient from white down to black in 30 rows.
	for y, want := range map[int]uint16{0: 0xffff, 29: 0} {
		if got := m.NRGBA64At(7, y); got.R != want || got.G != want || got.A != 0xffff {
			t.Errorf("row %d: got %v, want %#x", y, got, want)
		}
	}
}

func TestAnimatedJXLIsDecodedToItsFirstFrame(t *testing.T) {
	m := mustDecode(t, testFile(t, "animated.jxl"))
	if got, want := color.NRGBAModel.Convert(m.At(10, 8)), (color.NRGBA{255, 0, 0, 255}); got != want || m.Bounds() != image.Rect(0, 0, 20, 16) {
		t.Errorf("got %v in %v, want %v in 20x16", got, m.Bounds(), want)
	}
}

// Without its profile the samples of a lossless one would be shown in wrong colours.
func TestJXLThatOnlyItsProfileExplains(t *testing.T) {
	if _, err := decodeBytes(testFile(t, "still/a98-lossless.jxl")); !errors.Is(err, ErrNoDecoder) {
		t.Errorf("got %v, want %v", err, ErrNoDecoder)
	}
}
