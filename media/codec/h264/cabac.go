package h264

import (
	"encoding/binary"
	"math/bits"
)

// numContexts is how many contexts there are.
const numContexts = 1024

// arithmetic is the arithmetic decoding engine (9.3.1.2, 9.3.3.2).
type arithmetic struct {
	data  []byte // with padding
	pos   int    // of the next byte
	value uint64 // codIOffset, followed by bits that were read ahead
	ahead int    // how many
	width uint32 // codIRange

	states [numContexts]uint8 // pStateIdx times two, plus valMPS
}

// start begins at a byte of the data. It returns false if that is no code.
func (a *arithmetic) start(pos int) bool {
	a.pos, a.value, a.ahead, a.width = pos, 0, -9, 510
	a.fill()
	return a.value>>a.ahead < 510
}

// fill reads ahead; behind the data there are zeros.
func (a *arithmetic) fill() {
	next := uint32(0)
	if a.pos+4 <= len(a.data) {
		next = binary.BigEndian.Uint32(a.data[a.pos:])
	}
	a.pos += 4
	a.value = a.value<<32 | uint64(next)
	a.ahead += 32
}

// consumed returns how many bits were read, those ahead left out.
func (a *arithmetic) consumed() int { return 8*a.pos - a.ahead }

// setStates sets the states of all contexts (9.3.1.1).
func (a *arithmetic) setStates(qp int) {
	for i, init := range contextInit {
		state := min(max(int(init[0])*qp>>4+int(init[1]), 1), 126)
		if state <= 63 {
			a.states[i] = uint8(63-state) << 1
		} else {
			a.states[i] = uint8(state-64)<<1 | 1
		}
	}
}

// minAhead is more bits than any one decision takes.
const minAhead = 8

// decide decodes a decision in a context (9.3.3.2.1).
func (a *arithmetic) decide(context int) int {
	if a.ahead < minAhead {
		a.fill()
	}
	state := &a.states[context]
	s := *state
	lps := uint32(rangeLPS[s>>1&63][a.width>>6&3])
	a.width -= lps
	if border := uint64(a.width) << a.ahead; a.value >= border {
		a.value -= border
		a.width = lps
		*state = afterState[1][s]
		s ^= 1
	} else {
		*state = afterState[0][s]
	}
	shift := bits.LeadingZeros32(a.width) - 23
	a.width <<= shift
	a.ahead -= shift
	return int(s & 1)
}

// bypass decodes a decision of even chances (9.3.3.2.3).
func (a *arithmetic) bypass() int {
	if a.ahead < minAhead {
		a.fill()
	}
	a.ahead--
	if border := uint64(a.width) << a.ahead; a.value >= border {
		a.value -= border
		return 1
	}
	return 0
}

// terminate decodes whether the end has come (9.3.3.2.2.3).
func (a *arithmetic) terminate() bool {
	if a.ahead < minAhead {
		a.fill()
	}
	a.width -= 2
	if a.value >= uint64(a.width)<<a.ahead {
		return true
	}
	shift := bits.LeadingZeros32(a.width) - 23
	a.width <<= shift
	a.ahead -= shift
	return false
}

// afterState is what follows each state: [0] after the more probable symbol,
// [1] after the other.
var afterState = func() (t [2][256]uint8) {
	for s := range uint8(128) {
		index, symbol := s>>1, s&1
		t[0][s] = min(index+1, 62)<<1 | symbol
		if index == 63 {
			t[0][s] = s
		}
		if index == 0 {
			symbol ^= 1
		}
		t[1][s] = afterLPS[index]<<1 | symbol
	}
	return t
}()
