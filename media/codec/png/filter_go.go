//go:build !amd64 || purego

package png

func filterRow(f *filterer) (sums [filterCount]int) {
	filterRowGo(f, 0, &sums)
	return sums
}
