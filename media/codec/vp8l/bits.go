package vp8l

import (
	"encoding/binary"
	"fmt"
)

// bitReader reads numbers whose least bits come first. Behind the end it reads zeros.
type bitReader struct {
	data  []byte
	at    int    // byte to take next
	bits  uint64 // the lowest count bits come next; those above are right or zero
	count uint
}

// filled is how many bits there are at least after fill.
const filled = 56

// fill takes bytes.
func (r *bitReader) fill() {
	if r.at+8 > len(r.data) {
		r.fillAtEnd()
		return
	}
	r.bits |= binary.LittleEndian.Uint64(r.data[r.at:]) << r.count
	r.at += int(63-r.count) >> 3
	r.count |= filled
}

func (r *bitReader) fillAtEnd() {
	for r.count < filled {
		if r.at < len(r.data) {
			r.bits |= uint64(r.data[r.at]) << r.count
		}
		r.at++
		r.count += 8
	}
}

// read returns a number of n bits, 32 at most.
func (r *bitReader) read(n uint) uint32 {
	if r.count < n {
		r.fill()
	}
	v := uint32(r.bits & (1<<n - 1))
	r.bits >>= n
	r.count -= n
	return v
}

// check returns an error when more was read than there is.
func (r *bitReader) check() error {
	if 8*r.at-int(r.count) > 8*len(r.data) {
		return fmt.Errorf("%w: it ends too early", ErrDamaged)
	}
	return nil
}
