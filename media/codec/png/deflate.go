package png

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
)

// bitReader reads bits, the lowest of a byte first (RFC 1951, 3.1.1).
type bitReader struct {
	r        io.Reader
	buf      []byte
	pos, end int
	at       int64 // of buf in the data

	acc uint64 // the next n bits; those above are zero, or the same that will come
	n   uint
}

func newBitReader(r io.Reader) bitReader { return bitReader{r: r, buf: make([]byte, 32<<10)} }

// refill makes 56 bits ready, or all that are left.
func (b *bitReader) refill() {
	if b.end-b.pos >= 8 {
		b.acc |= binary.LittleEndian.Uint64(b.buf[b.pos:]) << b.n
		b.pos += int(63-b.n) >> 3
		b.n |= 56
		return
	}
	b.refillSlowly()
}

func (b *bitReader) refillSlowly() {
	b.acc &= 1<<b.n - 1
	for b.n <= 56 && b.more() {
		b.acc |= uint64(b.buf[b.pos]) << b.n
		b.pos++
		b.n += 8
	}
}

// more reports whether there is another byte.
func (b *bitReader) more() bool {
	if b.pos < b.end {
		return true
	}
	b.at += int64(b.end)
	b.pos, b.end = 0, 0
	n, _ := io.ReadAtLeast(b.r, b.buf, 1)
	b.end = n
	return n > 0
}

// take reads n bits, at most 32. It is not ok if there are fewer, which end the
// data then.
func (b *bitReader) take(n uint) (v uint64, ok bool) {
	b.refill()
	if ok = n <= b.n; !ok {
		n = b.n
	}
	v = b.acc & (1<<n - 1)
	b.drop(n)
	return v, ok
}

func (b *bitReader) drop(n uint) {
	b.acc >>= n
	b.n -= n
}

// place returns how many bits were read.
func (b *bitReader) place() int64 { return 8*(b.at+int64(b.pos)) - int64(b.n) }

// seen returns how many bytes of the data are known to be there: those that were
// read, and some behind them.
func (b *bitReader) seen() int64 {
	b.refill()
	return (b.place() + int64(b.n)) / 8
}

// align drops the rest of a byte.
func (b *bitReader) align() { b.drop(b.n & 7) }

// skip drops bytes, and returns how many there were.
func (b *bitReader) skip(bytes int64) (skipped int64) {
	for ; b.n > 0 && skipped < bytes; skipped++ {
		b.drop(8)
	}
	for skipped < bytes && b.more() {
		n := min(bytes-skipped, int64(b.end-b.pos))
		b.pos += int(n)
		skipped += n
	}
	if b.n == 0 {
		b.acc = 0
	}
	return skipped
}

// checksum goes behind that of zlib, or what there is of it, and returns where that
// ends.
func (b *bitReader) checksum() int64 {
	b.align()
	b.skip(4)
	return b.place() / 8
}

// What a code stands for: the length of the code in the lowest 4 bits, then how
// many bits follow it (4 bits), its kind, and what it counts at least (16 bits): of
// bytes, or as a distance.
const (
	kindLiteral = 1 << 8 // a byte
	kindLength  = 2 << 8 // a string, whose distance follows
	kindEnd     = 3 << 8 // of the block
	kindBack    = 4 << 8 // a distance
	kindMask    = 0xff << 8
	countShift  = 16
)

const (
	maxLiterals  = 286 // codes that may be used (3.2.5)
	maxDistances = 30
	fastBits     = 10 // of codes that are looked up at once
	maxCodeBits  = 15
	maxBack      = 32 << 10 // distance

	// Codes for lengths that stand for several: of the last one, or of zero.
	repeatLast      = 16
	repeatManyZeros = 18
)

var (
	literalMeanings  [288]uint32
	distanceMeanings [32]uint32
	lengthMeanings   [19]uint32

	fixedLiterals, fixedDistances huffman // (3.2.6)
)

