//go:build !purego

package png

// filterRowAVX2 filters n bytes in each way, a multiple of 32, and sets the sums. It
// checks nothing.
//
//go:noescape
func filterRowAVX2(row, above, left, corner, sub, up, average, paeth *byte, n int, sums *[filterCount]int)

func filterRow(f *filterer) (sums [filterCount]int) {
	n := len(f.row) - f.pixel // the length of all that follows, from pixel on or without the last one
	whole := n &^ 31
	if !hasAVX2 || whole == 0 {
		filterRowGo(f, 0, &sums)
		return sums
	}
	filterRowAVX2(&f.row[f.pixel], &f.above[f.pixel], &f.row[0], &f.above[0],
		&f.filtered[filterSub][1], &f.filtered[filterUp][1], &f.filtered[filterAverage][1], &f.filtered[filterPaeth][1], whole, &sums)
	filterRowGo(f, whole, &sums)
	return sums
}
