package vp8l

import (
	"fmt"
	"math/bits"
)

const (
	maxCodeBits = 15
	rootBits    = 8
	maxSymbols  = literals + lengths + 1<<maxCacheBits
	maxEntries  = 1<<12 - 1 // of a table, which the argument in build shows to be enough
	firstTables = 1 << 12   // entries
)

// errTooManyCodes means that codes of so many bits cannot all be told apart.
var errTooManyCodes = fmt.Errorf("%w: more prefix codes than there can be", ErrDamaged)

// entry is what the next bits mean. The lowest four bits are how many bits the code has.
// Those above are its symbol; or, in an entry of the first rootBits bits of longer codes,
// where their own entries begin, and the lowest four are the bits of the longest.
type entry uint16

// code is a prefix code (3.7.2).
type code struct {
	table []entry
	mask  uint64 // of the bits that the first look-up takes
}

// next returns the next symbol. There are maxCodeBits bits or more.
func (c *code) next(r *bitReader) uint32 {
	e := c.table[r.bits&c.mask]
	if e&15 > rootBits {
		e = c.table[uint64(e>>4)+r.bits>>rootBits&(1<<(e&15-rootBits)-1)]
	}
	r.bits >>= e & 15
	r.count -= uint(e & 15)
	return uint32(e >> 4)
}

// fixed returns the symbol of a code that has no other, and true.
func (c *code) fixed() (symbol uint32, ok bool) {
	return uint32(c.table[0] >> 4), len(c.table) == 1
}

// builder makes tables for codes.
type builder struct {
	lengths [maxSymbols]uint8
	sorted  [maxSymbols]uint16 // symbols, by the lengths of their codes
	room    []entry
	size    int // of the room that is made next
}

// take returns zeroed room for a table, of which the caller gives back what it does not use.
func (b *builder) take() []entry {
	if len(b.room) < maxEntries {
		const most = 1 << 16
		b.size = min(max(2*b.size, firstTables), most)
		b.room = make([]entry, b.size)
	}
	return b.room
}

func (b *builder) keep(table []entry, n int) code {
	b.room = table[n:]
	return code{table: table[:n:n]}
}

// single returns a code of one symbol, which takes no bits.
func (b *builder) single(symbol uint16) code {
	table := b.take()
	table[0] = entry(symbol) << 4
	return b.keep(table, 1)
}

// pair returns a code of two symbols of one bit each.
func (b *builder) pair(first, second uint16) code {
	table := b.take()
	table[0], table[1] = entry(first)<<4|1, entry(second)<<4|1
	c := b.keep(table, 2)
	c.mask = 1
	return c
}

// build returns the code of symbols whose codes have these lengths in bits, those of
// length 0 left out. All codes of its bits have a meaning.
//
// The entries are fewer than maxEntries. There are 1<<rootBits for the first bits. Codes that
// share these have as many entries as there are codes, where all are of one length. Codes are
// in the order of their lengths: of parts with several lengths, no two have the same longest
// one. Such parts have 4 to 128 entries, together 252. With those of the most symbols that
// is 256 + 2328 + 252.
func (b *builder) build(lengths []uint8) (code, error) {
	var count [maxCodeBits + 1]int
	for _, l := range lengths {
		count[l]++
	}
	used := len(lengths) - count[0]
	if used < 2 {
		for symbol, l := range lengths {
			if l > 0 {
				return b.single(uint16(symbol)), nil
			}
		}
		return code{}, fmt.Errorf("%w: a prefix code without symbols", ErrDamaged)
	}
	longest, err := complete(&count)
	if err != nil {
		return code{}, err
	}
	b.sort(lengths, &count)
	return b.fill(lengths, used, min(longest, rootBits), &count), nil
}

// complete returns the length of the longest codes of so many of each length. It is an
// error when there could be more codes or fewer.
func complete(count *[maxCodeBits + 1]int) (longest int, err error) {
	free := 1
	for l := 1; l <= maxCodeBits; l++ {
		if free = 2*free - count[l]; free < 0 {
			return 0, errTooManyCodes
		}
		if count[l] > 0 {
			longest = l
		}
	}
	if free > 0 {
		return 0, fmt.Errorf("%w: a prefix code that lacks codes", ErrDamaged)
	}
	return longest, nil
}

func (b *builder) sort(lengths []uint8, count *[maxCodeBits + 1]int) {
	var at [maxCodeBits + 2]int
	for l := 1; l <= maxCodeBits; l++ {
		at[l+1] = at[l] + count[l]
	}
	for symbol, l := range lengths {
		if l > 0 {
			b.sorted[at[l]] = uint16(symbol)
			at[l]++
		}
	}
}

