package jxl

import (
	mathbits "math/bits"
	"slices"
)

// prefix is a prefix code (ISO/IEC 18181-1, C.2.4, after RFC 7932): how many
// tokens have codes of each length, and the tokens in the order of their codes.
type prefix struct {
	counts [16]int
	tokens []uint16
}

// newPrefix is the code with these lengths, 0 for tokens that have none. One token
// alone has a code of no bits.
func newPrefix(lengths []byte) prefix {
	var p prefix
	for _, n := range lengths {
		p.counts[n]++
	}
	p.counts[0] = 0
	var next [16]int // place of the next token of a length
	for n := 1; n < len(next); n++ {
		next[n] = next[n-1] + p.counts[n-1]
	}
	p.tokens = make([]uint16, next[15]+p.counts[15])
	for token, n := range lengths {
		if n > 0 {
			p.tokens[next[n]] = uint16(token)
			next[n]++
		}
	}
	return p
}

func (p *prefix) token(r *lowBits) int {
	if len(p.tokens) == 0 {
		return 0
	}
	if len(p.tokens) == 1 {
		return int(p.tokens[0])
	}
	code, first, at := 0, 0, 0
	for length := 1; length < 16; length++ {
		code = code<<1 | r.read(1)
		first <<= 1
		if n := p.counts[length]; code-first < n {
			return int(p.tokens[at+code-first])
		}
		first += p.counts[length]
		at += p.counts[length]
	}
	r.short = true
	return 0
}

// prefixCode reads the code for a number of tokens.
func (r *lowBits) prefixCode(tokens int) (p prefix, ok bool) {
	if r.tokens += tokens; tokens == 1 {
		return p, true
	}
	skip := r.read(2)
	if skip == 1 {
		return r.simplePrefix(tokens)
	}
	lengths, ok := r.codeLengths(skip, tokens)
	return newPrefix(lengths), ok
}

// simplePrefix reads a code of up to four tokens, which are listed.
func (r *lowBits) simplePrefix(tokens int) (p prefix, ok bool) {
	width := mathbits.Len(uint(tokens - 1))
	listed := make([]int, 1+r.read(2))
	lengths := make([]byte, tokens)
	for i := range listed {
		if listed[i] = r.read(width); listed[i] >= tokens || slices.Contains(listed[:i], listed[i]) {
			return p, false
		}
	}
	shape := [][]byte{{1}, {1, 1}, {1, 2, 2}, {2, 2, 2, 2}}[len(listed)-1]
	if len(listed) == 4 && r.flag() {
		shape = []byte{1, 2, 3, 3}
	}
	for i, token := range listed {
		lengths[token] = shape[i]
	}
	return newPrefix(lengths), true
}

// lengthOrder is the order in which the lengths of the codes for lengths stand.
var lengthOrder = [18]int{1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// codeLengths reads the lengths of codes, which are coded themselves.
func (r *lowBits) codeLengths(skip, tokens int) (lengths []byte, ok bool) {
	var own [18]byte
	room, codes := 32, 0
	for i := skip; i < len(own) && room > 0; i++ {
		n := r.lengthOfLength()
		if own[lengthOrder[i]] = n; n > 0 {
			room -= 32 >> n
			codes++
		}
	}
	if codes != 1 && room != 0 {
		return nil, false
	}
	return r.lengthsBy(newPrefix(own[:]), tokens)
}

// lengthOfLength reads a number from 0 to 5 in the code that is given for it.
func (r *lowBits) lengthOfLength() byte {
	switch r.read(2) {
	case 0:
		return 0
	case 1:
		return 4
	case 2:
		return 3
	}
	switch {
	case !r.flag():
		return 2
	case !r.flag():
		return 1
	}
	return 5
}

func (r *lowBits) lengthsBy(p prefix, tokens int) (lengths []byte, ok bool) {
	const whole, repeat, previous = 1 << 15, 16, 16
	lengths = make([]byte, 0, tokens)
	last, repeated, times, room := byte(8), byte(0), 0, whole
	for len(lengths) < tokens && room > 0 && !r.short {
		n := p.token(r)
		if n < repeat {
			times = 0
			if lengths = append(lengths, byte(n)); n > 0 {
				last = byte(n)
				room -= whole >> n
			}
			continue
		}
		extra, length := n-14, byte(0)
		if n == previous {
			length = last
		}
		if length != repeated {
			times, repeated = 0, length
		}
		before := times
		if times > 0 {
			times = (times - 2) << extra
		}
		times += r.read(extra) + 3
		if len(lengths)+times-before > tokens {
			return nil, false
		}
		for range times - before {
			lengths = append(lengths, length)
		}
		if length > 0 {
			room -= (times - before) * (whole >> length)
		}
	}
	return lengths, room == 0 && !r.short
}