func init() {
	for i := range 256 {
		literalMeanings[i] = kindLiteral | 1<<countShift
	}
	literalMeanings[256] = kindEnd
	fill := func(meanings []uint32, kind, count uint32, each int) {
		for i := range meanings {
			extra := max(0, i/each-1)
			meanings[i] = kind | uint32(extra)<<4 | count<<countShift
			count += 1 << extra
		}
	}
	fill(literalMeanings[257:285], kindLength, 3, 4)
	fill(distanceMeanings[:maxDistances], kindBack, 1, 2)
	literalMeanings[285] = kindLength | 258<<countShift
	for i := range lengthMeanings {
		lengthMeanings[i] = kindLiteral | uint32(i)<<countShift
	}
	for i, bits := range []uint32{2, 3, 7} {
		lengthMeanings[repeatLast+i] |= bits << 4
	}
	var literals [288]byte
	for i := range literals {
		switch {
		case i < 144, i >= 280:
			literals[i] = 8
		case i < 256:
			literals[i] = 9
		default:
			literals[i] = 7
		}
	}
	fixedLiterals.build(literals[:], literalMeanings[:])
	fixedDistances.build(bytes.Repeat([]byte{5}, 32), distanceMeanings[:])
}

// huffman decodes one alphabet of a block (3.2.2).
type huffman struct {
	fast    [1 << fastBits]uint32 // by the next bits, up to mask: what the code stands for, 0 if it is longer or none
	mask    uint64
	count   [maxCodeBits + 1]uint16
	symbols [288]uint16 // in the order of their codes
	meaning []uint32

	endCode uint64 // what ends the block, and how many bits that is
	endBits uint
}

// build makes the codes of these lengths. It is false for those that no program
// inflates: codes that are too many, or too few unless there is one of one bit.
func (h *huffman) build(lengths []byte, meaning []uint32) bool {
	h.count, h.meaning, h.endBits = [maxCodeBits + 1]uint16{}, meaning, 0
	for _, n := range lengths {
		h.count[n]++
	}
	h.count[0] = 0
	left, longest := 1, 0
	var next, place [maxCodeBits + 2]uint16
	for n := 1; n <= maxCodeBits; n++ {
		if left = left<<1 - int(h.count[n]); left < 0 {
			return false
		}
		if h.count[n] > 0 {
			longest = n
		}
		next[n+1], place[n+1] = (next[n]+h.count[n])<<1, place[n]+h.count[n]
	}
	if left > 0 && longest > 1 {
		return false
	}
	// Tables are no larger than their codes, as some files have tables alone.
	h.mask = 1<<min(max(longest, 1), fastBits) - 1
	if left > 0 {
		clear(h.fast[:h.mask+1])
	}
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		code := uint64(bits.Reverse16(next[n]) >> (16 - n))
		h.symbols[place[n]] = uint16(symbol)
		next[n]++
		place[n]++
		h.enter(code, n, meaning[symbol])
	}
	return true
}

// enter makes a code known that begins with its lowest bit.
func (h *huffman) enter(code uint64, length byte, meaning uint32) {
	if meaning == kindEnd {
		h.endCode, h.endBits = code, uint(length)
	}
	if meaning != 0 {
		meaning |= uint32(length)
	}
	if length > fastBits {
		h.fast[code&h.mask] = 0
		return
	}
	for i := code; i <= h.mask; i += 1 << length {
		h.fast[i] = meaning
	}
}

// find returns what the code stands for that begins the bits, 0 for none.
func (h *huffman) find(bits uint64) uint32 {
	if m := h.fast[bits&h.mask&(1<<fastBits-1)]; m != 0 {
		return m
	}
	return h.findLong(bits)
}

// It is not inlined so that find is.
//
//go:noinline
func (h *huffman) findLong(bits uint64) uint32 {
	code, first, place := 0, 0, 0
	for n := 1; n <= maxCodeBits; n++ {
		code = code<<1 | int(bits&1)
		bits >>= 1
		count := int(h.count[n])
		if code-first < count {
			if m := h.meaning[h.symbols[place+code-first]]; m != 0 {
				return m | uint32(n)
			}
			return 0
		}
		place += count
		first = (first + count) << 1
	}
	return 0
}

