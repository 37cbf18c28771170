package png

import (
	"bufio"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"io"
)

// RowBytes returns how many bytes the rows of a picture inflate to, by the content
// of IHDR. The size is given apart, as the frames of an animation have their own.
// The result is 0 for a picture that cannot be.
func RowBytes(ihdr []byte, width, height uint32) int64 {
	if len(ihdr) < 13 {
		return 0
	}
	h := header{width: int(int32(width)), height: int(int32(height)), depth: int(ihdr[8]), colour: ihdr[9], interlaced: ihdr[12] == 1}
	if h.width < 0 || h.height < 0 || h.check() != nil {
		return 0
	}
	total := int64(0)
	for _, p := range h.passes() {
		if p.width > 0 {
			total += int64(p.height) * int64(1+h.rowBytes(p.width))
		}
	}
	return total
}

// DataEnd tells how much of compressed image data is needed for so many bytes of
// rows: the first keep bytes and, where tail is not nil, those of tail behind them,
// so that the data end as zlib wants it. Data that break off or are damaged are
// needed as far as they can be inflated.
//
// open returns the data from their beginning on. They are followed without being
// inflated, but for those that do not end with the rows: their checksum has to be
// computed. The error is that of the readers. Some 50 KB are used, and up to 64 KB
// more for a tail.
func DataEnd(open func() io.Reader, rows int64) (keep int64, tail []byte, err error) {
	src := &source{r: open()}
	f := &follower{in: newBitReader(src), rows: rows}
	more := f.follow()
	if src.err != nil {
		return 0, nil, fmt.Errorf("png: read: %w", src.err)
	}
	if !more {
		return f.keep, nil, nil
	}
	if tail, err = f.tail(open); err != nil {
		return 0, nil, fmt.Errorf("png: read: %w", err)
	}
	return f.keep, tail, nil
}

// follower goes through compressed data (RFC 1950, 1951).
type follower struct {
	in   bitReader
	rows int64 // bytes that are wanted
	made int64 // bytes that the data inflate to, until now
	good int64 // bits of the data that make sense, until now
	keep int64 // bytes of the data that are needed

	last  bool // there is no other block
	coded bool // the block is one of codes, and goes on

	literals, distances *huffman // of the block
	own                 [2]huffman

	stored int64 // where the lengths of a block of bytes stand, that goes on; 0 for none
	used   int   // bytes of it
}

// follow sets what is needed, and reports whether the data go on when all rows
// are there.
func (f *follower) follow() (more bool) {
	if head, ok := f.in.take(16); !ok || !isZlib(byte(head), byte(head>>8)) {
		return false
	}
	f.good = f.in.place()
	for f.made < f.rows {
		if f.last {
			f.keep = f.in.checksum()
			return false
		}
		if !f.block() {
			f.keep = min((f.good+7)/8+readAhead, f.in.seen())
			return false
		}
	}
	switch {
	case f.stored > 0:
		f.keep = f.stored
		return true
	case f.coded && f.literals.endBits == 0: // the block cannot end
		f.keep = (f.good + 7) / 8
		return false
	}
	f.keep = f.good / 8
	return !f.ends()
}

// readAhead is how many bytes behind the last code some decoders want to see.
const readAhead = 2

// isZlib reports whether two bytes begin what can be inflated (RFC 1950, 2.2).
func isZlib(method, flags byte) bool {
	return method&15 == 8 && flags&0x20 == 0 && (int(method)<<8|int(flags))%31 == 0
}

// Types of blocks (RFC 1951, 3.2.3).
const (
	blockStored  = 0
	blockFixed   = 1
	blockDynamic = 2
)

// block goes through a block until it ends or the rows do. It is false where the
// data make no sense before that.
func (f *follower) block() bool {
	head, ok := f.in.take(3)
	if !ok {
		return false
	}
	f.last = head&1 != 0
	switch head >> 1 {
	case blockStored:
		return f.bytes()
	case blockFixed:
		f.literals, f.distances = &fixedLiterals, &fixedDistances
	case blockDynamic:
		if !f.tables() {
			return false
		}
	default:
		return false
	}
	f.coded = true
	return f.codes()
}

