package gif

import "io"

const (
	maxCodeBits = 12 // of a code (appendix F)
	maxCodeSize = 11 // of a literal: beyond the 8 that there are colours for, as some encoders write
)

// unpack decompresses the data of a frame until it is full, the data end, or they
// make no sense (appendix F).
func unpack(r io.ByteReader, size uint, p *pixels) {
	u := unpacker{r: r, literals: 1 << size, size: size + 1}
	u.clear()
	for !p.full() {
		code, ok := u.code()
		switch {
		case !ok || code == u.literals+1:
			return
		case code == u.literals:
			u.clear()
			continue
		case code > u.next || code == u.next && u.last < 0:
			return // a string that is not there yet
		}
		p.put(u.expand(code))
	}
}

// unpacker is the state of a decompression.
type unpacker struct {
	r    io.ByteReader
	bits uint32
	n    uint // bits that are there

	literals int // codes for one pixel; the two after them clear and end
	size     uint
	width    uint // of the next code
	next     int  // code of the next new string
	last     int  // the code before, -1 for none

	prefix [1 << maxCodeBits]uint16
	suffix [1 << maxCodeBits]byte
	text   [1<<maxCodeBits + 1]byte // a string, at the end
}

func (u *unpacker) clear() {
	u.width, u.next, u.last = u.size, u.literals+2, -1
}

func (u *unpacker) code() (int, bool) {
	for u.n < u.width {
		b, err := u.r.ReadByte()
		if err != nil {
			return 0, false
		}
		u.bits |= uint32(b) << u.n
		u.n += 8
	}
	code := int(u.bits & (1<<u.width - 1))
	u.bits >>= u.width
	u.n -= u.width
	return code, true
}

// expand returns the string of a code and gives the next code to the string
// before with the first pixel of this one. The result is valid until the next
// call.
func (u *unpacker) expand(code int) []byte {
	at := len(u.text)
	c := code
	if code == u.next { // the string before, and its first pixel again
		at--
		c = u.last
	}
	for c >= u.literals {
		at--
		u.text[at] = u.suffix[c]
		c = int(u.prefix[c])
	}
	at--
	u.text[at] = byte(c)
	if code == u.next {
		u.text[len(u.text)-1] = byte(c)
	}
	if u.last >= 0 && u.next < 1<<maxCodeBits {
		u.prefix[u.next], u.suffix[u.next] = uint16(u.last), byte(c)
		u.next++
		if u.next == 1<<u.width && u.width < maxCodeBits {
			u.width++
		}
	}
	u.last = code
	return u.text[at:]
}
