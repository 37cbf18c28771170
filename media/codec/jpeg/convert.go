package jpeg

import (
	"image"
	"image/color"
	"image/draw"
)

// convert returns m over white, as 4:2:0.
func convert(m image.Image) *image.YCbCr {
	out := image.NewYCbCr(image.Rectangle{Max: m.Bounds().Size()}, image.YCbCrSubsampleRatio420)
	if src := pixelsOf(m); src == nil || !convertOpaque(out, src) {
		convertOpaque(out, overWhite(m))
	}
	return out
}

// pixelsOf returns the pixels of m as they are if it is opaque, and nil if it has them in
// another form.
func pixelsOf(m image.Image) *image.RGBA {
	switch m := m.(type) {
	case *image.RGBA:
		return m
	case *image.NRGBA:
		return (*image.RGBA)(m)
	}
	return nil
}

func overWhite(m image.Image) *image.RGBA {
	over := image.NewRGBA(m.Bounds())
	draw.Draw(over, over.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(over, over.Rect, m, over.Rect.Min, draw.Over)
	return over
}

// convertOpaque makes src the 4:2:0 picture out, and stops where it is not opaque.
func convertOpaque(out *image.YCbCr, src *image.RGBA) (opaque bool) {
	width, height := src.Rect.Dx(), src.Rect.Dy()
	luma := func(y int) (row []byte, opaque bool) {
		row = src.Pix[y*src.Stride:][:4*width]
		return row, lumaRow(out.Y[y*out.YStride:][:width], row) == 255
	}
	for y := 0; y < height; y += 2 {
		above, opaque := luma(y)
		below := above
		if opaque && y+1 < height {
			below, opaque = luma(y + 1)
		}
		if !opaque {
			return false
		}
		c, n := y/2*out.CStride, ceilDiv(width, 2)
		chromaRow(out.Cb[c:][:n], out.Cr[c:][:n], above, below)
	}
	return true
}

// lumaGo writes the luma of pixels, of which there is one for each byte of luma, and
// returns the bits that are set in the alpha of all. It is as color.RGBToYCbCr has it.
func lumaGo(luma, pixels []byte) (alpha byte) {
	alpha = 255
	for x := range luma {
		p := (*[4]byte)(pixels[4*x:])
		luma[x] = byte((19595*uint32(p[0]) + 38470*uint32(p[1]) + 7471*uint32(p[2]) + 1<<15) >> 16)
		alpha &= p[3]
	}
	return alpha
}

// chromaGo writes the chroma of the mean of 2x2 pixels of two rows of equal length. A last
// single one is its own neighbour.
func chromaGo(cb, cr, above, below []byte) {
	for x := range cb {
		left, right := 8*x, min(8*x+4, len(above)-4)
		mean := func(i int) uint8 {
			sum := uint(above[left+i]) + uint(above[right+i]) + uint(below[left+i]) + uint(below[right+i])
			return uint8((sum + 2) / 4)
		}
		_, cb[x], cr[x] = color.RGBToYCbCr(mean(0), mean(1), mean(2))
	}
}
