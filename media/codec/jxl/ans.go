package jxl

import mathbits "math/bits"

// Asymmetric numeral systems (ISO/IEC 18181-1, C.2.5 and C.2.6): of the range, each
// token has a count.
const (
	logRange  = 12
	fullRange = 1 << logRange
)

// counts reads how often each token occurs.
func (r *lowBits) counts() (counts []int, ok bool) {
	switch {
	case r.flag():
		return r.fewCounts()
	case r.flag():
		n := 1 + r.varied(3)
		counts = make([]int, n)
		for i := range counts {
			counts[i] = fullRange / n
			if i < fullRange%n {
				counts[i]++
			}
		}
		return counts, true
	}
	return r.manyCounts()
}

func (r *lowBits) fewCounts() (counts []int, ok bool) {
	two := r.flag()
	first := r.varied(3)
	if !two {
		counts = make([]int, first+1)
		counts[first] = fullRange
		return counts, true
	}
	second := r.varied(3)
	counts = make([]int, max(first, second)+1)
	counts[first] = r.read(logRange)
	counts[second] = fullRange - counts[first]
	return counts, first != second
}

// repeatCount is the logarithm that stands for a run of equal counts.
const repeatCount = logRange + 1

func (r *lowBits) manyCounts() (counts []int, ok bool) {
	shift := r.countShift()
	counts = make([]int, 3+r.varied(3))
	logs, runs := make([]int, len(counts)), make([]int, len(counts))
	largest := -1 // has what the others leave
	for i := 0; i < len(logs) && !r.short; i++ {
		logs[i] = r.logOfCount()
		if logs[i] == repeatCount {
			runs[i] = r.varied(3) + 4
			i += runs[i] - 1
		} else if largest < 0 || logs[i] > logs[largest] {
			largest = i
		}
	}
	if shift > repeatCount || largest < 0 || largest+1 < len(logs) && logs[largest+1] == repeatCount {
		return nil, false
	}
	sum, left, previous := 0, 0, 0
	for i := range counts {
		if runs[i] > 0 {
			left, previous = runs[i], 0
			if i > 0 {
				previous = counts[i-1]
			}
		}
		switch {
		case left > 0:
			counts[i] = previous
			left--
		case i != largest && logs[i] > 0:
			counts[i] = r.count(logs[i]-1, shift)
		}
		sum += counts[i]
	}
	counts[largest] = fullRange - sum
	return counts, sum < fullRange && !r.short
}

func (r *lowBits) countShift() int {
	width := 0
	for width < 3 && r.flag() {
		width++
	}
	return r.read(width) | 1<<width - 1
}

// count reads one of a logarithm, in which the lower bits may be left out.
func (r *lowBits) count(log, shift int) int {
	told := max(min(log, shift-(logRange-log)>>1), 0)
	return 1<<log + r.read(told)<<(log-told)
}

// logOfCount reads a number from 0 to 13 in the code that is given for it.
func (r *lowBits) logOfCount() int {
	switch r.read(3) {
	case 0:
		return 10
	case 2:
		return 7
	case 4:
		return 6
	case 5:
		return 8
	case 6:
		return 9
	case 3:
		return [2]int{3, 1}[r.read(1)]
	case 7:
		return [2]int{5, 2}[r.read(1)]
	}
	if r.flag() {
		return 4
	}
	for _, log := range []int{0, 11} {
		if r.flag() {
			return log
		}
	}
	return [2]int{12, repeatCount}[r.read(1)]
}

// alias is a part of the range. Up to a cut it is that of the token of its
// number, then of another.
type alias struct{ count, cut, other, offset, otherCount int }

// aliases divides the range into parts of one size (C.2.6).
func aliases(counts []int, logTokens int) []alias {
	table := make([]alias, 1<<logTokens)
	size := fullRange >> logTokens
	var under, over []int
	for i := range table {
		if i < len(counts) {
			table[i].count = counts[i]
		}
		table[i].cut, table[i].other = table[i].count, i
		switch cut := table[i].cut; {
		case cut == fullRange:
			return onlyToken(table, i)
		case cut > size:
			over = append(over, i)
		case cut < size:
			under = append(under, i)
		}
	}
	for len(over) > 0 && len(under) > 0 {
		o, u := over[len(over)-1], under[len(under)-1]
		over, under = over[:len(over)-1], under[:len(under)-1]
		table[o].cut -= size - table[u].cut
		table[u].other, table[u].offset = o, table[o].cut-table[u].cut
		switch cut := table[o].cut; {
		case cut < size:
			under = append(under, o)
		case cut > size:
			over = append(over, o)
		}
	}
	for i := range table {
		table[i].otherCount = table[table[i].other].count
	}
	return table
}

// onlyToken is the table in which all is of one.
func onlyToken(table []alias, token int) []alias {
	for i := range table {
		table[i] = alias{other: token, offset: i * fullRange / len(table), otherCount: fullRange}
	}
	return table
}

// findAlias returns the token of a number in the range, its place among those of
// the token, and their count.
func findAlias(table []alias, at int) (token, offset, count int) {
	logSize := logRange - mathbits.Len(uint(len(table))) + 1
	i, at := at>>logSize, at&(1<<logSize-1)
	if a := &table[i]; at >= a.cut {
		return a.other, a.offset + at, a.otherCount
	}
	return i, at, table[i].count
}
