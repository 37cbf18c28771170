//go:build purego || !amd64

package jpeg

func lumaRow(luma, pixels []byte) (alpha byte) { return lumaGo(luma, pixels) }

func chromaRow(cb, cr, above, below []byte) { chromaGo(cb, cr, above, below) }

func transform(samples []byte, stride int, scale *[64]float32, values *[64]int16) (nonzero uint64) {
	return transformGo(samples, stride, scale, values)
}
