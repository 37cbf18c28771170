package jpeg

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"sync"
)

const (
	// maxBlockBytes bounds what one block can take: each of its 64
	// coefficients has a code of up to 16 bits and up to 15 more.
	maxBlockBytes = 64 * (16 + 15) / 8

	// maxMCUBlocks is the greatest number of blocks in an MCU (B.2.3).
	maxMCUBlocks = 10

	// bitPadding follows the last byte of a segment, so that an MCU that
	// begins within the segment may be read to its end without a check.
	bitPadding = maxMCUBlocks*maxBlockBytes + 16

	bitBufferSize  = 32 << 10
	readBufferSize = 64 << 10 // a whole marker segment fits
)

// bitReader reads the bits of an entropy-coded segment: the bytes from a
// scan header or restart marker up to the next marker, without stuffing.
type bitReader struct {
	r   *bufio.Reader
	err error // of r, other than its end

	buf      []byte // unstuffed; buf[pos:end] is still to be read
	pos, end int
	marker   byte // the marker that ends the segment; 0 until it is met

	// The upper n bits of acc come before buf[pos:]. Bits below them are zero
	// or the first of buf[pos:], so that refilling may set them again.
	acc uint64
	n   uint

	at       int64 // of what comes next in r
	markerAt int64 // of the marker that ends the segment

	unused func(start, end int64) // is told what of segments is left; may be nil
	fills  []fill                 // kept for it
}

// bitBuffers are lent to one decoder after the other.
type bitBuffers struct {
	r   *bufio.Reader
	buf []byte
}

var spareBuffers = sync.Pool{New: func() any {
	return &bitBuffers{bufio.NewReaderSize(nil, readBufferSize), make([]byte, bitBufferSize+bitPadding)}
}}

// newBitReader returns a reader of r, to be closed.
func newBitReader(r io.Reader) bitReader {
	buffers := spareBuffers.Get().(*bitBuffers)
	buffers.r.Reset(r)
	return bitReader{r: buffers.r, buf: buffers.buf}
}

// close ends the reading; r stays open.
func (b *bitReader) close() {
	b.r.Reset(nil)
	spareBuffers.Put(&bitBuffers{b.r, b.buf})
	b.r, b.buf = nil, nil
}

// begin starts a new segment at the reader's position.
func (b *bitReader) begin() {
	b.pos, b.end, b.marker, b.acc, b.n, b.fills = 0, 0, 0, 0, 0, b.fills[:0]
}

// hasPlenty reports whether more is buffered than any MCU takes.
func (b *bitReader) hasPlenty() bool { return b.end-b.pos >= bitPadding }

// ready makes at least one MCU readable. It reports whether the segment still
// has bits.
func (b *bitReader) ready() bool {
	if !b.hasPlenty() && b.marker == 0 {
		b.fill()
	}
	return b.pos*8-int(b.n) < b.end*8
}

// overrun reports whether more bits were taken than the segment has.
func (b *bitReader) overrun() bool {
	return b.pos*8-int(b.n) > b.end*8
}

// nextInterval drops the rest of the segment and begins the one after it, if a
// restart marker stands between them. Reserved markers are passed over.
func (b *bitReader) nextInterval() bool {
	b.skip()
	for b.marker < markerSOF0 {
		b.marker = 0
		b.skip()
	}
	if !isRestart(b.marker) {
		return false
	}
	b.begin()
	return true
}

func isRestart(marker byte) bool { return marker >= markerRST0 && marker <= markerRST7 }

// fill reads on until the buffer is full or the segment ends.
func (b *bitReader) fill() {
	b.moveFills(b.pos)
	b.end = copy(b.buf, b.buf[b.pos:b.end])
	b.pos = 0
	for b.marker == 0 && b.end < bitBufferSize {
		run := b.untilFF(bitBufferSize - b.end)
		b.end += copy(b.buf[b.end:], run)
		b.discard(len(run))
		if len(run) > 0 {
			continue
		}
		if b.afterFF() {
			b.buf[b.end] = 0xff
			b.end++
		} else if b.unused != nil && b.marker == 0 {
			b.noteFill()
		}
	}
	if b.marker != 0 {
		clear(b.buf[b.end : b.end+bitPadding])
	}
}

// skip drops the rest of the segment.
func (b *bitReader) skip() {
	for b.marker == 0 {
		run := b.untilFF(readBufferSize)
		b.discard(len(run))
		if len(run) == 0 {
			b.afterFF()
		}
	}
}

// untilFF returns up to limit bytes that come before the next 0xff, none if
// that is next.
func (b *bitReader) untilFF(limit int) []byte {
	if b.r.Buffered() == 0 {
		if _, err := b.r.Peek(1); err != nil {
			b.fail(err)
			return nil
		}
	}
	run, _ := b.r.Peek(min(limit, b.r.Buffered()))
	if i := bytes.IndexByte(run, 0xff); i >= 0 {
		run = run[:i]
	}
	return run
}

// afterFF reads a 0xff and what belongs to it: nothing but stuffing, and then
// it reports true; fill bytes; or the marker that ends the segment.
func (b *bitReader) afterFF() (stuffed bool) {
	next, err := b.r.Peek(2)
	switch {
	case err != nil:
		b.fail(err)
	case next[1] == 0:
		b.discard(2)
		return true
	case next[1] == 0xff:
		b.discard(1)
	default:
		b.marker, b.markerAt = next[1], b.at
		b.discard(2)
	}
	return false
}

// fail ends the segment where the input ends.
func (b *bitReader) fail(err error) {
	if !errors.Is(err, io.EOF) {
		b.err = err
	}
	b.marker, b.markerAt = markerEOI, b.at
}

// discard drops n bytes that have been peeked at, which cannot fail.
func (b *bitReader) discard(n int) {
	_, _ = b.r.Discard(n)
	b.at += int64(n)
}

// refill makes at least 56 bits ready in acc.
func (b *bitReader) refill() {
	b.acc |= binary.BigEndian.Uint64(b.buf[b.pos:]) >> b.n
	b.pos += int(63-b.n) >> 3
	b.n |= 56
}

// take reads n bits, at most 16, of those that are ready.
func (b *bitReader) take(n uint) int32 {
	v := b.acc >> (64 - n)
	b.acc <<= n
	b.n -= n
	return int32(v)
}

// drop drops n bits, at most 64.
func (b *bitReader) drop(n int) {
	const most = 56
	if n > most {
		b.refill()
		b.acc, b.n, n = b.acc<<most, b.n-most, n-most
	}
	b.refill()
	b.acc, b.n = b.acc<<n, b.n-uint(n)
}

// extend returns the value that s bits v stand for (F.2.2.1).
func extend(v int32, s uint) int32 {
	// The sign is that of v - 2^(s-1), without a branch.
	return v + (v-1<<s>>1)>>31&(-1<<s+1)
}
