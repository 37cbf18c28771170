package jpeg

import (
	"image"
	"image/color"
	"image/draw"
)

// convert returns m over white, as 4:2:0.
func convert(m image.Image) *image.YCbCr {
	src, ok := m.(*image.RGBA)
	if !ok || !src.Opaque() {
		src = image.NewRGBA(m.Bounds())
		draw.Draw(src, src.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(src, src.Rect, m, src.Rect.Min, draw.Over)
	}
	size := src.Rect.Size()
	out := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	for y := range size.Y {
		row := src.Pix[y*src.Stride:]
		for x := range size.X {
			out.Y[y*out.YStride+x], _, _ = color.RGBToYCbCr(row[4*x], row[4*x+1], row[4*x+2])
		}
	}
	for y := 0; y < size.Y; y += 2 {
		for x := 0; x < size.X; x += 2 {
			r, g, b := mean4(src, x, y)
			at := y/2*out.CStride + x/2
			_, out.Cb[at], out.Cr[at] = color.RGBToYCbCr(r, g, b)
		}
	}
	return out
}

// mean4 returns the mean of the 2x2 pixels at x, y, of which those outside
// repeat the last.
func mean4(m *image.RGBA, x, y int) (r, g, b uint8) {
	right, below := 4, m.Stride
	if x+1 == m.Rect.Dx() {
		right = 0
	}
	if y+1 == m.Rect.Dy() {
		below = 0
	}
	p := m.Pix[y*m.Stride+4*x:]
	mean := func(i int) uint8 {
		sum := uint(p[i]) + uint(p[i+right]) + uint(p[i+below]) + uint(p[i+below+right])
		return uint8((sum + 2) / 4)
	}
	return mean(0), mean(1), mean(2)
}
