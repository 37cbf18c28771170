package picture

import (
	"image"
	"math"

	"postern/media/codec/resample"
)

// Cut is a part of a picture, and the size in pixels that it is to have.
type Cut = resample.Cut

// FitCut is all of a picture of the size, scaled down to the width, its height by
// ratio, rounded and at least 1. It never enlarges.
func FitCut(size image.Point, width int) Cut {
	whole := image.Rectangle{Max: size}
	if width <= 0 || width >= size.X {
		return Cut{Part: whole, Width: size.X, Height: size.Y}
	}
	return Cut{Part: whole, Width: width, Height: portion(size.Y, float64(width)/float64(size.X))}
}

// CoverCut is the largest centred part of the ratio width:height of a picture of the
// size, scaled down to that. It never enlarges: of a picture that is smaller, it is
// the largest part of that ratio.
func CoverCut(size image.Point, width, height int) Cut {
	whole := image.Rectangle{Max: size}
	if width <= 0 || height <= 0 {
		return Cut{Part: whole, Width: size.X, Height: size.Y}
	}
	share := min(1, float64(size.X)/float64(width), float64(size.Y)/float64(height))
	target := image.Pt(portion(width, share), portion(height, share))
	if size == target {
		return Cut{Part: whole, Width: size.X, Height: size.Y}
	}
	return Cut{Part: resample.Cover(whole, width, height), Width: target.X, Height: target.Y}
}

// portion returns a share of n, rounded and at least 1.
func portion(n int, share float64) int {
	return max(1, int(math.Round(float64(n)*share)))
}

// isWhole reports whether a cut is a picture of the size as it is.
func isWhole(c Cut, size image.Point) bool {
	return c.Part == image.Rectangle{Max: size} && c.Width == size.X && c.Height == size.Y
}

// Fit is FitCut of m. A picture that is no wider is returned as it is, any other
// begins at (0, 0). Planes of luma and chroma stay planes (4:2:0), grey stays grey,
// all else becomes an *image.RGBA.
func Fit(m image.Image, width int) image.Image { return Make(m, FitCut(m.Bounds().Size(), width)) }

// FitWithinCut is all of a picture of the size, scaled down until no side is longer than
// so many pixels.
func FitWithinCut(size image.Point, side int) Cut {
	if size.Y > side && size.Y > size.X {
		return FitCut(size, portion(size.X, float64(side)/float64(size.Y)))
	}
	return FitCut(size, min(side, size.X))
}

// FitWithin is FitWithinCut of m, as Fit is.
func FitWithin(m image.Image, side int) image.Image {
	return Make(m, FitWithinCut(m.Bounds().Size(), side))
}

// Cover is CoverCut of m, of the same kinds as the result of Fit. It is m itself
// where nothing is to be done.
func Cover(m image.Image, width, height int) image.Image {
	return Make(m, CoverCut(m.Bounds().Size(), width, height))
}

// Make returns a cut of m, or m itself where that is all of it, or nothing.
func Make(m image.Image, c Cut) image.Image {
	if isWhole(c, m.Bounds().Size()) {
		return m
	}
	made, err := resample.Resize(m, c.Part.Add(m.Bounds().Min), c.Width, c.Height, resample.Upright)
	if err != nil {
		return m
	}
	return made
}
