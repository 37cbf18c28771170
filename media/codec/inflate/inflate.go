// Package inflate decompresses DEFLATE streams (RFC 1951) several times as fast
// as compress/flate, and lends its output instead of copying it.
//
// It takes and refuses the same streams as compress/flate. Section numbers in
// the comments are those of RFC 1951.
package inflate

import (
	"errors"
	"io"
)

// ErrCorrupt means that the bytes are no DEFLATE stream.
var ErrCorrupt = errors.New("inflate: corrupt data")

const (
	window  = 32 << 10 // how far back a match may reach
	ahead   = 128 << 10
	inBytes = 32 << 10

	// What one turn of the fast loop may write: three entries of two literals, of
	// which the last store is two bytes wide, then a match of 258 bytes, copied in
	// steps of 16.
	margin = 300
)

// Reader decompresses one stream. Its memory is some 200 KB, or more where a
// caller asks Next for longer pieces.
type Reader struct {
	r   io.Reader
	err error // what ended the stream, io.EOF for its end

	// Bytes of the stream. The fast loop loads eight at once, always below end.
	in       []byte
	pos, end int
	passed   int64 // bytes of the stream before in
	inErr    error // what r ended with

	// Bits taken from in that are not used yet, the next one lowest, and their
	// number. What lies above the number is zero outside of the fast loop.
	bits  uint64
	nbits uint

	// Output: up to window bytes of history, what was not asked for yet from read
	// on, and the end of both. The slice is margin longer than limit.
	out         []byte
	read, write int
	limit       int

	state    state
	last     bool // the current block is the last one
	stored   int  // what is left of a stored block
	lits     *litTable
	dists    *distTable
	ownLits  litTable
	ownDists distTable
	lengths  [maxLits + maxDists]uint8
}

// state is what comes next in the stream.
type state uint8

const (
	atBlock state = iota
	inStored
	inCodes
)

// NewReader returns a reader of the stream that r begins with. Bytes behind its
// end may be read too. Next lends up to longest bytes.
func NewReader(r io.Reader, longest int) *Reader {
	z := new(Reader)
	z.Reset(r, longest)
	return z
}

// Reset makes z what NewReader returns, in the memory that it has. The zero value
// of Reader may be reset too.
func (z *Reader) Reset(r io.Reader, longest int) {
	in, out := z.in, z.out
	if in == nil {
		in = make([]byte, inBytes)
	}
	if n := window + max(ahead, longest) + margin; len(out) < n {
		out = make([]byte, n)
	}
	// The tables are as large as all else, and written before they are used.
	z.r, z.in, z.out, z.limit = r, in, out, len(out)-margin
	z.err, z.inErr, z.state, z.last = nil, nil, atBlock, false
	z.pos, z.end, z.passed, z.bits, z.nbits = 0, 0, 0, 0, 0
	z.read, z.write = 0, 0
}

// Release ends the use of a stream. It keeps the memory for another one, but for what
// few streams need. What Next returned must not be used any more.
func (z *Reader) Release() {
	z.r = nil
	if len(z.out) > window+ahead+margin {
		z.out = nil
	}
}

// Next returns the next n bytes, no more than NewReader was told. They may be
// read until the next call. Where the stream ends before them, it returns what
// there is of them and io.EOF; where it is cut short, io.ErrUnexpectedEOF;
// where it is damaged, ErrCorrupt; else what its reader returned.
func (z *Reader) Next(n int) ([]byte, error) {
	for z.write-z.read < n {
		if z.err != nil {
			rest := z.out[z.read:z.write]
			z.read = z.write
			return rest, z.err
		}
		if z.write >= z.limit || z.read+n > z.limit {
			z.slide()
		}
		z.err = z.step()
	}
	z.read += n
	return z.out[z.read-n : z.read], nil
}

// Ends reports whether the stream ends where output was read to, and how many bytes
// behind it were taken from its reader.
func (z *Reader) Ends() (behind int, ends bool) {
	if _, err := z.Next(1); err != io.EOF {
		return 0, false
	}
	return int(z.nbits>>3) + z.end - z.pos, true
}

