package inflate

import (
	"math/bits"
	"math/rand/v2"
)

// writer writes a random stream, and what it stands for.
type writer struct {
	random *rand.Rand
	stream []byte
	bits   uint64
	nbits  uint
	plain  []byte
}

func (w *writer) put(v uint32, n uint) {
	w.bits |= uint64(v) << w.nbits
	for w.nbits += n; w.nbits >= 8; w.nbits -= 8 {
		w.stream = append(w.stream, byte(w.bits))
		w.bits >>= 8
	}
}

func (w *writer) align() {
	if w.nbits > 0 {
		w.put(0, 8-w.nbits)
	}
}

// code is a prefix code: the length of each symbol's, and its bits.
type code struct {
	lengths []uint8
	codes   []uint16
}

func (c code) put(w *writer, symbol int) {
	if c.lengths[symbol] == 0 {
		panic("no such code")
	}
	w.put(uint32(c.codes[symbol]), uint(c.lengths[symbol]))
}

// newCode assigns the codes (3.2.2).
func newCode(lengths []uint8) code {
	c := code{lengths, make([]uint16, len(lengths))}
	next := 0
	for n := 1; n <= maxCode; n++ {
		for symbol, length := range lengths {
			if int(length) == n {
				c.codes[symbol] = bits.Reverse16(uint16(next) << (16 - n))
				next++
			}
		}
		next <<= 1
	}
	return c
}

// randomCode gives a complete code to some of n symbols, those that are wanted
// among them. A skewed one has long codes.
func (w *writer) randomCode(n int, wanted ...int) code {
	count := max(2, len(wanted), 1+w.random.IntN(n))
	leaves := []uint8{0}
	skewed := w.random.IntN(2) == 0
	for len(leaves) < count {
		i := w.random.IntN(len(leaves))
		if skewed {
			i = len(leaves) - 1
		}
		for leaves[i] >= maxCode {
			i = w.random.IntN(len(leaves))
		}
		leaves[i]++
		leaves = append(leaves, leaves[i])
	}
	w.random.Shuffle(len(leaves), func(i, j int) { leaves[i], leaves[j] = leaves[j], leaves[i] })
	lengths := make([]uint8, n)
	for i, symbol := range append(wanted, w.random.Perm(n)...) {
		if len(leaves) == 0 {
			break
		}
		if i < len(wanted) || lengths[symbol] == 0 {
			lengths[symbol] = leaves[0]
			leaves = leaves[1:]
		}
	}
	return newCode(lengths)
}

// randomStream has so many blocks of every kind.
func randomStream(seed uint64, blocks int) (stream, plain []byte) {
	w := &writer{random: rand.New(rand.NewPCG(seed, 2))}
	for i := range blocks {
		last := uint32(0)
		if i == blocks-1 {
			last = 1
		}
		w.put(last, 1)
		switch w.random.IntN(5) {
		case 0:
			w.stored()
		case 1:
			w.fixed()
		default:
			w.dynamic()
		}
	}
	w.align()
	return w.stream, w.plain
}

func (w *writer) stored() {
	w.put(0, 2)
	w.align()
	n := w.random.IntN(3000)
	w.put(uint32(n), 16)
	w.put(uint32(^uint16(n)), 16)
	for range n {
		b := byte(w.random.Uint32())
		w.put(uint32(b), 8)
		w.plain = append(w.plain, b)
	}
}

func (w *writer) fixed() {
	w.put(1, 2)
	lengths := make([]uint8, maxLits+2)
	for i := range lengths {
		lengths[i] = uint8(8 + (i/144)&^(i/256))
		if i >= 256 && i < 280 {
			lengths[i] = 7
		} else if i >= 280 {
			lengths[i] = 8
		}
	}
	dists := make([]uint8, maxDists+2)
	for i := range dists {
		dists[i] = 5
	}
	w.symbols(newCode(lengths), newCode(dists))
}

func (w *writer) dynamic() {
	w.put(2, 2)
	lits, dists := w.randomCode(maxLits, 256), w.randomCode(maxDists)
	w.codes(lits, dists)
	w.symbols(lits, dists)
}

// codes writes the lengths of codes, each by itself (3.2.7).
func (w *writer) codes(lits, dists code) {
	w.put(uint32(len(lits.lengths)-257), 5)
	w.put(uint32(len(dists.lengths)-1), 5)
	w.put(maxHeads-4, 4)
	heads := make([]uint8, maxHeads)
	for i := range 16 {
		heads[i] = 4
	}
	for _, i := range order {
		w.put(uint32(heads[i]), 3)
	}
	c := newCode(heads)
	for _, lengths := range [][]uint8{lits.lengths, dists.lengths} {
		for _, n := range lengths {
			c.put(w, int(n))
		}
	}
}

// symbols writes literals and matches at random, and the end of the block.
func (w *writer) symbols(lits, dists code) {
	var literals, lengths, distances []int
	for symbol, n := range lits.lengths {
		switch {
		case n == 0 || symbol == 256 || symbol >= maxLits:
		case symbol < 256:
			literals = append(literals, symbol)
		default:
			lengths = append(lengths, symbol)
		}
	}
	for symbol, n := range dists.lengths {
		if n > 0 && symbol < maxDists {
			distances = append(distances, symbol)
		}
	}
	matches := w.random.IntN(100)
	for range w.random.IntN(1500) {
		if len(lengths) > 0 && w.random.IntN(100) < matches {
			w.match(lits, dists, pick(w, lengths), pick(w, distances))
		} else if len(literals) > 0 {
			symbol := pick(w, literals)
			lits.put(w, symbol)
			w.plain = append(w.plain, byte(symbol))
		}
	}
	lits.put(w, 256)
}

func pick(w *writer, list []int) int { return list[w.random.IntN(len(list))] }

// match writes a match, unless it would reach back too far.
func (w *writer) match(lits, dists code, lengthSymbol, distSymbol int) {
	l, d := litSymbols[lengthSymbol], distSymbols[distSymbol]
	lengthBits, distBits := w.random.Uint32()&(1<<l.total()-1), w.random.Uint32()&(1<<d.total()-1)
	length, distance := int(l.value()+lengthBits), int(d.value()+distBits)
	if lengthSymbol == 284 && lengthBits == 31 || distance > len(w.plain) {
		return
	}
	lits.put(w, lengthSymbol)
	w.put(lengthBits, l.total())
	dists.put(w, distSymbol)
	w.put(distBits, d.total())
	for range length {
		w.plain = append(w.plain, w.plain[len(w.plain)-distance])
	}
}
