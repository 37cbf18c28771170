package video

import (
	"encoding/binary"
	"fmt"
	"iter"
)

// fourCC is a four-character code.
type fourCC [4]byte

func (c fourCC) String() string { return string(c[:]) }

// box is a box of an ISO base media file, an atom in QuickTime's words.
type box struct {
	kind             fourCC
	start, body, end int64 // file offsets of header, contents, and what follows
	cut              bool  // promises more than its parent holds
}

// boxes yields the boxes from start to end. A box that promises more than
// there is comes last, cut to end.
func (r *reader) boxes(start, end int64) iter.Seq2[box, error] {
	return func(yield func(box, error) bool) {
		for off := start; end-off >= 8; {
			b, err := r.box(off, end)
			// QuickTime may close a list with a zero.
			if err == nil && b.kind == (fourCC{}) && b.end == end {
				return
			}
			if !yield(b, err) || err != nil {
				return
			}
			off = b.end
		}
	}
}

// box reads the header of the box at off.
func (r *reader) box(off, end int64) (box, error) {
	if err := r.charge(stepCost); err != nil {
		return box{}, err
	}
	h, err := r.bytes(off, 8)
	if err != nil {
		return box{}, err
	}
	b := box{kind: fourCC(h[4:8]), start: off, body: off + 8}
	size := uint64(binary.BigEndian.Uint32(h))
	switch size {
	case 0:
		size = uint64(end - off)
	case 1:
		if h, err = r.bytes(off+8, 8); err != nil {
			return box{}, err
		}
		b.body, size = off+16, binary.BigEndian.Uint64(h)
	}
	if size < uint64(b.body-off) || b.body > end {
		return box{}, fmt.Errorf("%w: box %q of %d bytes", ErrDamaged, b.kind, size)
	}
	b.cut = size > uint64(end-off)
	b.end = off + int64(min(size, uint64(end-off)))
	return b, nil
}

// children yields the boxes in b, of which none may be cut.
func (r *reader) children(b box) iter.Seq2[box, error] {
	return func(yield func(box, error) bool) {
		for c, err := range r.boxes(b.body, b.end) {
			if err == nil && c.cut {
				err = fmt.Errorf("%w: box %q is larger than box %q around it", ErrDamaged, c.kind, b.kind)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// head returns the first n bytes of the box's contents.
func (r *reader) head(b box, n int64) ([]byte, error) {
	if b.end-b.body < n {
		return nil, fmt.Errorf("%w: box %q of %d bytes", ErrDamaged, b.kind, b.end-b.start)
	}
	return r.bytes(b.body, n)
}

// versioned returns the contents of a full box whose layout depends on its
// version: the first short bytes for version 0, long for version 1.
func (r *reader) versioned(b box, short, long int64) (contents []byte, version byte, err error) {
	h, err := r.head(b, 1)
	if err != nil {
		return nil, 0, err
	}
	version = h[0]
	if version > 0 {
		short = long
	}
	contents, err = r.head(b, short)
	return contents, version, err
}

// table is a table of fixed-size entries in a box.
type table struct {
	start  int64 // file offset of the first entry
	stride int64 // bytes of an entry
	count  uint32
}

// table returns the table whose entry count stands at offset at of the box's
// contents and whose entries follow it. A box that is absent has none.
func (r *reader) table(b box, at, stride int64) (table, error) {
	if b.end == 0 {
		return table{}, nil
	}
	h, err := r.head(b, at+4)
	if err != nil {
		return table{}, err
	}
	t := table{start: b.body + at + 4, stride: stride, count: binary.BigEndian.Uint32(h[at:])}
	if int64(t.count) > (b.end-t.start)/stride {
		return table{}, fmt.Errorf("%w: box %q has no room for %d entries", ErrDamaged, b.kind, t.count)
	}
	return t, nil
}

// entry returns entry i of the table.
func (r *reader) entry(t table, i uint32) ([]byte, error) {
	return r.bytes(t.start+int64(i)*t.stride, t.stride)
}