// codes goes through a block of codes until it ends or the rows do. It is false
// where a code makes no sense or is not all there.
func (f *follower) codes() (sound bool) {
	b := &f.in
	made, acc, n := f.made, b.acc, b.n // kept in registers
	const longest = 48                 // of all codes of a string
	for made < f.rows {
		if n < longest {
			b.acc, b.n = acc, n
			b.refill()
			acc, n = b.acc, b.n
		}
		m := f.literals.find(acc)
		used := uint(m & 15)
		if m&kindMask == kindLiteral && used <= n {
			acc >>= used
			n -= used
			made++
			continue
		}
		b.acc, b.n = acc, n
		if m&kindMask == kindLength {
			var count int64
			if used, count = f.str(made, m); used > 0 {
				acc, n = acc>>used, n-used
				made += count
				continue
			}
		} else if m&kindMask == kindEnd && used <= n {
			b.drop(used)
			sound, f.coded = true, false
		}
		f.made, f.good = made, b.place()
		return sound
	}
	b.acc, b.n = acc, n
	f.made, f.good = made, b.place()
	return true
}

// str returns how many bits a string has that begins with its length, and how many
// bytes it has; 0 if it makes no sense behind so many.
func (f *follower) str(made int64, length uint32) (used uint, count int64) {
	acc := f.in.acc >> (length & 15)
	count = more(length, acc)
	used = bitsOf(length)
	acc = f.in.acc >> used
	back := f.distances.find(acc)
	used += bitsOf(back)
	if back == 0 || used > f.in.n || made < maxBack && more(back, acc>>(back&15)) > made {
		return 0, 0
	}
	return used, count
}

// bitsOf returns the length of a code and of the bits that follow it.
func bitsOf(m uint32) uint { return uint(m&15 + m>>4&15) }

// more returns what a code stands for together with the bits that follow it.
func more(m uint32, bits uint64) int64 {
	return int64(m>>countShift) + int64(bits&(1<<(m>>4&15)-1))
}

// lengthOrder is how the lengths of the codes for lengths are listed (3.2.7).
var lengthOrder = [19]byte{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// tables reads the codes of a block (3.2.7).
func (f *follower) tables() bool {
	head, ok := f.in.take(14)
	literals, distances, listed := int(head&31)+257, int(head>>5&31)+1, int(head>>10)+4
	if !ok || literals > maxLiterals || distances > maxDistances {
		return false
	}
	var own [19]byte
	for _, i := range lengthOrder[:listed] {
		n, _ := f.in.take(3) // what is missing is missed next
		own[i] = byte(n)
	}
	f.literals, f.distances = &f.own[0], &f.own[1]
	var lengths [maxLiterals + maxDistances]byte
	return f.literals.build(own[:], lengthMeanings[:]) && f.lengths(lengths[:literals+distances]) &&
		f.literals.build(lengths[:literals], literalMeanings[:]) &&
		f.distances.build(lengths[literals:literals+distances], distanceMeanings[:])
}

// lengths reads the lengths of codes, which have codes themselves.
func (f *follower) lengths(lengths []byte) bool {
	for at := 0; at < len(lengths); {
		f.in.refill()
		m := f.literals.find(f.in.acc)
		if m == 0 || uint(m&15) > f.in.n {
			return false
		}
		f.in.drop(uint(m & 15))
		length, count := byte(m>>countShift), 1
		if length >= repeatLast {
			more, ok := f.in.take(uint(m >> 4 & 15))
			if !ok || length == repeatLast && at == 0 {
				return false
			}
			count = int(more) + 3
			switch length {
			case repeatLast:
				length = lengths[at-1]
			case repeatManyZeros:
				count += 8
				fallthrough
			default:
				length = 0
			}
		}
		if count > len(lengths)-at {
			return false
		}
		for range count {
			lengths[at] = length
			at++
		}
	}
	return true
}
