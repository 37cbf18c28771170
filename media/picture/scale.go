package picture

import (
	"image"
	"math"

	"postern/media/codec/resample"
)

// Fit scales a picture down to the width, its height by ratio, rounded and at
// least 1. It never enlarges: a picture that is no wider is returned as it is,
// any other begins at (0, 0). Planes of luma and chroma stay planes (4:2:0),
// grey stays grey, all else becomes an *image.RGBA.
func Fit(m image.Image, width int) image.Image {
	size := m.Bounds().Size()
	if width <= 0 || width >= size.X {
		return m
	}
	height := portion(size.Y, float64(width)/float64(size.X))
	return scale(m, m.Bounds(), image.Pt(width, height))
}

// FitWithin scales a picture down until no side is longer than so many pixels,
// as Fit does.
func FitWithin(m image.Image, side int) image.Image {
	size := m.Bounds().Size()
	if size.Y > side && size.Y > size.X {
		return Fit(m, portion(size.X, float64(side)/float64(size.Y)))
	}
	return Fit(m, min(side, size.X))
}

// Cover cuts the largest centred part of the ratio width:height out of a
// picture and scales it down to that size. It never enlarges: of a picture that
// is smaller, it is the largest part of that ratio. The result is of the same
// kinds as that of Fit, and is m itself where nothing is to be done.
func Cover(m image.Image, width, height int) image.Image {
	size := m.Bounds().Size()
	if width <= 0 || height <= 0 {
		return m
	}
	share := min(1, float64(size.X)/float64(width), float64(size.Y)/float64(height))
	target := image.Pt(portion(width, share), portion(height, share))
	if size == target {
		return m
	}
	return scale(m, resample.Cover(m.Bounds(), width, height), target)
}

// portion returns a share of n, rounded and at least 1.
func portion(n int, share float64) int {
	return max(1, int(math.Round(float64(n)*share)))
}

// scale returns the part of m in the size, or an empty m as it is.
func scale(m image.Image, part image.Rectangle, size image.Point) image.Image {
	scaled, err := resample.Resize(m, part, size.X, size.Y, resample.Upright)
	if err != nil {
		return m
	}
	return scaled
}
