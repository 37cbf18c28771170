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
