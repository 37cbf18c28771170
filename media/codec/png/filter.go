package png

// filterer chooses how a row is filtered (9.2, 12.8): the way that makes the sum of the
// magnitudes of its bytes, as signed ones, the least.
type filterer struct {
	pixel      int    // how far a byte is from that of the pixel before
	row, above []byte // pixel zeros, and the samples
	// Each filter's bytes, behind the number of the filter. Those of filterNone are
	// copied when they are the choice.
	filtered [filterCount][]byte
}

func newFilterer(pixel, n int) *filterer {
	f := &filterer{pixel: pixel, row: make([]byte, pixel+n), above: make([]byte, pixel+n)}
	for i := range f.filtered {
		f.filtered[i] = make([]byte, 1+n)
		f.filtered[i][0] = byte(i)
	}
	return f
}

// next returns where the samples of the next row go.
func (f *filterer) next() []byte {
	f.row, f.above = f.above, f.row
	return f.row[f.pixel:]
}

// plain returns the row as it is.
func (f *filterer) plain() []byte {
	copy(f.filtered[filterNone][1:], f.row[f.pixel:])
	return f.filtered[filterNone]
}

// choose returns the row filtered, with the number of the filter. It is valid until the
// next call.
func (f *filterer) choose() []byte {
	sums := filterRow(f)
	best := filterUp // of equal ones, the one that is restored the fastest
	for _, i := range [...]int{filterNone, filterSub, filterAverage, filterPaeth} {
		if sums[i] < sums[best] {
			best = i
		}
	}
	if best == filterNone {
		return f.plain()
	}
	return f.filtered[best]
}

// filterRowGo filters a row in each way from byte at on, and adds up the sums.
func filterRowGo(f *filterer, at int, sums *[filterCount]int) {
	n := len(f.row) - f.pixel
	row, above := f.row[f.pixel:][:n], f.above[f.pixel:][:n]
	left, corner := f.row[:n], f.above[:n]
	sub, up, mean, nearest := f.filtered[filterSub][1:][:n], f.filtered[filterUp][1:][:n], f.filtered[filterAverage][1:][:n], f.filtered[filterPaeth][1:][:n]
	var none, s, u, a, p int
	for i := at; i < n; i++ {
		v := row[i]
		none += magnitude(v)
		sub[i] = v - left[i]
		s += magnitude(sub[i])
		up[i] = v - above[i]
		u += magnitude(up[i])
		mean[i] = v - average(left[i], above[i])
		a += magnitude(mean[i])
		nearest[i] = v - byte(paeth(int(left[i]), int(above[i]), int(corner[i])))
		p += magnitude(nearest[i])
	}
	for i, sum := range [filterCount]int{none, s, u, a, p} {
		sums[i] += sum
	}
}

// magnitude is that of a signed byte.
func magnitude(v byte) int {
	s := int(int8(v))
	return max(s, -s)
}
