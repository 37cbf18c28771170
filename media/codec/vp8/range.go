package vp8

import (
	"image"
	"image/color"
)

// Stretch brings samples of limited range, luma of 16 to 235 and chroma of 16 to 240
// (ITU-R BT.601), to the full range in place.
func Stretch(m *image.YCbCr) {
	var luma, chroma [256]uint8
	for i := range int32(256) {
		luma[i] = clamp(((i-16)*255 + 109) / 219)
		chroma[i] = clamp(((i-128)*255 + 128*224 + 112) / 224)
	}
	replace(m, &luma, &chroma)
}

// Squeeze is the opposite of Stretch.
func Squeeze(m *image.YCbCr) {
	var luma, chroma [256]uint8
	for i := range 256 {
		luma[i] = uint8((i*219+127)/255 + 16)
		chroma[i] = uint8((i*224+127)/255 + 16)
	}
	replace(m, &luma, &chroma)
}

func replace(m *image.YCbCr, luma, chroma *[256]uint8) {
	for i, v := range m.Y {
		m.Y[i] = luma[v]
	}
	for _, plane := range [][]byte{m.Cb, m.Cr} {
		for i, v := range plane {
			plane[i] = chroma[v]
		}
	}
}

// Interleave returns a picture of full range with its colours converted.
func Interleave(m *image.NYCbCrA) *image.NRGBA {
	dst := image.NewNRGBA(m.Rect)
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		row := dst.Pix[dst.PixOffset(m.Rect.Min.X, y):]
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			i, j := m.YOffset(x, y), m.COffset(x, y)
			row[0], row[1], row[2] = color.YCbCrToRGB(m.Y[i], m.Cb[j], m.Cr[j])
			row[3] = m.A[m.AOffset(x, y)]
			row = row[4:]
		}
	}
	return dst
}