// bytes goes through a block of bytes as they are (3.2.4).
func (f *follower) bytes() bool {
	f.in.align()
	at := f.in.place() / 8
	lengths, ok := f.in.take(32)
	if n := lengths & 0xffff; !ok || n^lengths>>16 != 0xffff {
		return false
	}
	size := int64(lengths & 0xffff)
	needed := min(size, f.rows-f.made)
	skipped := f.in.skip(needed)
	f.made += skipped
	f.good = f.in.place()
	if skipped == needed && needed < size {
		f.stored, f.used = at, int(needed)
	}
	return skipped == needed
}

// maxEmpty is how many blocks without content may follow the rows: writers end
// their data with one or two.
const maxEmpty = 4

// ends goes through what follows the rows, and reports whether that is the end of
// the data, or where they break off.
func (f *follower) ends() bool {
	end, ok, last := true, true, f.last
	if f.coded {
		f.in.refill()
		code := f.literals.find(f.in.acc)
		ok = uint(code&15) <= f.in.n && (code != 0 || f.in.n >= maxCodeBits)
		if end = code&kindMask == kindEnd || !ok; end && ok {
			f.in.drop(uint(code & 15))
		}
	}
	for range maxEmpty {
		if last || !ok || !end {
			break
		}
		last, end, ok = f.emptyBlock()
	}
	if !end || ok && !last {
		return false
	}
	f.keep = f.in.checksum()
	return true
}

// emptyBlock reports whether a block without content comes next, if all of it is
// there, and whether it is the last one.
func (f *follower) emptyBlock() (last, empty, ok bool) {
	head, ok := f.in.take(3)
	last = head&1 != 0
	if !ok || head>>1 != blockStored {
		const end = 0 // of a block of fixed codes
		code, ok := f.in.take(7)
		return last, !ok || head>>1 == blockFixed && code == end, ok
	}
	f.in.align()
	lengths, ok := f.in.take(32)
	return last, !ok || lengths == 0xffff0000, ok
}

// tail is what ends the data where the rows do.
func (f *follower) tail(open func() io.Reader) ([]byte, error) {
	sum, err := f.sum(open())
	if err != nil {
		return nil, err
	}
	w := bitWriter{}
	if f.stored > 0 {
		block := make([]byte, 4+f.used)
		if _, err := io.ReadFull(skipped(open(), f.stored), block); err != nil {
			return nil, err
		}
		binary.LittleEndian.PutUint16(block, uint16(f.used))
		binary.LittleEndian.PutUint16(block[2:], ^uint16(f.used))
		w.bytes = block
	} else if n := uint(f.good % 8); n > 0 {
		first := make([]byte, 1)
		if _, err := io.ReadFull(skipped(open(), f.good/8), first); err != nil {
			return nil, err
		}
		w.put(uint64(first[0])&(1<<n-1), n)
	}
	if f.coded {
		w.put(f.literals.endCode, f.literals.endBits)
	}
	if !f.last {
		const lastFixed, end = 1 | blockFixed<<1, 0
		w.put(lastFixed, 3)
		w.put(end, 7)
	}
	return binary.BigEndian.AppendUint32(w.close(), sum), nil
}

// sum inflates the data as far as they are needed, and returns their checksum.
func (f *follower) sum(r io.Reader) (uint32, error) {
	src := &source{r: r}
	z := flate.NewReader(skipped(src, 2))
	defer z.Close()
	sum := adler32.New()
	if _, err := io.CopyN(sum, z, f.made); src.err != nil || err == nil {
		return sum.Sum32(), src.err
	}
	return sum.Sum32(), nil // what zlib takes and Go does not
}

// skipped returns a reader behind its first n bytes.
func skipped(r io.Reader, n int64) *bufio.Reader {
	b := bufio.NewReader(r)
	_, _ = io.CopyN(io.Discard, b, n) // what follows is read, and tells the error
	return b
}

// bitWriter writes bits, the lowest first (3.1.1).
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
