package h264

import "math/bits"

// codes decodes a variable-length code. All that the standard has are told by
// how many zeros they begin with and by the bits after the one that follows:
// the row is the zeros, the column the next bits.
type codes [17 * codeColumns]code

const (
	codeSuffix  = 5 // bits looked at after the first one
	codeColumns = 1 << codeSuffix
)

type code struct {
	length uint8 // 0 if there is no such code
	value  uint8
}

// code reads a value.
func (b *bitReader) code(c *codes) uint8 {
	next := b.peek()
	zeros := min(bits.LeadingZeros64(next), 16)
	entry := c[zeros<<codeSuffix|int(next<<(zeros+1)>>(64-codeSuffix))]
	if entry.length == 0 {
		b.fail()
		return 0
	}
	b.pos += int(entry.length)
	return entry.value
}

// add gives a value the code of the lowest length bits of pattern.
func (c *codes) add(value, length, pattern uint8) {
	if pattern == 0 { // zeros alone: whatever follows
		for i := int(length) << codeSuffix; i < len(c); i++ {
			c[i] = code{length, value}
		}
		return
	}
	after := bits.Len8(pattern) - 1 // bits after the first one
	free := codeSuffix - after
	row := c[(int(length)-after-1)<<codeSuffix:]
	from := int(pattern) << free & (codeColumns - 1)
	for i := range 1 << free {
		row[from+i] = code{length, value}
	}
}

// newCodes returns the codes of values from 0 on.
func newCodes(lengths, patterns []uint8) (c codes) {
	for value, length := range lengths {
		c.add(uint8(value), length, patterns[value])
	}
	return c
}
