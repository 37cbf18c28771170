package jpeg

import "fmt"

const (
	// lookupBits is the length of the codes that one look-up decodes.
	lookupBits = 10

	// skipBits is the number of bits that one look-up may skip. Longer tables
	// leave the processor's first cache and are slower.
	skipBits = 13
)

// huffmanTable decodes the codes of one table of a DHT segment (B.2.4.2).
type huffmanTable struct {
	counts [16]uint8
	values [256]uint8

	built bool
	// lookup maps the next lookupBits bits to the code that they begin with,
	// 0 if it is longer or none.
	lookup [1 << lookupBits]code
	// For each length, beyond is the first number above all codes of that
	// length, aligned left to 16 bits; the value of a code is at its number
	// plus offset.
	beyond [17]int32
	offset [17]int32

	skip *skipTable // nil until it is built
}

// set makes t the table that spec describes, of at most 256 values.
func (t *huffmanTable) set(spec tableSpec) {
	t.counts = spec.counts
	copy(t.values[:], spec.values)
	t.built, t.skip = false, nil
}

// build makes t ready for decoding. It is put off until a scan uses the table,
// which bounds the time spent on a file of nothing but tables.
func (t *huffmanTable) build() error {
	if t.built {
		return nil
	}
	clear(t.lookup[:])
	code, index := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		t.offset[length] = index - code
		for range t.counts[length-1] {
			t.enter(code, length, t.values[index])
			code++
			index++
		}
		if code > 1<<length {
			return fmt.Errorf("%w: Huffman table has too many codes", ErrFormat)
		}
		t.beyond[length] = code << (16 - length)
		code <<= 1
	}
	if index == 0 {
		return fmt.Errorf("%w: Huffman table is missing", ErrFormat)
	}
	t.built = true
	return nil
}

// enter fills the part of lookup that begins with a code.
func (t *huffmanTable) enter(code int32, length int, value uint8) {
	if length > lookupBits || code >= 1<<length {
		return
	}
	first := code << (lookupBits - length)
	for i := range int32(1) << (lookupBits - length) {
		t.lookup[first+i] = newCode(value, length)
	}
}

// find returns the code that the upper bits of acc begin with. Where there is
// none, the data is damaged: that reads as 16 bits for the value 0, the end of
// a block or no difference, and codes are likely to fall into step again soon.
func (t *huffmanTable) find(acc uint64) code {
	c := t.lookup[acc>>(64-lookupBits)]
	if c == 0 {
		c = t.findLong(acc)
	}
	return c
}

// It is not inlined so that find is.
//
//go:noinline
func (t *huffmanTable) findLong(acc uint64) code {
	next := int32(acc >> 48)
	for length := lookupBits + 1; length <= 16; length++ {
		if next < t.beyond[length] {
			return newCode(t.values[next>>(16-length)+t.offset[length]], length)
		}
	}
	return newCode(0, 16)
}

// code is a Huffman code: its length in the lower 8 bits, and what it stands
// for in the upper. For an AC coefficient, that is the number of zeros before
// it (run) and of the bits that follow the code (size).
type code uint16

func newCode(value uint8, length int) code { return code(value)<<8 | code(length) }

func (c code) length() uint { return uint(c & 0xff) }
func (c code) size() uint   { return uint(c>>8) & 15 }
func (c code) run() int     { return int(c >> 12) }

// ends tells an end of block from other AC codes (F.1.2.2.1), and an EOBn
// (G.1.2.2) in progressive coding. The other one of size 0 is a run of 16 zeros.
func (c code) ends() bool { return c.size() == 0 && c.run() != 15 }

// skipTable maps the next skipBits bits to the whole AC symbols in them, each a
// code and the bits that belong to it:
//
//	bits 0 to 3   their length in bits
//	bits 4 to 13  the number of coefficients that they cover
//	skipNone      there is not even one
//	skipEnd       the last of them is the end of a block
type skipTable [1 << skipBits]uint16

const (
	skipNone = 1 << 14
	skipEnd  = 1 << 15
)

// buildSkip makes the skip table of t, which has been built.
func (t *huffmanTable) buildSkip() {
	if t.skip != nil {
		return
	}
	t.skip = new(skipTable)
	for i := range t.skip {
		t.skip[i] = t.skipEntry(uint64(i) << (64 - skipBits))
	}
}

func (t *huffmanTable) skipEntry(acc uint64) uint16 {
	used, covered := uint(0), 0
	for {
		c := t.find(acc)
		length := c.length() + c.size()
		if used+length > skipBits {
			break
		}
		acc <<= length
		used += length
		if c.ends() {
			return uint16(used) | uint16(covered)<<4 | skipEnd
		}
		covered += c.run() + 1
	}
	if used == 0 {
		return skipNone
	}
	return uint16(used) | uint16(covered)<<4
}

// checkDC reports whether all values can be sizes of a DC difference.
func checkDC(spec tableSpec) error {
	for _, v := range spec.values {
		if v > 15 {
			return fmt.Errorf("%w: DC difference of %d bits", ErrFormat, v)
		}
	}
	return nil
}
