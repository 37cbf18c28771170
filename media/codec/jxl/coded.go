package jxl

import mathbits "math/bits"

// maxProfile bounds the bytes of a coded profile. Real ones have a megabyte at
// most.
const maxProfile = 4 << 20

// profile goes behind the colour profile of a codestream (ISO/IEC 18181-1, annex
// E), whose bytes are coded each by the two before it.
func (r *lowBits) profile() (ok bool) {
	const contexts = 41
	size := r.u64()
	if size > maxProfile {
		return false
	}
	c, ok := newCoder(r, contexts, true)
	if !ok {
		return false
	}
	var last, before byte
	for i := range int(size) {
		if r.short {
			return false
		}
		last, before = byte(c.number(profileContext(i, last, before))), last
	}
	return c.ended()
}

// profileContext is the context of a byte behind two others (E.4.1).
func profileContext(i int, last, before byte) int {
	const header = 128
	if i <= header {
		return 0
	}
	return 1 + kindOfLast(last) + 8*kindOfBefore(before)
}

func kindOfLast(b byte) int {
	switch {
	case isLetter(b):
		return 0
	case isNumeral(b):
		return 1
	case b <= 1:
		return 2 + int(b)
	case b < 16:
		return 4
	case b == 255:
		return 6
	case b > 240:
		return 5
	}
	return 7
}

func kindOfBefore(b byte) int {
	switch {
	case isLetter(b):
		return 0
	case isNumeral(b):
		return 1
	case b < 16:
		return 2
	case b > 240:
		return 3
	}
	return 4
}

func isLetter(b byte) bool  { return b|0x20 >= 'a' && b|0x20 <= 'z' }
func isNumeral(b byte) bool { return b >= '0' && b <= '9' || b == '.' || b == ',' }

// order goes behind the order of a frame's parts (F.3.2).
func (r *lowBits) order(parts int) (ok bool) {
	const contexts = 8
	c, ok := newCoder(r, contexts, true)
	if !ok {
		return false
	}
	context := func(n int) int { return min(mathbits.Len(uint(n)), contexts-1) }
	end := c.number(context(parts))
	if end > parts {
		return false
	}
	last := 0
	for i := range end {
		if last = c.number(context(last)); last >= parts-i || r.short {
			return false
		}
	}
	return c.ended()
}
