package png

import (
	"encoding/binary"
	"fmt"
)

// Filters (9.2).
const (
	filterNone = iota
	filterSub
	filterUp
	filterAverage
	filterPaeth
	filterCount
)

// unfilter restores a row from its filtered bytes and from the row above it (9.2). All
// three are of the same length, which is whole pixels where these are of whole bytes. A byte of the
// pixel before is pixel bytes away.
func unfilter(filter byte, row, filtered, above []byte, pixel int) error {
	filtered, above = filtered[:len(row)], above[:len(row)]
	switch filter {
	case filterNone:
		copy(row, filtered)
	case filterSub:
		restoreSub(row, filtered, pixel)
	case filterUp:
		restoreUp(row, filtered, above)
	case filterAverage:
		restoreAverage(row, filtered, above, pixel)
	case filterPaeth:
		restorePaeth(row, filtered, above, pixel)
	default:
		return fmt.Errorf("%w: filter %d", ErrFormat, filter)
	}
	return nil
}

func restoreSubGo(row, filtered []byte, pixel int) {
	switch {
	case pixel == 3:
		var a, b, c byte
		for ; len(row) >= 3 && len(filtered) >= 3; row, filtered = row[3:], filtered[3:] {
			a, b, c = a+filtered[0], b+filtered[1], c+filtered[2]
			row[0], row[1], row[2] = a, b, c
		}
		return
	case pixel == 4 && len(row)%4 == 0:
		var left uint32
		for ; len(row) >= 4 && len(filtered) >= 4; row, filtered = row[4:], filtered[4:] {
			left = addBytes(left, binary.LittleEndian.Uint32(filtered))
			binary.LittleEndian.PutUint32(row, left)
		}
		return
	}
	n := copy(row[:min(pixel, len(row))], filtered)
	for i := n; i < len(row); i++ {
		row[i] = filtered[i] + row[i-pixel]
	}
}

// addBytes adds four bytes to four others.
func addBytes(a, b uint32) uint32 {
	const most = 0x80808080
	return (a&^most + b&^most) ^ (a^b)&most
}

func restoreUpGo(row, filtered, above []byte) {
	for ; len(row) >= 8 && len(filtered) >= 8 && len(above) >= 8; row, filtered, above = row[8:], filtered[8:], above[8:] {
		const most = 0x8080808080808080
		a, b := binary.LittleEndian.Uint64(filtered), binary.LittleEndian.Uint64(above)
		binary.LittleEndian.PutUint64(row, (a&^most+b&^most)^(a^b)&most)
	}
	for i := range row {
		row[i] = filtered[i] + above[i]
	}
}

func restoreAverageGo(row, filtered, above []byte, pixel int) {
	for i := range min(pixel, len(row)) {
		row[i] = filtered[i] + above[i]/2
	}
	switch {
	case pixel == 3 && len(row) >= 3:
		a, b, c := row[0], row[1], row[2]
		for i := 3; i+3 <= len(row); i += 3 {
			r, f, u := row[i:i+3:i+3], filtered[i:i+3:i+3], above[i:i+3:i+3]
			a, b, c = f[0]+average(a, u[0]), f[1]+average(b, u[1]), f[2]+average(c, u[2])
			r[0], r[1], r[2] = a, b, c
		}
	case pixel == 4 && len(row) >= 4:
		a, b, c, d := row[0], row[1], row[2], row[3]
		for i := 4; i+4 <= len(row); i += 4 {
			r, f, u := row[i:i+4:i+4], filtered[i:i+4:i+4], above[i:i+4:i+4]
			a, b, c, d = f[0]+average(a, u[0]), f[1]+average(b, u[1]), f[2]+average(c, u[2]), f[3]+average(d, u[3])
			r[0], r[1], r[2], r[3] = a, b, c, d
		}
	default:
		for i := pixel; i < len(row); i++ {
			row[i] = filtered[i] + average(row[i-pixel], above[i])
		}
	}
}

func average(a, b byte) byte { return byte((uint(a) + uint(b)) / 2) }

func restorePaethGo(row, filtered, above []byte, pixel int) {
	for i := range min(pixel, len(row)) {
		row[i] = filtered[i] + above[i]
	}
	switch {
	case pixel == 3 && len(row) >= 3:
		var left, corner [3]int
		for c := range 3 {
			left[c], corner[c] = int(row[c]), int(above[c])
		}
		l0, l1, l2, c0, c1, c2 := left[0], left[1], left[2], corner[0], corner[1], corner[2]
		for i := 3; i+3 <= len(row); i += 3 {
			r, f, u := row[i:i+3:i+3], filtered[i:i+3:i+3], above[i:i+3:i+3]
			u0, u1, u2 := int(u[0]), int(u[1]), int(u[2])
			l0, l1, l2 = (int(f[0])+paeth(l0, u0, c0))&255, (int(f[1])+paeth(l1, u1, c1))&255, (int(f[2])+paeth(l2, u2, c2))&255
			c0, c1, c2 = u0, u1, u2
			r[0], r[1], r[2] = byte(l0), byte(l1), byte(l2)
		}
	default:
		for i := pixel; i < len(row); i++ {
			row[i] = filtered[i] + byte(paeth(int(row[i-pixel]), int(above[i]), int(above[i-pixel])))
		}
	}
}

// paeth returns that of the neighbours which is nearest to left + above - corner, in
// this order where they are equally near (9.4). That is the corner where it lies between
// the others and far from both, else the one of the others that is farther from it.
func paeth(left, above, corner int) int {
	low, high := min(left, above), max(left, above)
	t := 3*corner - left - above
	p := corner
	if t <= low {
		p = high
	}
	if high <= t {
		p = low
	}
	return p
}
