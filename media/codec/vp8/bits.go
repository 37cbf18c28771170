package vp8

import (
	"encoding/binary"
	"math/bits"
)

// boolReader decodes what boolWriter codes (section 7). Behind its data it reads zeros,
// and remembers that.
type boolReader struct {
	value uint64 // those bits that come next are the highest
	valid int    // of them are there, of the data or zeros behind them
	width uint64 // of the interval, less one: 127 to 254
	data  []byte // that is not yet in value
	short bool   // more was read than data had
}

func newBoolReader(data []byte) boolReader { return boolReader{width: 254, data: data} }

// leastBits is how many bits must be valid to decode one.
const leastBits = 8

// fill makes at least leastBits bits valid, and 56 where there are as many.
func (r *boolReader) fill() {
	if len(r.data) >= 8 {
		r.value |= binary.BigEndian.Uint64(r.data) >> r.valid
		r.data = r.data[(63-r.valid)>>3:]
		r.valid |= 56
		return
	}
	for r.valid <= 48 {
		if len(r.data) == 0 {
			if r.valid < leastBits {
				r.short = true
				r.valid |= 48
			}
			return
		}
		r.value |= uint64(r.data[0]) << (56 - r.valid)
		r.data = r.data[1:]
		r.valid += 8
	}
}

// bit decodes one that is zero with a probability of prob/256.
func (r *boolReader) bit(prob uint8) bool {
	if r.valid < leastBits {
		r.fill()
	}
	split := r.width * uint64(prob) >> 8
	one := r.value>>56 > split
	width := split + 1
	if one {
		width = r.width - split
		r.value -= (split + 1) << 56
	}
	shift := bits.LeadingZeros8(uint8(width))
	r.width = width<<shift - 1
	r.value <<= shift
	r.valid -= shift
	return one
}

// flag decodes a bit of which nothing is known.
func (r *boolReader) flag() bool { return r.bit(even) }

// number decodes an unsigned number of n bits.
func (r *boolReader) number(n int) (v int) {
	for range n {
		v = v<<1 | int(toBit(r.flag()))
	}
	return v
}

// signed decodes a number of n bits and its sign.
func (r *boolReader) signed(n int) int {
	v := r.number(n)
	if r.flag() {
		return -v
	}
	return v
}

// optional decodes such a number that may be left out, and is 0 then.
func (r *boolReader) optional(n int) int {
	if !r.flag() {
		return 0
	}
	return r.signed(n)
}
