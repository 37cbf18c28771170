package video

import (
	"fmt"
)

// frames returns how many frames the block has.
func (b block) frames(in *reader) (int64, error) {
	if b.lacing == lacingNone {
		return 1, nil
	}
	c, err := in.bytes(b.body, min(1, b.end-b.body))
	if err != nil {
		return 0, err
	}
	if len(c) == 0 {
		return 0, fmt.Errorf("%w: empty block", ErrDamaged)
	}
	return int64(c[0]) + 1, nil
}

// lace returns the sizes of the block's frames, in the memory of sizes, and
// the file offset of the first: RFC 9559, 10.3.
func (b block) lace(in *reader, sizes []int64) (_ []int64, off int64, err error) {
	if b.lacing == lacingNone {
		return append(sizes[:0], b.end-b.body), b.body, nil
	}
	n, err := b.frames(in)
	if err != nil {
		return nil, 0, err
	}
	if err := in.charge(n * stepCost); err != nil {
		return nil, 0, err
	}
	l := laceReader{in: in, off: b.body + 1, end: b.end}
	sizes = sizes[:0]
	var sum int64
	for i := range n - 1 {
		size, err := l.size(b.lacing, i == 0, n)
		if err != nil {
			return nil, 0, fmt.Errorf("lacing: %w", err)
		}
		if sum += size; size < 0 || sum > b.end-b.body {
			return nil, 0, fmt.Errorf("%w: frames larger than their block", ErrDamaged)
		}
		sizes = append(sizes, size)
	}
	last := b.end - l.off - sum
	if last < 0 {
		return nil, 0, fmt.Errorf("%w: frames larger than their block", ErrDamaged)
	}
	return append(sizes, last), l.off, nil
}

// laceReader reads the sizes at the head of a laced block.
type laceReader struct {
	in       *reader
	off, end int64
	previous int64
}

// size reads the size of a frame of n.
func (l *laceReader) size(lacing byte, first bool, n int64) (int64, error) {
	switch lacing {
	case lacingXiph:
		return l.xiph()
	case lacingFixed:
		return (l.end - l.off) / n, nil
	}
	return l.ebml(first)
}

// xiph reads a size that is the sum of bytes up to the first below 255.
func (l *laceReader) xiph() (int64, error) {
	var size int64
	for {
		if l.off >= l.end {
			return 0, ErrDamaged
		}
		c, err := l.in.bytes(l.off, 1)
		if err != nil {
			return 0, err
		}
		l.off++
		size += int64(c[0])
		if c[0] < 255 {
			return size, nil
		}
	}
}

// ebml reads a size that is told by its difference from the one before.
func (l *laceReader) ebml(first bool) (int64, error) {
	h, err := l.in.bytes(l.off, min(8, l.end-l.off))
	if err != nil {
		return 0, err
	}
	v, n := readVint(h, true)
	if n == 0 {
		return 0, ErrDamaged
	}
	l.off += int64(n)
	if !first {
		v -= unknownSize(n) >> 1 // half the range is below 0
	}
	l.previous += int64(v)
	return l.previous, nil
}
