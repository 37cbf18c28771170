package picture

import (
	"image"
	"math"

	"golang.org/x/image/draw"
)

// Fit scales a picture down to the width, its height by ratio, rounded and at
// least 1. It never enlarges: a picture that is no wider is returned as it is.
// The result begins at (0, 0).
func Fit(m image.Image, width int) image.Image {
	size := m.Bounds().Size()
	if width <= 0 || width >= size.X {
		return m
	}
	height := int(math.Round(float64(size.Y) * float64(width) / float64(size.X)))
	return scale(m, m.Bounds(), image.Pt(width, max(1, height)))
}

// Cover cuts the largest centred part of the ratio width:height out of a
// picture and scales it down to that size. It never enlarges: a part that is
// smaller keeps its size. The result begins at (0, 0).
func Cover(m image.Image, width, height int) image.Image {
	size := m.Bounds().Size()
	if width <= 0 || height <= 0 || size.X == 0 || size.Y == 0 {
		return m
	}
	share := min(1, float64(size.X)/float64(width), float64(size.Y)/float64(height))
	target := image.Pt(portion(width, share), portion(height, share))
	part := size
	if ratio := float64(width) / float64(height); float64(size.X) > float64(size.Y)*ratio {
		part.X = portion(size.Y, ratio)
	} else {
		part.Y = portion(size.X, 1/ratio)
	}
	part.X, part.Y = min(part.X, size.X), min(part.Y, size.Y)
	at := m.Bounds().Min.Add(size.Sub(part).Div(2))
	return scale(m, image.Rectangle{at, at.Add(part)}, target)
}

func portion(n int, of float64) int { return max(1, int(math.Round(float64(n)*of))) }

// scale returns the part of m, scaled to the size.
func scale(m image.Image, part image.Rectangle, size image.Point) image.Image {
	if part == m.Bounds() && part.Size() == size && part.Min == (image.Point{}) {
		return m
	}
	dst := image.NewRGBA(image.Rectangle{Max: size})
	if part.Size() == size {
		draw.Draw(dst, dst.Rect, m, part.Min, draw.Src)
	} else {
		draw.CatmullRom.Scale(dst, dst.Rect, m, part, draw.Src, nil)
	}
	return dst
}
