package picture

import "image"

// Variants says which smaller pictures are made of a picture.
type Variants struct {
	MediumWidth int // 0 for no medium
	ThumbSide   int
	LeastSide   int // of a medium that the thumb is made of
}

// Cuts is the Plan of the variants: the medium, if any, and the thumb, unless the medium
// is large enough to make it of that.
func (v Variants) Cuts(size image.Point) []Cut {
	thumb := CoverCut(size, v.ThumbSide, v.ThumbSide)
	if v.MediumWidth == 0 {
		return []Cut{thumb}
	}
	medium := FitCut(size, v.MediumWidth)
	if min(medium.Width, medium.Height) >= v.LeastSide {
		return []Cut{medium}
	}
	return []Cut{medium, thumb}
}

// Of returns the variants, given what was made of Cuts. There may be no medium.
func (v Variants) Of(made []image.Image) (medium, thumb image.Image) {
	thumb = made[len(made)-1]
	if v.MediumWidth == 0 {
		return nil, thumb
	}
	if len(made) == 1 {
		thumb = Cover(thumb, v.ThumbSide, v.ThumbSide)
	}
	return made[0], thumb
}
