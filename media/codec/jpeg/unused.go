package jpeg

import (
	"bytes"
	"image"
	"io"
	"math"
)

// DecodeUnused decodes as DecodeScaled does, and tells in their order of the bytes
// that the picture is not made of: those between the last block of a scan, or of an
// interval between restart markers, and the marker behind it; and where damage ends
// the picture, all from there on, with an end of ToEnd. Offsets are those in r. Scans
// that DecodeScaled passes over are read, which makes a progressive picture finer. It
// tells nothing of segments, nor of what follows the end of the picture.
func DecodeUnused(r io.Reader, minWidth, minHeight int, maxBytes int64, unused func(start, end int64)) (image.Image, error) {
	d := newDecoder(r)
	defer d.bits.close()
	d.bits.unused = unused
	return d.decode(minWidth, minHeight, maxBytes)
}

// ToEnd is where bytes end that go on to the end of a file.
const ToEnd = math.MaxInt64

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

// leave drops the rest of the segment, with reserved markers, and behind the last of a
// scan all up to a marker that decoders heed. It tells where that was.
func (d *decoder) leave(last bool) {
	b := &d.bits
	if b.unused == nil {
		return
	}
	start, more := b.place()
	b.skip()
	for b.marker < markerSOF0 || last && !heeded(b.marker) {
		b.marker, more = 0, true
		b.skip()
	}
	if more && start < b.markerAt {
		b.unused(start, b.markerAt)
	}
}

// leaveAll tells that the picture ends in front of a marker that makes no sense.
func (b *bitReader) leaveAll(at int64) {
	if b.unused != nil {
		b.unused(at, ToEnd)
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
