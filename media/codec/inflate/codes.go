package inflate

import (
	"math/bits"
	"sync"
)

const (
	maxLits  = 286 // symbols: literals, the end of a block, lengths
	maxDists = 30
	maxHeads = 19 // lengths of codes
	maxCode  = 15 // bits of a code

	// A code is looked up by so many of its bits. For the rest of a longer one
	// there is a further table.
	litBits  = 11
	distBits = 9

	// Codes are complete: where there is a longer one, another one begins with the
	// same bits. So of n symbols there are at most n/2 further tables.
	litEntries  = 1<<litBits + maxLits/2<<(maxCode-litBits)
	distEntries = 1<<distBits + maxDists/2<<(maxCode-distBits)
)

// entry says what the next bits of the stream mean, from its lowest bit on:
//
//	6 bits   how many bits of the stream this takes
//	2 bits   not used
//	4 bits   how many of them are the code, of a pair the first code
//	1 bit    is it a pair of literals?
//	1 bit    is it special?
//	1 bit    is it no literal?
//	1 bit    not used
//	16 bits  the value
//
// The value is that of one or two literals, the first in the lower byte; or the base
// of a length or a distance, to which the bits behind the code are added; or one of
// those that are special.
type entry uint32

const (
	pair    entry = 1 << 12
	special entry = 1 << 13
	other   entry = 1 << 14

	// Values of those that are special. All others are the index of a further table,
	// which is looked up by the bits that follow.
	noCode     = 0
	endOfBlock = 1
)

func (e entry) total() uint   { return uint(e & 63) }
func (e entry) code() uint    { return uint(e >> 8 & 15) }
func (e entry) value() uint32 { return uint32(e >> 16) }

// with returns the entry of a symbol with a code of so many bits.
func (e entry) with(bits uint8) entry { return e + entry(bits)<<8 + entry(bits) }

// Entries of symbols, but for the bits of their codes (3.2.5).
var litSymbols, distSymbols = makeSymbols()

func makeSymbols() (lits [maxLits + 2]entry, dists [maxDists + 2]entry) {
	for i := range 256 {
		lits[i] = entry(i) << 16
	}
	lits[256] = special | other | endOfBlock<<16
	base := 3
	for i := range 28 {
		extra := max(i/4-1, 0)
		lits[257+i] = other | entry(base)<<16 | entry(extra)
		base += 1 << extra
	}
	lits[285] = other | 258<<16
	base = 1
	for i := range maxDists {
		extra := max(i/2-1, 0)
		dists[i] = other | entry(base)<<16 | entry(extra)
		base += 1 << extra
	}
	// The fixed codes have two symbols more of each, which mean nothing.
	lits[286], lits[287], dists[30], dists[31] = special|other, special|other, special|other, special|other
	return lits, dists
}

type (
	litTable  [litEntries]entry
	distTable [distEntries]entry
)

// at looks up a code among the next bits of the stream. What is there of a pair
// is its first literal.
func (t *litTable) at(next uint64) entry {
	e := t[next&(1<<litBits-1)]
	if e&special != 0 && e.value() > endOfBlock {
		e = t[e.value()+uint32(next>>litBits)&(1<<(maxCode-litBits)-1)]
	}
	return e
}

func (t *distTable) at(next uint64) entry {
	e := t[next&(1<<distBits-1)]
	if e&special != 0 && e.value() > endOfBlock {
		e = t[e.value()+uint32(next>>distBits)&(1<<(maxCode-distBits)-1)]
	}
	return e
}

