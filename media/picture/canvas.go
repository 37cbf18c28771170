package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"slices"

	"postern/media/codec/palette"
)

// onCanvas returns a transparent picture of the size with the frame m on it, or
// m itself if it covers all of it.
func onCanvas(m image.Image, size image.Point) (image.Image, error) {
	canvas := image.Rectangle{Max: size}
	if m.Bounds() == canvas {
		return m, nil
	}
	if m.Bounds().Empty() || !m.Bounds().In(canvas) {
		return nil, fmt.Errorf("%w: frame %v on a canvas of %v pixels", ErrDamaged, m.Bounds(), size)
	}
	if p, ok := m.(*image.Paletted); ok {
		if dst := palettedCanvas(p, canvas); dst != nil {
			return dst, nil
		}
	}
	dst := image.NewRGBA(canvas)
	draw.Draw(dst, m.Bounds(), m, m.Bounds().Min, draw.Src)
	return dst, nil
}

// palettedCanvas saves three of four bytes a pixel. It is nil if the palette
// has neither a transparent colour nor room for one.
func palettedCanvas(m *image.Paletted, canvas image.Rectangle) *image.Paletted {
	clear := slices.IndexFunc(m.Palette, func(c color.Color) bool {
		_, _, _, a := c.RGBA()
		return a == 0
	})
	colours := m.Palette
	if clear < 0 {
		if clear = len(colours); clear >= palette.Max {
			return nil
		}
		colours = append(slices.Clone(colours), color.NRGBA{})
	}
	dst := image.NewPaletted(canvas, colours)
	if clear > 0 {
		for i := range dst.Pix {
			dst.Pix[i] = uint8(clear)
		}
	}
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		from, to := m.PixOffset(b.Min.X, y), dst.PixOffset(b.Min.X, y)
		copy(dst.Pix[to:to+b.Dx()], m.Pix[from:])
	}
	return dst
}

// moveTo places a decoded frame, which begins at (0, 0), on its canvas.
func moveTo(m image.Image, at image.Point) image.Image {
	switch m := m.(type) {
	case *image.YCbCr:
		m.Rect = m.Rect.Add(at)
	case *image.NRGBA:
		m.Rect = m.Rect.Add(at)
	}
	return m
}
