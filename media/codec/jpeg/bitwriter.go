package jpeg

import (
	"encoding/binary"
	"math/bits"
)

// bitWriter writes entropy-coded data.
type bitWriter struct {
	out []byte
	// acc holds the bits not yet in out, used of them, below which it is zero.
	acc  uint64
	used uint
}

// write appends the lower n bits of v, above which it is zero. There may be up
// to 32.
func (w *bitWriter) write(v uint64, n uint) {
	free := 64 - w.used
	if n < free {
		w.acc |= v << (free - n)
		w.used += n
		return
	}
	rest := n - free
	w.writeWord(w.acc | v>>rest)
	w.acc, w.used = v<<(64-rest), rest
}

// writeWord appends 8 bytes to out, with a zero after each 0xff.
func (w *bitWriter) writeWord(word uint64) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	// Only 0xff has its upper bit set and loses it when 1 is added.
	if word&tops&^(word+ones) == 0 {
		w.out = binary.BigEndian.AppendUint64(w.out, word)
		return
	}
	for range 8 {
		w.writeByte(byte(word >> 56))
		word <<= 8
	}
}

func (w *bitWriter) writeByte(b byte) {
	w.out = append(w.out, b)
	if b == 0xff {
		w.out = append(w.out, 0)
	}
}

// pad fills the last byte with ones (F.1.2.3) and appends what is left to out.
func (w *bitWriter) pad() {
	w.write(0x7f, 7)
	for ; w.used >= 8; w.used -= 8 {
		w.writeByte(byte(w.acc >> 56))
		w.acc <<= 8
	}
}

// huffmanCode is a code in its lower length bits.
type huffmanCode struct {
	bits   uint16
	length uint8
}

// codeTables are the codes of the typical tables, by value.
type codeTables struct {
	dc, ac [2][256]huffmanCode
}

func newCodes() codeTables {
	var t codeTables
	for i := range 2 {
		t.dc[i] = assignCodes(defaultDC[i])
		t.ac[i] = assignCodes(defaultAC[i])
	}
	return t
}

// assignCodes makes the codes of a table (C.2).
func assignCodes(spec tableSpec) (codes [256]huffmanCode) {
	next, index := uint16(0), 0
	for i, n := range spec.counts {
		for range n {
			codes[spec.values[index]] = huffmanCode{next, uint8(i + 1)}
			next++
			index++
		}
		next <<= 1
	}
	return codes
}

// writeBlock writes the coefficients that transform returned (F.1.2).
func (w *bitWriter) writeBlock(values *[64]int16, nonzero uint64, p *plane, codes *codeTables) {
	dc := int32(values[0])
	w.writeValue(&codes.dc[p.table], 0, dc-p.pred)
	p.pred = dc

	ac := &codes.ac[p.table]
	last := 0
	for set := nonzero &^ 1; set != 0; set &= set - 1 {
		k := bits.TrailingZeros64(set)
		run := k - last - 1
		for ; run > 15; run -= 16 {
			w.write(uint64(ac[zeroRun].bits), uint(ac[zeroRun].length))
		}
		w.writeValue(ac, run, int32(values[zigzag[k&63]&63]))
		last = k
	}
	if last < 63 {
		w.write(uint64(ac[endOfBlock].bits), uint(ac[endOfBlock].length))
	}
}

// AC symbols that no value follows.
const (
	endOfBlock = 0x00
	zeroRun    = 0xf0 // 16 zeros
)

// writeValue writes a code for a run of zeros and the size of v, and v itself.
func (w *bitWriter) writeValue(codes *[256]huffmanCode, run int, v int32) {
	sign := v >> 31
	size := uint(bits.Len32(uint32(v+sign^sign))) & 15
	c := codes[uint8(run<<4|int(size))]
	// A negative value is written as one less, in its lower bits.
	low := uint64(v+sign) & (1<<size - 1)
	w.write(uint64(c.bits)<<size|low, uint(c.length)+size)
}
