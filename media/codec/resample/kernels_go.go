//go:build !amd64 || purego

package resample

func vertical(dst []int16, rows []byte, offsets []int, weights []int16) {
	verticalGo(dst, rows, offsets, weights)
}

func horizontal(dst []byte, line []int16, f *filter) { horizontalGo(dst, line, f) }

func horizontalPixels(dst []byte, line []int16, channels int, f *filter, pairs []uint64) {
	horizontalPixelsGo(dst, line, channels, f, pairs)
}
