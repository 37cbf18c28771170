package h264

import (
	"bytes"
	"iter"
	"slices"
)

// Types of NAL units: Table 7-1.
const (
	unitSlice      = 1
	unitPartitionA = 2
	unitPartitionC = 4
	unitIDRSlice   = 5
	unitSPS        = 7
	unitPPS        = 8
)

var (
	startCode = []byte{0, 0, 1}
	escape    = []byte{0, 0, 3}
)

// units yields the NAL units of a byte stream, without start codes (B.1).
func units(stream []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		_, rest, found := bytes.Cut(stream, startCode)
		for found {
			var unit []byte
			unit, rest, found = bytes.Cut(rest, startCode)
			unit = bytes.TrimRight(unit, "\x00")
			if len(unit) > 0 && !yield(unit) {
				return
			}
		}
	}
}

// unescape appends a unit to dst without emulation prevention bytes (7.4.1.1)
// and with the padding that readers need.
func unescape(dst, unit []byte) []byte {
	dst = slices.Grow(dst, len(unit)+bitPadding)
	for {
		i := bytes.Index(unit, escape)
		if i < 0 {
			break
		}
		dst = append(dst, unit[:i+2]...)
		unit = unit[i+3:]
	}
	dst = append(dst, unit...)
	return append(dst, make([]byte, bitPadding)...)
}
