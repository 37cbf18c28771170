package heif

import "testing"

func TestOrientation(t *testing.T) {
	// irot turns against the clock, imir then mirrors; rows as in Exif.
	for _, test := range []struct {
		name          string
		turns, mirror int
		want          int
	}{
		{"as coded", 0, noMirror, 1},
		{"turned left", 1, noMirror, 8},
		{"upside down", 2, noMirror, 3},
		{"turned right", 3, noMirror, 6},
		{"top and bottom swapped", 0, 0, 4},
		{"left and right swapped", 0, 1, 2},
		{"turned left, left and right swapped", 1, 1, 7},
		{"turned right, left and right swapped", 3, 1, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := exifOrientation(test.turns, test.mirror); got != test.want {
				t.Errorf("%s: got %d, want %d", test.name, got, test.want)
			}
		})
	}
}
