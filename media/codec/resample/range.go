package resample

import (
	"image"
	"math"
)

// ExpandRange brings the samples of m, in place, from the limited range of
// video (ITU-R BT.601, 2.5.3: luma 16 to 235, chroma 16 to 240) to the full
// one that image.YCbCr is of. Decoders of VP8, and so of WebP, leave it to be
// done.
func ExpandRange(m *image.YCbCr) {
	var luma, chroma [256]byte
	for i := range 256 {
		luma[i] = stretch(i, 16, 0, 219)
		chroma[i] = stretch(i, 128, 128, 224)
	}
	for i, v := range m.Y {
		m.Y[i] = luma[v]
	}
	for _, plane := range [][]byte{m.Cb, m.Cr} {
		for i, v := range plane {
			plane[i] = chroma[v]
		}
	}
}

// stretch moves v from around one centre to another and makes a span 255.
func stretch(v, from, to, span int) byte {
	return clamp(int32(math.Round(float64(v-from)*255/float64(span))) + int32(to))
}
