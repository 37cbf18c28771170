package picture

import (
	"image"
	"image/draw"
)

// Straight returns m with 8 bits a sample, straight alpha, and nothing between rows.
// The pixels may be those of m and are only to be read.
func Straight(m image.Image) *image.NRGBA {
	n := toNRGBA(m)
	if n.Stride == 4*n.Rect.Dx() && len(n.Pix) == n.Stride*n.Rect.Dy() {
		return n
	}
	dst := image.NewNRGBA(image.Rectangle{Max: n.Rect.Size()})
	draw.Draw(dst, dst.Rect, n, n.Rect.Min, draw.Src)
	return dst
}

// toNRGBA returns m with 8 bits a sample and straight alpha. The pixels may be
// those of m and are only to be read.
func toNRGBA(m image.Image) *image.NRGBA {
	if m, ok := m.(*image.NRGBA); ok {
		return m
	}
	if isOpaque(m) {
		rgba := toRGBA(m) // which image/draw does faster
		return &image.NRGBA{Pix: rgba.Pix, Stride: rgba.Stride, Rect: rgba.Rect}
	}
	dst := image.NewNRGBA(m.Bounds())
	draw.Draw(dst, dst.Rect, m, m.Bounds().Min, draw.Src)
	return dst
}

// toRGBA returns m with 8 bits a sample and multiplied alpha. The pixels may be
// those of m and are only to be read.
func toRGBA(m image.Image) *image.RGBA {
	if m, ok := m.(*image.RGBA); ok {
		return m
	}
	dst := image.NewRGBA(m.Bounds())
	draw.Draw(dst, dst.Rect, m, m.Bounds().Min, draw.Src)
	return dst
}

// tightRGBA is toRGBA without anything between rows.
func tightRGBA(m image.Image) *image.RGBA {
	if m, ok := m.(*image.RGBA); ok && m.Stride == 4*m.Rect.Dx() && len(m.Pix) == m.Stride*m.Rect.Dy() {
		return m
	}
	dst := image.NewRGBA(m.Bounds())
	draw.Draw(dst, dst.Rect, m, m.Bounds().Min, draw.Src)
	return dst
}

// eightBits returns m in a form that the PNG encoder writes with 8 bits a
// sample or fewer.
func eightBits(m image.Image) image.Image {
	switch m.(type) {
	case *image.Gray, *image.Paletted, *image.RGBA, *image.NRGBA:
		return m
	}
	if isOpaque(m) {
		return toRGBA(m)
	}
	return toNRGBA(m)
}

func isOpaque(m image.Image) bool {
	o, ok := m.(interface{ Opaque() bool })
	return ok && o.Opaque()
}
