package vp8

import "math/bits"

// boolWriter is the arithmetic coder of RFC 6386, section 7.
type boolWriter struct {
	out   []byte
	low   uint32
	width uint32 // of the interval, 128 to 255
	count int    // bits in low beyond those of the next byte, less 24 at first
}

func newBoolWriter() *boolWriter { return &boolWriter{width: 255, count: -24} }

// write codes a bit that is zero with a probability of prob/256.
func (w *boolWriter) write(bit bool, prob uint8) {
	split := 1 + (w.width-1)*uint32(prob)>>8
	if bit {
		w.low += split
		w.width -= split
	} else {
		w.width = split
	}
	shift := bits.LeadingZeros32(w.width) - 24
	w.width <<= shift
	w.count += shift
	if w.count >= 0 {
		shift = w.writeByte(shift)
	}
	w.low <<= shift
}

// writeByte moves the upper byte of low to out, and returns by how much low is
// still to be shifted.
func (w *boolWriter) writeByte(shift int) int {
	now := shift - w.count
	if w.low<<(now-1)&(1<<31) != 0 {
		w.carry()
	}
	w.out = append(w.out, byte(w.low>>(24-now)))
	w.low = w.low << now & 0xffffff
	shift = w.count
	w.count -= 8
	return shift
}

// carry adds one to the number that out is.
func (w *boolWriter) carry() {
	i := len(w.out) - 1
	for ; w.out[i] == 0xff; i-- {
		w.out[i] = 0
	}
	w.out[i]++
}

// even is the probability of bits of which nothing is known.
const even = 128

// literal writes the lower n bits of v, the highest first.
func (w *boolWriter) literal(v, n int) {
	for n--; n >= 0; n-- {
		w.write(v>>n&1 != 0, even)
	}
}

// flag writes a bit of which nothing is known.
func (w *boolWriter) flag(bit bool) { w.write(bit, even) }

// finish returns all that was written.
func (w *boolWriter) finish() []byte {
	w.literal(0, 32)
	return w.out
}
