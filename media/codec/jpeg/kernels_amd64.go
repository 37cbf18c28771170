//go:build !purego

package jpeg

import "golang.org/x/sys/cpu"

// hasAVX2 tells whether the kernels that are named after it can be used. None checks
// anything: the functions below do.
var hasAVX2 = cpu.X86.HasAVX2

//go:noescape
func lumaAVX2(luma, pixels *byte, n int) (alpha uint8)

//go:noescape
func chromaAVX2(cb, cr, above, below *byte, n int)

//go:noescape
func transformAVX2(samples *byte, stride int, scale *[64]float32, values *[64]int16) (nonzero uint64)

// zigzagShuffles take, for either half of 64 bytes in zigzag order, those of it that are
// in a quarter of the bytes row by row, and zeros for the others.
var zigzagShuffles = func() (all [2][4][32]uint8) { //nolint:unused // the assembly reads it
	for k, at := range zigzag {
		for quarter := range uint8(4) {
			all[k/32][quarter][k%32] = 0x80
		}
		all[k/32][at/16][k%32] = at % 16
	}
	return all
}()

// lumaStep and chromaStep are how many bytes of luma and chroma are made at once.
const (
	lumaStep   = 32
	chromaStep = 16
)

func lumaRow(luma, pixels []byte) (alpha byte) {
	n := len(luma)
	if !hasAVX2 || n < lumaStep {
		return lumaGo(luma, pixels)
	}
	_ = pixels[:4*n]
	whole, last := n/lumaStep*lumaStep, n-lumaStep
	alpha = lumaAVX2(&luma[0], &pixels[0], whole)
	if whole < n { // some pixels once more
		alpha &= lumaAVX2(&luma[last], &pixels[4*last], lumaStep)
	}
	return alpha
}

func chromaRow(cb, cr, above, below []byte) {
	n := len(above) / 8 // without a last single pixel
	if !hasAVX2 || n < chromaStep {
		chromaGo(cb, cr, above, below)
		return
	}
	_, _, _ = cb[:n], cr[:n], below[:8*n]
	whole, last := n/chromaStep*chromaStep, n-chromaStep
	chromaAVX2(&cb[0], &cr[0], &above[0], &below[0], whole)
	if whole < n { // some pixels once more
		chromaAVX2(&cb[last], &cr[last], &above[8*last], &below[8*last], chromaStep)
	}
	chromaGo(cb[n:], cr[n:], above[8*n:], below[8*n:])
}

func transform(samples []byte, stride int, scale *[64]float32, values *[64]int16) (nonzero uint64) {
	if !hasAVX2 || stride < 0 {
		return transformGo(samples, stride, scale, values)
	}
	_ = samples[:7*stride+8]
	return transformAVX2(&samples[0], stride, scale, values)
}
