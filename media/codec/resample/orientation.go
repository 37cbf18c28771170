package resample

// Orientation tells how a picture is stored, as the tag Orientation of EXIF
// does: 2 to 8 are mirrored, turned or both. 1 and all other values mean that
// it is upright.
type Orientation int

// Upright is the orientation of a picture stored as it is shown.
const Upright Orientation = 1

// Size returns the width and height, as shown, of a picture that is stored
// with these. It serves the other way round as well.
func (o Orientation) Size(width, height int) (int, int) {
	if o.transposes() {
		return height, width
	}
	return width, height
}

// upright reports whether pictures are stored as they are shown.
func (o Orientation) upright() bool { return o < 2 || o > 8 }

// transposes reports whether rows are stored as columns.
func (o Orientation) transposes() bool { return o >= 5 && o <= 8 }

// flips reports whether, as stored, the columns run right to left and the rows
// from the bottom up.
func (o Orientation) flips() (x, y bool) {
	switch o {
	case 2, 8:
		return true, false
	case 3, 7:
		return true, true
	case 4, 6:
		return false, true
	}
	return false, false
}
