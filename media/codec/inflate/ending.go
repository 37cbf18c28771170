package inflate

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// Ending says how much of a stream is needed for the first bytes of its output.
type Ending struct {
	Keep  int64  // so many bytes of the stream
	Tail  []byte // and then these, nil where what is kept needs none
	Ended bool   // what is kept ends by itself, with all of the output or less
	Made  int64  // bytes of output, a few more than were asked for at most
}

// Ending finds out how much of a stream is needed for the first n bytes of its output.
// A stream that goes on is cut behind them, and its tail ends it. One that breaks off or
// is damaged is needed as far as it can be decompressed. Blocks without content may
// follow the output, as some programs write them, but no more than a few.
//
// The stream is followed, and nothing decompressed: the time depends on its length, not
// on that of its output. open returns the stream from its beginning on; it is called
// again for a tail, which has up to 64 KB. The error is that of the readers.
func (z *Reader) Ending(open func() io.Reader, n int64) (Ending, error) {
	z.Reset(open(), 0)
	c := cutter{Reader: z, want: n}
	goesOn, err := c.follow()
	if err == nil && goesOn {
		c.Tail, err = c.tail(open)
	}
	return c.Ending, err
}

// cutter follows a stream to the end of what is wanted of its output.
type cutter struct {
	*Reader
	Ending
	want int64

	lengths int64 // where those of the current stored block stand in the stream
	cut     int   // what was taken of it
	place   int64 // bits of the stream until where it is cut, in a block of codes or none
}

// bitPlace is how many bits of the stream were taken.
func (z *Reader) bitPlace() int64 { return 8*(z.passed+int64(z.pos)) - int64(z.nbits) }

// follow reports whether the stream goes on where it is no longer wanted.
func (c *cutter) follow() (goesOn bool, err error) {
	for c.Made < c.want {
		if c.last && c.state == atBlock {
			c.Keep, c.Ended = (c.bitPlace()+7)/8, true
			return false, nil
		}
		began := c.bitPlace()
		within := c.state != atBlock
		if err := c.advance(); err != nil {
			if c.Keep = (began + 7) / 8; within {
				c.Keep = (c.bitPlace() + 7) / 8
			}
			if errors.Is(err, ErrCorrupt) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = nil
			}
			return false, err
		}
	}
	c.place = c.bitPlace()
	if c.state == inStored {
		c.Keep = c.lengths
		return true, nil
	}
	if goesOn, err := c.close(); !goesOn || err != nil {
		return false, err
	}
	c.Keep = c.place / 8
	if c.state == inCodes {
		if _, bits := c.endCode(); bits == 0 { // the block cannot end
			c.Keep = (c.place + 7) / 8
			return false, nil
		}
	}
	return true, nil
}

// advance goes on until the header of a block, its content or what is wanted ends. With
// an error, all was taken that makes sense.
func (c *cutter) advance() error {
	switch c.state {
	case inStored:
		return c.skipStored()
	case inCodes:
		return c.skipCodes()
	}
	err := c.beginBlock()
	if c.state == inStored {
		c.lengths, c.cut = c.bitPlace()/8-4, 0
	}
	return err
}

func (c *cutter) skipStored() error {
	for c.stored > 0 && c.Made < c.want {
		n := 1
		if c.nbits >= 8 {
			c.drop(8)
		} else if c.pos == c.end && !c.fill() {
			return c.cutShort()
		} else {
			n = int(min(int64(min(c.stored, c.end-c.pos)), c.want-c.Made))
			c.pos += n
		}
		c.stored -= n
		c.cut += n
		c.Made += int64(n)
	}
	if c.stored == 0 {
		c.state = atBlock
	}
	return nil
}

func (c *cutter) skipCodes() error {
	made, bits, n := c.Made, c.bits, c.nbits // kept in registers
	var err error
	for made < c.want {
		const most = 2*maxCode + 5 + 13 // bits of a match
		if n < most {
			if c.end-c.pos >= 8 {
				bits |= binary.LittleEndian.Uint64(c.in[c.pos:]) << n
				c.pos += int((63 - n) >> 3)
				n |= 56
			} else {
				c.bits, c.nbits = bits&(1<<n-1), n
				c.need(most) // as far as there are
				bits, n = c.bits, c.nbits
			}
		}
		e := c.lits[bits&(1<<litBits-1)]
		if e&other == 0 && made+1 < c.want && e.total() <= n {
			made += 1 + int64(e>>12&1)
			bits >>= e.total()
			n -= e.total()
			continue
		}
		e = c.lits.at(bits)
		used, count := e.code(), int64(1)
		if e&special != 0 && e.value() != endOfBlock {
			err = ErrCorrupt
			break
		}
		if e&(special|other) == other {
			if used, count = c.match(e, bits, made); used == 0 {
				err = ErrCorrupt
				break
			}
		}
		if used > n {
			err = c.cutShort()
			break
		}
		bits >>= used
		n -= used
		if e&special != 0 {
			c.state = atBlock
			break
		}
		made += count
	}
	c.Made, c.bits, c.nbits = made, bits&(1<<n-1), n
	return err
}

