package jpeg

import (
	"bytes"
	"fmt"
	"io"
)

// Unused visits the bytes of coded data that no block is read from: those between
// the last block of a scan, or of an interval between restart markers, and the
// marker behind it. Offsets are those in r. It visits nothing of a scan that
// cannot be decoded, nor of any behind that. The errors are those of DecodeScaled.
//
// The memory used is a byte a block, and eleven of a progressive picture, but never
// more than maxBytes.
func Unused(r io.Reader, maxBytes int64, visit func(start, end int64)) error {
	d := newDecoder(r)
	defer d.bits.close()
	d.bits.unused = visit
	if err := d.readHeader(); err != nil {
		return err
	}
	f := &d.frame
	f.chooseScale(1, 1)
	f.complete = true
	if n := f.memory(); n > maxBytes {
		return fmt.Errorf("%w: the blocks of %dx%d pixels need %d bytes", ErrTooLarge, f.width, f.height, n)
	}
	f.allocate()
	return d.readScans()
}

// fill is where fill bytes stood before a byte of the buffer, and how many.
type fill struct{ at, count int }

// noteFill keeps that a fill byte was dropped.
func (b *bitReader) noteFill() {
	if n := len(b.fills); n > 0 && b.fills[n-1].at == b.end {
		b.fills[n-1].count++
		return
	}
	b.fills = append(b.fills, fill{b.end, 1})
}

// moveFills follows the buffer, of which the first bytes are dropped.
func (b *bitReader) moveFills(dropped int) {
	kept := b.fills[:0]
	for _, f := range b.fills {
		if f.at >= dropped {
			kept = append(kept, fill{f.at - dropped, f.count})
		}
	}
	b.fills = kept
}

// leave drops the rest of the segment, and tells where that was. Behind the last
// segment of a scan it drops all up to a marker that decoders heed.
func (d *decoder) leave(last bool) {
	b := &d.bits
	if b.unused == nil {
		return
	}
	start, more := b.place()
	b.skip()
	for last && !heeded(b.marker) {
		b.marker, more = 0, true
		b.skip()
	}
	if more && start < b.markerAt {
		b.unused(start, b.markerAt)
	}
}

// place is where the first byte stands that nothing was read from, and whether
// there is one, besides fill, before the marker.
func (b *bitReader) place() (at int64, more bool) {
	used := min((b.pos*8-int(b.n)+7)/8, b.end)
	left := b.buf[used:b.end]
	if at = b.at; b.marker != 0 {
		at = b.markerAt
	}
	at -= int64(len(left) + bytes.Count(left, []byte{0xff}))
	for _, f := range b.fills {
		if f.at >= used {
			at -= int64(f.count)
		}
	}
	return at, b.marker == 0 || len(left) > 0
}
