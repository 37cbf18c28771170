package h264

import (
	"encoding/binary"
	"math/bits"
)

// bitPadding is how many zeros must follow the data of a bitReader.
const bitPadding = 8

// bitReader reads the syntax elements of a raw byte sequence payload. Beyond
// its end they read as zero, and overrun reports it.
type bitReader struct {
	data []byte // with padding
	pos  int    // of the next bit
	end  int    // position of the bit that ends the payload (rbsp_stop_one_bit)
}

// newBitReader returns a reader of data, which ends in bitPadding zeros.
func newBitReader(data []byte) bitReader {
	last := len(data) - bitPadding - 1
	for last >= 0 && data[last] == 0 {
		last--
	}
	if last < 0 {
		return bitReader{data: data}
	}
	return bitReader{data: data, end: last*8 + 7 - bits.TrailingZeros8(data[last])}
}

// peek returns at least the next 57 bits, aligned left.
func (b *bitReader) peek() uint64 {
	i := b.pos >> 3
	if i > len(b.data)-8 {
		return 0
	}
	return binary.BigEndian.Uint64(b.data[i:]) << (b.pos & 7)
}

// overrun reports whether more was read than there is.
func (b *bitReader) overrun() bool { return b.pos > b.end }

// fail makes overrun true for good.
func (b *bitReader) fail() { b.pos = max(b.pos, b.end+1) }

// bits reads n bits, at most 32: u(n) of 7.2.
func (b *bitReader) bits(n int) uint32 {
	v := b.peek() >> (64 - n)
	b.pos += n
	return uint32(v)
}

// flag reads one bit.
func (b *bitReader) flag() bool { return b.bits(1) != 0 }

// ue reads an unsigned Exp-Golomb code (9.1). All that are allowed stay below
// 1<<32 - 1.
func (b *bitReader) ue() uint32 {
	zeros := bits.LeadingZeros64(b.peek())
	if zeros > 31 {
		b.fail()
		return 0
	}
	b.pos += zeros
	return b.bits(zeros+1) - 1
}

// ueUpTo reads an unsigned Exp-Golomb code that must not exceed limit.
func (b *bitReader) ueUpTo(limit uint32) int {
	v := b.ue()
	if v > limit {
		b.fail()
		return 0
	}
	return int(v)
}

// se reads a signed Exp-Golomb code (9.1.1).
func (b *bitReader) se() int {
	v := int(b.ue())
	if v&1 != 0 {
		return (v + 1) >> 1
	}
	return -(v >> 1)
}

// seWithin reads a signed Exp-Golomb code that must lie within low and high.
func (b *bitReader) seWithin(low, high int) int {
	v := b.se()
	if v < low || v > high {
		b.fail()
		return 0
	}
	return v
}