// match returns how many bits a match has that begins with a length, 0 for one that
// makes no sense behind so many bytes, and how many bytes it stands for.
func (c *cutter) match(length entry, bits uint64, made int64) (used uint, count int64) {
	extra := func(e entry, bits uint64) int64 { return int64(e.value()) + int64(bits&(1<<e.total()-1)>>e.code()) }
	count = extra(length, bits)
	bits >>= length.total()
	back := c.dists.at(bits)
	if back&special != 0 || made < window && extra(back, bits) > made {
		return 0, 0
	}
	return length.total() + back.total(), count
}

// maxEmpty is how many blocks without content may follow the output.
const maxEmpty = 4

// close goes through what follows the output, and reports whether that is more than
// the end of the stream. What breaks off there is left as it is.
func (c *cutter) close() (goesOn bool, err error) {
	end, last := true, c.last
	if c.state == inCodes {
		end, err = c.takeEnd()
	}
	for range maxEmpty {
		if err != nil || !end || last {
			break
		}
		last, end, err = c.takeEmpty()
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		c.Keep = c.passed + int64(c.end)
		return false, nil
	case err != nil:
		return false, err
	case end && last:
		c.Keep, c.Ended = (c.bitPlace()+7)/8, true
		return false, nil
	}
	return true, nil
}

// takeEnd takes the end of a block, and reports whether that is what comes.
func (c *cutter) takeEnd() (bool, error) {
	c.need(maxCode) // as far as there are
	e := c.lits.at(c.bits)
	switch {
	case e&special != 0 && e.value() == noCode && c.nbits < maxCode, e.code() > c.nbits:
		return false, c.cutShort()
	case e&special == 0 || e.value() != endOfBlock:
		return false, nil
	}
	c.drop(e.code())
	return true, nil
}

// takeEmpty takes a block, and reports whether it is without content and the last one.
func (c *cutter) takeEmpty() (last, empty bool, err error) {
	head, err := c.take(3)
	if err != nil {
		return false, false, err
	}
	last = head&1 != 0
	switch head >> 1 {
	case 0:
		c.drop(c.nbits & 7)
		lengths, err := c.take(32)
		return last, lengths == 0xffff0000, err
	case 1:
		const end = 0 // of the fixed codes
		code, err := c.take(7)
		return last, code == end, err
	}
	return last, false, nil
}

// endCode returns the code of the end of a block, and how many bits it has, 0 if
// there is none.
func (c *cutter) endCode() (code uint64, n uint) {
	for next := range uint64(1 << maxCode) {
		if e := c.lits.at(next); e&special != 0 && e.value() == endOfBlock {
			return next & (1<<e.code() - 1), e.code()
		}
	}
	return 0, 0
}

// tail is what ends the stream.
func (c *cutter) tail(open func() io.Reader) ([]byte, error) {
	w := bitWriter{}
	if c.state == inStored {
		w.bytes = make([]byte, 4+c.cut)
		if err := readAt(open(), w.bytes, c.Keep); err != nil {
			return nil, err
		}
		binary.LittleEndian.PutUint16(w.bytes, uint16(c.cut))
		binary.LittleEndian.PutUint16(w.bytes[2:], ^uint16(c.cut))
	} else if n := uint(c.place % 8); n > 0 {
		first := make([]byte, 1)
		if err := readAt(open(), first, c.Keep); err != nil {
			return nil, err
		}
		w.put(uint64(first[0])&(1<<n-1), n)
	}
	if c.state == inCodes {
		w.put(c.endCode())
	}
	if !c.last {
		const fixed, end = 1 << 1, 0
		w.put(1|fixed, 3)
		w.put(end, 7)
	}
	return w.close(), nil
}

// readAt fills b from the reader's byte at on.
func readAt(r io.Reader, b []byte, at int64) error {
	in := bufio.NewReader(r)
	if _, err := io.CopyN(io.Discard, in, at); err != nil {
		return err
	}
	_, err := io.ReadFull(in, b)
	return err
}

// bitWriter writes bits, the lowest of a byte first (3.1.1).
type bitWriter struct {
	bytes []byte
	acc   uint64
	n     uint
}

// put writes n bits, at most 48.
func (w *bitWriter) put(bits uint64, n uint) {
	w.acc |= bits << w.n
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.bytes = append(w.bytes, byte(w.acc))
		w.acc >>= 8
	}
}

// close fills the last byte.
func (w *bitWriter) close() []byte {
	w.put(0, -w.n&7)
	return w.bytes
}
