package video

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"math/bits"
)

// element is an EBML element: RFC 8794.
type element struct {
	id               uint32 // with its length marker
	start, body, end int64  // file offsets of header, contents, and what follows
	unknown          bool   // size not told: reaches to its parent's end, or to the next of its kind
	cut              bool   // promises more than its parent holds
}

// element reads the header of the element at off, whose parent reaches to end.
func (r *reader) element(off, end int64) (element, error) {
	if err := r.charge(stepCost); err != nil {
		return element{}, err
	}
	h, err := r.bytes(off, min(12, end-off))
	if err != nil {
		return element{}, err
	}
	id, n := readVint(h, false)
	if n == 0 || n > 4 {
		return element{}, fmt.Errorf("%w: no element at %d", ErrDamaged, off)
	}
	size, m := readVint(h[n:], true)
	if m == 0 {
		return element{}, fmt.Errorf("%w: element %x without size", ErrDamaged, id)
	}
	e := element{id: uint32(id), start: off, body: off + int64(n+m), end: end}
	switch {
	case size == unknownSize(m):
		e.unknown = true
	case size > uint64(end-e.body):
		e.cut = true
	default:
		e.end = e.body + int64(size)
	}
	return e, nil
}

// readVint reads a variable-size integer and returns its length in bytes, 0 if
// there is none. A value is read without the marker of its length, an
// identifier with it.
func readVint(b []byte, value bool) (v uint64, length int) {
	if len(b) == 0 {
		return 0, 0
	}
	length = bits.LeadingZeros8(b[0]) + 1
	if length > 8 || length > len(b) {
		return 0, 0
	}
	for _, c := range b[:length] {
		v = v<<8 | uint64(c)
	}
	if value {
		v &= unknownSize(length)
	}
	return v, length
}

// unknownSize is the value of a size that is not told, in length bytes.
func unknownSize(length int) uint64 { return 1<<(7*length) - 1 }

// elements yields the elements in e, each of which must lie within.
func (r *reader) elements(e element) iter.Seq2[element, error] {
	return func(yield func(element, error) bool) {
		for off := e.body; off < e.end; {
			c, err := r.element(off, e.end)
			if err == nil && (c.unknown || c.cut) {
				err = fmt.Errorf("%w: element %x is larger than element %x around it", ErrDamaged, c.id, e.id)
			}
			if !yield(c, err) || err != nil {
				return
			}
			off = c.end
		}
	}
}

// contents returns the element's contents, at most most bytes.
func (r *reader) contents(e element, most int64) ([]byte, error) {
	if e.end-e.body > most {
		return nil, fmt.Errorf("%w: element %x of %d bytes", ErrDamaged, e.id, e.end-e.body)
	}
	return r.bytes(e.body, e.end-e.body)
}

func (r *reader) unsigned(e element) (uint64, error) {
	c, err := r.contents(e, 8)
	var v uint64
	for _, b := range c {
		v = v<<8 | uint64(b)
	}
	return v, err
}

// readUnsigned stores the element's value.
func (r *reader) readUnsigned(e element, v *uint64) (err error) {
	*v, err = r.unsigned(e)
	return err
}

// readFloat stores the element's value, 0 for one that is no finite number.
func (r *reader) readFloat(e element, v *float64) error {
	c, err := r.contents(e, 8)
	if err != nil {
		return err
	}
	switch len(c) {
	case 4:
		*v = float64(math.Float32frombits(binary.BigEndian.Uint32(c)))
	case 8:
		*v = math.Float64frombits(binary.BigEndian.Uint64(c))
	}
	if math.IsNaN(*v) || math.IsInf(*v, 0) {
		*v = 0
	}
	return nil
}

// readString stores the element's value, which may be padded with zeros.
func (r *reader) readString(e element, v *string) error {
	c, err := r.contents(e, 64)
	c, _, _ = bytes.Cut(c, []byte{0})
	*v = string(c)
	return err
}
