package picture

import (
	"image"
	"testing"
)

func TestVariants(t *testing.T) {
	usual := Variants{MediumWidth: 500, ThumbSide: 320, LeastSide: 320}
	for _, test := range []struct {
		name          string
		v             Variants
		size          image.Point
		cuts          int // of the picture itself
		medium, thumb image.Point
	}{
		{"the thumb is made of the medium", usual, image.Pt(800, 600), 1, image.Pt(500, 375), image.Pt(320, 320)},
		{"a medium too low for that", usual, image.Pt(1920, 1080), 2, image.Pt(500, 281), image.Pt(320, 320)},
		{"no medium", Variants{ThumbSide: 320, LeastSide: 320}, image.Pt(480, 400), 1, image.Point{}, image.Pt(320, 320)},
		{"a small one", Variants{ThumbSide: 40, LeastSide: 320}, image.Pt(40, 60), 1, image.Point{}, image.Pt(40, 40)},
	} {
		t.Run(test.name, func(t *testing.T) {
			made := MakeAll(scene(test.size.X, test.size.Y), test.v.Cuts)
			if len(made) != test.cuts {
				t.Errorf("got %d cuts, want %d", len(made), test.cuts)
			}
			medium, thumb := test.v.Of(made)
			if thumb.Bounds().Size() != test.thumb {
				t.Errorf("got a thumb of %v, want %v", thumb.Bounds().Size(), test.thumb)
			}
			if (medium != nil) != (test.medium != image.Point{}) || medium != nil && medium.Bounds().Size() != test.medium {
				t.Errorf("got a medium %T, want one of %v", medium, test.medium)
			}
		})
	}
}
