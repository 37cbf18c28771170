//go:build !purego

package png

import "golang.org/x/sys/cpu"

// hasAVX2 tells whether the kernels in assembly can be used.
var hasAVX2 = cpu.X86.HasAVX2

// The kernels of unfilter_amd64.s check nothing: the functions below do. They restore n
// pixels of three or four bytes, and load and store four bytes for each.

//go:noescape
func restoreSubAVX2(row, filtered *byte, n, pixel int)

//go:noescape
func restoreAverageAVX2(row, filtered, above *byte, n, pixel int)

//go:noescape
func restorePaethAVX2(row, filtered, above *byte, n, pixel int)

// restoreUpAVX2 restores n bytes, a multiple of 32.
//
//go:noescape
func restoreUpAVX2(row, filtered, above *byte, n int)

// wholePixels returns how many pixels of a row the kernels can restore: of three
// bytes all but the last one, behind which there may be no fourth byte.
func wholePixels(row []byte, pixel int) int {
	switch {
	case !hasAVX2 || len(row)%pixel != 0:
		return 0
	case pixel == 4:
		return len(row) / 4
	case pixel == 3:
		return max(len(row)/3-1, 0)
	}
	return 0
}

func restoreSub(row, filtered []byte, pixel int) {
	n := wholePixels(row, pixel)
	if n == 0 {
		restoreSubGo(row, filtered, pixel)
		return
	}
	filtered = filtered[:len(row)]
	restoreSubAVX2(&row[0], &filtered[0], n, pixel)
	for i := n * pixel; i < len(row); i++ {
		row[i] = filtered[i] + row[i-pixel]
	}
}

func restoreUp(row, filtered, above []byte) {
	n := len(row) &^ 31
	if !hasAVX2 || n == 0 {
		restoreUpGo(row, filtered, above)
		return
	}
	filtered, above = filtered[:len(row)], above[:len(row)]
	restoreUpAVX2(&row[0], &filtered[0], &above[0], n)
	restoreUpGo(row[n:], filtered[n:], above[n:])
}

func restoreAverage(row, filtered, above []byte, pixel int) {
	n := wholePixels(row, pixel)
	if n == 0 {
		restoreAverageGo(row, filtered, above, pixel)
		return
	}
	filtered, above = filtered[:len(row)], above[:len(row)]
	restoreAverageAVX2(&row[0], &filtered[0], &above[0], n, pixel)
	for i := n * pixel; i < len(row); i++ {
		row[i] = filtered[i] + average(row[i-pixel], above[i])
	}
}

func restorePaeth(row, filtered, above []byte, pixel int) {
	n := wholePixels(row, pixel)
	if n == 0 {
		restorePaethGo(row, filtered, above, pixel)
		return
	}
	filtered, above = filtered[:len(row)], above[:len(row)]
	restorePaethAVX2(&row[0], &filtered[0], &above[0], n, pixel)
	for i := n * pixel; i < len(row); i++ {
		row[i] = filtered[i] + byte(paeth(int(row[i-pixel]), int(above[i]), int(above[i-pixel])))
	}
}
