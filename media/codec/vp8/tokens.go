package vp8

import "math"

// Kinds of blocks, as indices of probabilities.
const (
	lumaAC = 0 // its first coefficients are in a block of their own
	lumaDC = 1
	chroma = 2

	lumaWhole = 3 // with its first coefficient
)

// token is a bit to code, the upper one, and where its probability is: in a
// probabilities, or beyond that, at fixed and that probability.
type token uint16

const (
	one   token = 1 << 15
	fixed token = token(len(probabilities{}))

	placeBits = 11 // of a token
)

// place returns where the probabilities of a kind, band and context begin.
func place(kind, band, context int) token {
	return token(((kind*8+band)*3 + context) * 11)
}

// tokens gathers what is coded of all coefficients, so that probabilities can be
// made to fit before it is.
type tokens struct{ list []token }

func (t *tokens) add(bit bool, node token) {
	if bit {
		node |= one
	}
	t.list = append(t.list, node)
}

// addBlock codes levels, which are in zigzag order, from the first on, as in
// section 13. The context is how many of the neighbours above and to the left
// have coefficients. It reports whether this one has.
func (t *tokens) addBlock(levels *[16]int16, first, kind, context int) bool {
	last := 15
	for last >= first && levels[last] == 0 {
		last--
	}
	node := place(kind, int(bands[first]), context)
	for n := first; n <= last; n++ {
		t.add(true, node) // not the end
		for levels[n] == 0 {
			t.add(false, node+1)
			n++
			node = place(kind, int(bands[n]), 0)
		}
		t.add(true, node+1)
		context = t.addLevel(int(levels[n]), node)
		node = place(kind, int(bands[n+1]), context)
	}
	if last < 15 {
		t.add(false, node)
	}
	return last >= first
}

// addLevel codes a level that is not zero, and returns the context of the next.
func (t *tokens) addLevel(level int, node token) int {
	v, context := max(level, -level), 2
	switch {
	case v == 1:
		t.add(false, node+2)
		context = 1
	case v <= 4:
		t.addBits(node+2, true, node+3, false, node+4, v > 2)
		if v > 2 {
			t.add(v == 4, node+5)
		}
	case v <= 10:
		t.addBits(node+2, true, node+3, true, node+6, false)
		t.add(v > 6, node+7)
		t.addExtra(v)
	default:
		t.addBits(node+2, true, node+3, true, node+6, true)
		t.add(v > 34, node+8)
		if v <= 34 {
			t.add(v > 18, node+9)
		} else {
			t.add(v > 66, node+10)
		}
		t.addExtra(v)
	}
	t.add(level < 0, fixed+even)
	return context
}

func (t *tokens) addBits(node1 token, bit1 bool, node2 token, bit2 bool, node3 token, bit3 bool) {
	t.add(bit1, node1)
	t.add(bit2, node2)
	t.add(bit3, node3)
}

// categories are the ranges of levels that one token stands for, with the
// probabilities of the bits that tell which of them it is.
var categories = [...]struct {
	from  int
	probs []token
}{
	{67, []token{254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}},
	{35, []token{180, 157, 141, 134, 130}},
	{19, []token{176, 155, 140, 135}},
	{11, []token{173, 148, 140}},
	{7, []token{165, 145}},
	{5, []token{159}},
}

// addExtra codes which of the levels of its category v is.
func (t *tokens) addExtra(v int) {
	for _, c := range categories {
		if v < c.from {
			continue
		}
		v -= c.from
		for i, p := range c.probs {
			t.add(v>>(len(c.probs)-1-i)&1 != 0, fixed+p)
		}
		return
	}
}

// fit returns probabilities that make the tokens short, with what it costs to
// tell them counted in.
func (t *tokens) fit() probabilities {
	var zeros, ones [1 << placeBits]int
	for _, k := range t.list {
		if k < one {
			zeros[k&(1<<placeBits-1)]++
		} else {
			ones[k&(1<<placeBits-1)]++
		}
	}
	fitted := defaults
	for i, p := range fitted {
		fitted[i] = better(p, updates[i], zeros[i], ones[i])
	}
	return fitted
}

// better returns the probability that is best for so many bits, or the old one
// if telling that would cost more than it saves.
func better(old, kept uint8, zeros, ones int) uint8 {
	if zeros+ones == 0 {
		return old
	}
	p := uint8(max(1, min(255, (zeros*256+(zeros+ones)/2)/(zeros+ones))))
	const told = 8 // bits of a new one
	gain := cost(old, zeros, ones) - cost(p, zeros, ones)
	if gain > told+cost(kept, 0, 1)-cost(kept, 1, 0) {
		return p
	}
	return old
}

// cost is the number of bits that zeros and ones take.
func cost(prob uint8, zeros, ones int) float64 {
	p := float64(prob) / 256
	return -float64(zeros)*math.Log2(p) - float64(ones)*math.Log2(1-p)
}

// write codes the tokens.
func (t *tokens) write(w *boolWriter, p *probabilities) {
	var table [1 << placeBits]uint8
	copy(table[:], p[:])
	for i := range 256 {
		table[int(fixed)+i] = uint8(i)
	}
	for _, k := range t.list {
		w.write(k >= one, table[k&(1<<placeBits-1)])
	}
}
