package jxl

import mathbits "math/bits"

// coder reads numbers of an entropy-coded stream of a JPEG XL (ISO/IEC 18181-1,
// annex C): each by the distribution that belongs to its context.
type coder struct {
	bits     *lowBits
	contexts []byte // the number of a distribution for each
	coded    []distribution
	prefixed bool // by prefix codes, else by asymmetric numeral systems
	state    uint32

	// Copies of earlier numbers (C.2.5).
	copies      bool
	least       int // token that stands for a copy
	leastLength int
	lengths     hybrid
	window      []uint32 // a ring once it is full
	read        int      // numbers
	copyAt      int
	left        int // of a copy
}

// distribution is how the numbers of some contexts are coded.
type distribution struct {
	hybrid hybrid
	prefix prefix
	alias  []alias
}

const (
	maxWindow   = 1 << 20
	maxAlphabet = 1 << 15
	final       = 0x130000 // state of numeral systems at the end
	// maxClusters bounds the distributions of a stream.
	maxClusters = 256
)

// newCoder reads the distributions for some contexts.
func newCoder(r *lowBits, contexts int, mayCopy bool) (*coder, bool) {
	c := &coder{bits: r}
	if c.copies = r.flag(); c.copies {
		c.least = r.u32(constant(224), constant(512), constant(4096), field(8, 15))
		c.leastLength = r.u32(constant(3), constant(4), field(5, 2), field(9, 8))
		c.lengths = r.hybrid(8)
		contexts++
		if !mayCopy {
			return nil, false
		}
	}
	clusters, ok := 1, true
	if c.contexts = make([]byte, contexts); contexts > 1 {
		clusters, ok = r.clusters(c.contexts)
	}
	if !ok {
		return nil, false
	}
	c.coded = make([]distribution, clusters)
	if !c.distributions() || r.short {
		return nil, false
	}
	if c.state = final; !c.prefixed {
		c.state = uint32(r.read(32))
	}
	return c, !r.short
}

// clusters reads which distribution is that of which context (C.2.2).
func (r *lowBits) clusters(contexts []byte) (n int, ok bool) {
	if r.flag() {
		width := r.read(2)
		for i := range contexts {
			contexts[i] = byte(r.read(width))
		}
	} else if !r.codedClusters(contexts) {
		return 0, false
	}
	for _, c := range contexts {
		n = max(n, int(c)+1)
	}
	return n, n <= len(contexts) && !r.short
}

func (r *lowBits) codedClusters(contexts []byte) bool {
	moved := r.flag()
	c, ok := newCoder(r, 1, len(contexts) > 2)
	if !ok {
		return false
	}
	for i := range contexts {
		n := c.number(0)
		if n >= maxClusters {
			return false
		}
		contexts[i] = byte(n)
	}
	if moved {
		moveToFront(contexts)
	}
	return c.ended()
}

// moveToFront puts for each place in a list that is reordered what stood there.
func moveToFront(places []byte) {
	var list [maxClusters]byte
	for i := range list {
		list[i] = byte(i)
	}
	for i, at := range places {
		value := list[at]
		places[i] = value
		copy(list[1:int(at)+1], list[:at])
		list[0] = value
	}
}

func (c *coder) distributions() bool {
	r := c.bits
	c.prefixed = r.flag()
	logTokens := 15
	if !c.prefixed {
		logTokens = 5 + r.read(2)
	}
	for i := range c.coded {
		c.coded[i].hybrid = r.hybrid(logTokens)
	}
	if !c.prefixed {
		for i := range c.coded {
			counts, ok := r.counts()
			if !ok || len(counts) > 1<<logTokens {
				return false
			}
			c.coded[i].alias = aliases(counts, logTokens)
		}
		return true
	}
	tokens := make([]int, len(c.coded))
	for i := range tokens {
		tokens[i] = 1 + r.varied(4)
	}
	for i, n := range tokens {
		ok := n <= maxAlphabet && !r.short
		if ok {
			c.coded[i].prefix, ok = r.prefixCode(n)
		}
		if !ok {
			return false
		}
	}
	return true
}

// varied reads a number whose bits are told in so many bits.
func (r *lowBits) varied(width int) int {
	if !r.flag() {
		return 0
	}
	n := r.read(width)
	return 1<<n + r.read(n)
}

// hybrid tells how a number is made of a token and of bits behind it (C.2.3).
type hybrid struct{ split, high, low int }

func (r *lowBits) hybrid(logTokens int) hybrid {
	h := hybrid{split: r.read(mathbits.Len(uint(logTokens)))}
	if h.split != logTokens {
		h.high = min(r.read(mathbits.Len(uint(h.split))), h.split)
		h.low = r.read(mathbits.Len(uint(h.split - h.high)))
	}
	if h.high+h.low > h.split || h.split > logTokens {
		r.short = true
		return hybrid{}
	}
	return h
}

func (h hybrid) number(r *lowBits, token int) int {
	first := 1 << h.split
	if token < first {
		return token
	}
	known := h.high + h.low
	n := (h.split - known + (token-first)>>known) & 31
	low := token & (1<<h.low - 1)
	high := 1<<h.high | token>>h.low&(1<<h.high-1)
	return (high<<n|r.read(n))<<h.low | low
}

// number reads one of a context.
func (c *coder) number(context int) int {
	if c.left == 0 {
		d := &c.coded[c.contexts[context]]
		token := c.token(d)
		if !c.copies || token < c.least {
			return c.keep(d.hybrid.number(c.bits, token))
		}
		c.left = c.lengths.number(c.bits, token-c.least) + c.leastLength
		far := &c.coded[c.contexts[len(c.contexts)-1]]
		distance := far.hybrid.number(c.bits, c.token(far)) + 1
		c.copyAt = c.read - min(distance, c.read, maxWindow)
	}
	c.left--
	value := 0
	if c.copyAt < c.read {
		value = int(c.window[c.copyAt%maxWindow])
	}
	c.copyAt++
	return c.keep(value)
}

func (c *coder) keep(value int) int {
	if c.copies {
		if len(c.window) < maxWindow {
			c.window = append(c.window, uint32(value))
		} else {
			c.window[c.read%maxWindow] = uint32(value)
		}
	}
	c.read++
	return value
}

func (c *coder) token(d *distribution) int {
	if c.prefixed {
		return d.prefix.token(c.bits)
	}
	low := int(c.state & (fullRange - 1))
	token, offset, count := findAlias(d.alias, low)
	if c.state = uint32(count)*(c.state>>logRange) + uint32(offset); c.state < 1<<16 {
		c.state = c.state<<16 | uint32(c.bits.read(16))
	}
	return token
}

// ended reports whether the stream ends as it should.
func (c *coder) ended() bool { return c.state == final && !c.bits.short }
