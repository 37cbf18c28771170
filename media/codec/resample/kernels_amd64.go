//go:build !purego

package resample

import "golang.org/x/sys/cpu"

// hasAVX2 tells whether kernels_amd64.s can be used.
var hasAVX2 = cpu.X86.HasAVX2

// The kernels of kernels_amd64.s check nothing: the functions below do.

//go:noescape
func verticalAVX2(dst *int16, rows *byte, offsets *int, weights *int16, columns, taps int)

//go:noescape
func horizontalAVX2(dst *byte, line *int16, first *int, weights *int16, n, taps int)

//go:noescape
func horizontalPixelsAVX2(dst *byte, line *int16, first *int, weights *int16, n, taps, channels int, alpha uint32)

// verticalStep is how many columns are filtered at once.
const verticalStep = 32

func vertical(dst []int16, rows []byte, offsets []int, weights []int16) {
	if !hasAVX2 || len(dst) < verticalStep || len(offsets) == 0 {
		verticalGo(dst, rows, offsets, weights)
		return
	}
	for _, offset := range offsets {
		_ = rows[offset:][:len(dst)]
	}
	_ = weights[:len(offsets)]
	whole := len(dst) / verticalStep * verticalStep
	verticalAVX2(&dst[0], &rows[0], &offsets[0], &weights[0], whole, len(offsets))
	if last := len(dst) - verticalStep; whole < len(dst) { // some columns once more
		verticalAVX2(&dst[last], &rows[last], &offsets[0], &weights[0], verticalStep, len(offsets))
	}
}

func horizontal(dst []byte, line []int16, f *filter) {
	if !hasAVX2 || !f.fits(dst, line, 1, 1) {
		horizontalGo(dst, line, f)
		return
	}
	horizontalAVX2(&dst[0], &line[0], &f.first[0], &f.weights[0], len(f.first), f.taps)
}

func horizontalPixels(dst []byte, line []int16, channels int, f *filter, pairs []uint64) {
	if !hasAVX2 || !f.fits(dst, line, channels, 4) {
		horizontalPixelsGo(dst, line, channels, f, pairs)
		return
	}
	alpha := uint32(0)
	if channels == 3 {
		alpha = 255 << 24
	}
	horizontalPixelsAVX2(&dst[0], &line[0], &f.first[0], &f.weights[0], len(f.first), f.taps, channels, alpha)
}

// fits reports whether all that is made has room in dst, and all that is loaded is in
// line: of the last step of a sample up to slack samples more than those that count.
func (f *filter) fits(dst []byte, line []int16, channels, size int) bool {
	return len(dst) >= size*len(f.first) && len(f.first) > 0 && f.taps > 0 && len(f.weights) >= len(f.first)*f.taps &&
		f.taps%columnMultiple == 0 && len(line) >= channels*(f.greatest+f.taps)+slack
}