// build fills a table from the lengths of the codes of symbols (3.2.2), 0 for those
// that have none. Codes are looked up by root bits first; longer ones have further
// tables. It reports whether the codes are complete, or a single one of one bit, or
// none at all, which the data must not use then.
func build(table, symbols []entry, lengths []uint8, root uint8) bool {
	var count, next [maxCode + 2]int
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	code, longest := 0, 0
	for n := 1; n <= maxCode; n++ {
		next[n] = code
		if code += count[n]; code > 1<<n {
			return false
		}
		if count[n] > 0 {
			longest = n
		}
		code <<= 1
	}
	// Now code counts in units of codes of maxCode+1 bits.
	complete := code == 1<<(maxCode+1)
	if !complete && (longest > 1 || count[1] > 1) {
		return false
	}
	first := table[:1<<root]
	if !complete || longest > int(root) {
		for i := range first { // no code, and no further table yet
			first[i] = special | other
		}
	}
	further := len(first)
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		reversed := int(bits.Reverse16(uint16(next[n])) >> (16 - n))
		next[n]++
		e := symbols[symbol].with(n)
		if n <= root {
			for i := reversed; i < len(first); i += 1 << n {
				first[i] = e
			}
			continue
		}
		link := &first[reversed&(len(first)-1)]
		if link.value() == noCode {
			*link = special | other | entry(further)<<16
			further += 1 << (maxCode - root)
		}
		rest := table[link.value():][:1<<(maxCode-root)]
		for i := reversed >> root; i < len(rest); i += 1 << (n - root) {
			rest[i] = e
		}
	}
	return true
}

// join makes pairs of literals whose codes are looked up at once. From the end
// on, so that what stands at the bits behind a first code is still a single one.
func (t *litTable) join() {
	for i := 1<<litBits - 1; i >= 0; i-- {
		e := t[i]
		if e&other != 0 {
			continue
		}
		second := t[i>>e.code()]
		if second&other == 0 && e.code()+second.code() <= litBits {
			t[i] = e + entry(second.code()) | pair | entry(second.value())<<24
		}
	}
}

// fixedTables are those of the fixed codes (3.2.6).
var fixedTables = sync.OnceValues(func() (*litTable, *distTable) {
	lits, dists := new(litTable), new(distTable)
	var lengths [maxLits + 2]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	build(lits[:], litSymbols[:], lengths[:], litBits)
	lits.join()
	for i := range maxDists + 2 {
		lengths[i] = 5
	}
	build(dists[:], distSymbols[:], lengths[:maxDists+2], distBits)
	return lits, dists
})

// order is that in which the lengths of the codes of lengths are written (3.2.7).
var order = [maxHeads]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// headSymbols are the entries of lengths of codes, which are literals here.
var headSymbols = [maxHeads]entry(litSymbols[:maxHeads])

// readCodes reads the codes of a block and builds its tables (3.2.7).
func (z *Reader) readCodes() error {
	head, err := z.take(14)
	if err != nil {
		return err
	}
	lits, dists, heads := int(head&31)+257, int(head>>5&31)+1, int(head>>10)+4
	if lits > maxLits || dists > maxDists {
		return ErrCorrupt
	}
	var headLengths [maxHeads]uint8
	for _, i := range order[:heads] {
		n, err := z.take(3)
		if err != nil {
			return err
		}
		headLengths[i] = uint8(n)
	}
	// The table is not used until the lengths are read.
	if !build(z.ownLits[:], headSymbols[:], headLengths[:], litBits) {
		return ErrCorrupt
	}
	lengths := z.lengths[:lits+dists]
	if err := z.readLengths(lengths); err != nil {
		return err
	}
	if !build(z.ownLits[:], litSymbols[:], lengths[:lits], litBits) || !build(z.ownDists[:], distSymbols[:], lengths[lits:], distBits) {
		return ErrCorrupt
	}
	z.ownLits.join()
	return nil
}

// readLengths reads lengths of codes, which are coded themselves.
func (z *Reader) readLengths(lengths []uint8) error {
	for i := 0; i < len(lengths); {
		z.need(14) // where there are
		e := z.ownLits.at(z.bits)
		if e&other != 0 {
			return ErrCorrupt
		}
		if e.code() > z.nbits {
			return z.cutShort()
		}
		z.drop(e.code())
		symbol := e.value()
		if symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		n, err := z.repeat(symbol)
		if err != nil {
			return err
		}
		if n > len(lengths)-i || symbol == 16 && i == 0 {
			return ErrCorrupt
		}
		for range n {
			lengths[i] = 0
			if symbol == 16 {
				lengths[i] = lengths[i-1]
			}
			i++
		}
	}
	return nil
}

// repeat reads how often a length comes again.
func (z *Reader) repeat(symbol uint32) (int, error) {
	bits, least := uint(2), 3
	switch symbol {
	case 17:
		bits = 3
	case 18:
		bits, least = 7, 11
	}
	n, err := z.take(bits)
	return int(n) + least, err
}