// fill writes the entries. The codes go up in the order of their lengths and symbols; as
// their first bit comes first, they are read the other way round.
func (b *builder) fill(lengths []uint8, used, root int, rest *[maxCodeBits + 1]int) code {
	table := b.take()
	n := 1 << root
	next, length := 0, 0         // code, and its bits
	prefix, part := -1, table[:] // the first bits of longer codes, and their entries
	for _, symbol := range b.sorted[:used] {
		l := int(lengths[symbol])
		next <<= l - length
		length = l
		e, read := entry(symbol)<<4|entry(l), int(bits.Reverse16(uint16(next)))>>(16-l)
		if l <= root {
			for i := read; i < 1<<root; i += 1 << l {
				table[i] = e
			}
		} else {
			if next>>(l-root) != prefix {
				prefix = next >> (l - root)
				deepest := deepest(l, root, rest)
				part = table[n:][:1<<(deepest-root)]
				table[read&(1<<root-1)] = entry(n)<<4 | entry(deepest)
				n += len(part)
			}
			for i := read >> root; i < len(part); i += 1 << (l - root) {
				part[i] = e
			}
		}
		rest[l]--
		next++
	}
	c := b.keep(table, n)
	c.mask = 1<<root - 1
	return c
}

// deepest returns the length of the longest code of those that begin with the same root
// bits as the next one, which is the first of them and of length l.
func deepest(l, root int, rest *[maxCodeBits + 1]int) int {
	free := 1 << (l - root)
	for {
		if free -= rest[l]; free <= 0 {
			return l
		}
		l++
		free <<= 1
	}
}

// readCode reads a prefix code for so many symbols (3.7.2.1). It returns none if that is
// not wanted, which is not looked at then.
func (b *builder) readCode(r *bitReader, symbols int, wanted bool) (code, error) {
	if simple := r.read(1) == 1; simple {
		return b.readSimple(r, symbols, wanted)
	}
	lengths := b.lengths[:symbols]
	if err := b.readLengths(r, lengths); err != nil || !wanted {
		return code{}, err
	}
	return b.build(lengths)
}

func (b *builder) readSimple(r *bitReader, symbols int, wanted bool) (code, error) {
	two, width := r.read(1) == 1, uint(1)
	if r.read(1) == 1 {
		width = 8
	}
	first, second := r.read(width), uint32(0)
	if two {
		second = r.read(8)
	}
	switch {
	case !wanted:
		return code{}, nil
	case int(max(first, second)) >= symbols:
		return code{}, fmt.Errorf("%w: symbol %d of %d", ErrDamaged, max(first, second), symbols)
	case two:
		return b.pair(uint16(first), uint16(second)), nil
	}
	return b.single(uint16(first)), nil
}

// Symbols of the code of lengths that stand for more than one.
const (
	repeatLast     = 16
	repeatZero     = 17
	repeatZeroMore = 18
)

var orderOfLengths = [...]uint8{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// readLengths reads the lengths of codes, which are in a prefix code themselves.
func (b *builder) readLengths(r *bitReader, out []uint8) error {
	var ofLengths [len(orderOfLengths)]uint8
	n := int(r.read(4)) + 4
	for _, symbol := range orderOfLengths[:min(n, len(orderOfLengths))] {
		ofLengths[symbol] = uint8(r.read(3))
	}
	room := b.take()
	c, err := b.build(ofLengths[:])
	if err != nil {
		return err
	}
	b.room = room // these entries are written over when lengths are read
	most := len(out)
	if r.read(1) == 1 {
		most = 2 + int(r.read(2+2*uint(r.read(3))))
		if most > len(out) {
			return fmt.Errorf("%w: %d lengths of %d codes", ErrDamaged, most, len(out))
		}
	}
	clear(out)
	last := uint8(8)
	for i := 0; i < len(out) && most > 0; most-- {
		r.fill()
		symbol := c.next(r)
		if symbol < repeatLast {
			if out[i] = uint8(symbol); symbol != 0 {
				last = uint8(symbol)
			}
			i++
			continue
		}
		run, value := 0, uint8(0)
		switch symbol {
		case repeatLast:
			run, value = 3+int(r.read(2)), last
		case repeatZero:
			run = 3 + int(r.read(3))
		case repeatZeroMore:
			run = 11 + int(r.read(7))
		}
		if run > len(out)-i {
			return fmt.Errorf("%w: lengths of more than %d codes", ErrDamaged, len(out))
		}
		for ; run > 0; run-- {
			out[i] = value
			i++
		}
	}
	return nil
}