// Read implements io.Reader.
func (z *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if z.write == z.read {
		if _, err := z.Next(1); err != nil {
			return 0, err
		}
		z.read--
	}
	n := copy(p, z.out[z.read:z.write])
	z.read += n
	return n, nil
}

// slide moves what is needed still, of the history and of what was not read, to
// the front. Then Next finds read at most at window, so that what it lends ends
// at limit or before.
func (z *Reader) slide() {
	from := min(z.read, max(z.write-window, 0))
	copy(z.out, z.out[from:z.write])
	z.read -= from
	z.write -= from
}

// step goes on until some output was made, a block ended, or input is missing.
func (z *Reader) step() error {
	switch z.state {
	case inStored:
		return z.copyStored()
	case inCodes:
		return z.decode()
	}
	if z.last {
		return io.EOF
	}
	return z.beginBlock()
}

// beginBlock reads the header of a block (3.2.3).
func (z *Reader) beginBlock() error {
	head, err := z.take(3)
	if err != nil {
		return err
	}
	z.last = head&1 != 0
	switch head >> 1 {
	case 0:
		return z.beginStored()
	case 1:
		z.lits, z.dists = fixedTables()
	case 2:
		if err := z.readCodes(); err != nil {
			return err
		}
		z.lits, z.dists = &z.ownLits, &z.ownDists
	default:
		return ErrCorrupt
	}
	z.state = inCodes
	return nil
}

// beginStored reads the length of a stored block, which begins at a whole byte
// (3.2.4).
func (z *Reader) beginStored() error {
	z.bits >>= z.nbits & 7
	z.nbits -= z.nbits & 7
	head, err := z.take(32)
	if err != nil {
		return err
	}
	if uint16(head) != ^uint16(head>>16) {
		return ErrCorrupt
	}
	z.stored = int(uint16(head))
	z.state = inStored
	return nil
}

// copyStored copies of a stored block what there is and fits.
func (z *Reader) copyStored() error {
	for z.nbits > 0 && z.stored > 0 && z.write < z.limit {
		z.out[z.write] = byte(z.bits)
		z.drop(8)
		z.write++
		z.stored--
	}
	if z.stored > 0 && z.nbits == 0 {
		if z.pos == z.end && !z.fill() {
			return z.cutShort()
		}
		n := min(z.stored, z.end-z.pos, z.limit-z.write)
		copy(z.out[z.write:], z.in[z.pos:z.pos+n])
		z.pos += n
		z.write += n
		z.stored -= n
	}
	if z.stored == 0 {
		z.state = atBlock
	}
	return nil
}

// take returns the next n bits, up to 32.
func (z *Reader) take(n uint) (uint32, error) {
	if !z.need(n) {
		return 0, z.cutShort()
	}
	v := uint32(z.bits & (1<<n - 1))
	z.drop(n)
	return v, nil
}

// need fetches bits until there are n, up to 56, and reports whether there are.
func (z *Reader) need(n uint) bool {
	for z.nbits < n {
		if z.pos == z.end && !z.fill() {
			return false
		}
		z.bits |= uint64(z.in[z.pos]) << z.nbits
		z.pos++
		z.nbits += 8
	}
	return true
}

func (z *Reader) drop(n uint) {
	z.bits >>= n
	z.nbits -= n
}

// fill reads more of the stream, behind what is left of the input, and reports
// whether there was any.
func (z *Reader) fill() bool {
	if z.inErr != nil {
		return false
	}
	z.passed += int64(z.pos)
	z.end = copy(z.in, z.in[z.pos:z.end])
	z.pos = 0
	for range 100 {
		n, err := z.r.Read(z.in[z.end:])
		z.end += n
		z.inErr = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	z.inErr = io.ErrNoProgress
	return false
}

// cutShort is the error of a stream whose reader has no more.
func (z *Reader) cutShort() error {
	if z.inErr == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return z.inErr
}
