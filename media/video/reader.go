package video

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	workBudget = 32 << 20 // bytes that may be read of headers and indexes
	stepCost   = 16       // what a header or a sample costs, read ahead or not

	jumpAhead = 512      // bytes read after a jump
	maxAhead  = 4096     // bytes read at once when going straight on
	maxHeld   = 16 << 10 // bytes of a stretch that is read at once
)

// errBudget is told apart because what was found until then may still serve.
var errBudget = fmt.Errorf("%w: headers and indexes without end", ErrDamaged)

// reader hands out small pieces of a file through a buffer. It reads ahead
// more while it goes straight on, and never more in all than its budget.
type reader struct {
	src    io.ReaderAt
	size   int64
	budget *int64 // shared by the readers of one call

	buf   []byte // the bytes at offset at
	at    int64
	ahead int
}

func newReader(src io.ReaderAt, size int64) *reader {
	budget := int64(workBudget)
	return &reader{src: src, size: size, budget: &budget}
}

// fork returns a reader of the same file and budget at another place.
func (r *reader) fork() *reader {
	return &reader{src: r.src, size: r.size, budget: r.budget}
}

// renew returns a reader of the same file with a budget of its own.
func (r *reader) renew() *reader { return newReader(r.src, r.size) }

// isDamage tells an error that lies in the bytes and does not end all work.
func isDamage(err error) bool { return errors.Is(err, ErrDamaged) && !errors.Is(err, errBudget) }

// bytes returns the n bytes at offset off, at most maxAhead. They are valid
// until the next call.
func (r *reader) bytes(off, n int64) ([]byte, error) {
	if off < 0 || n > maxAhead || off > r.size-n {
		return nil, fmt.Errorf("%w: %d bytes wanted at %d of %d", ErrDamaged, n, off, r.size)
	}
	if off < r.at || off+n > r.at+int64(len(r.buf)) {
		if err := r.fill(off, int(n)); err != nil {
			return nil, err
		}
	}
	return r.buf[off-r.at:][:n], nil
}

func (r *reader) fill(off int64, n int) error {
	if r.ahead > 0 && off >= r.at && off <= r.at+int64(len(r.buf)) {
		r.ahead = min(2*r.ahead, maxAhead)
	} else {
		r.ahead = jumpAhead
	}
	n = int(min(int64(max(n, r.ahead)), r.size-off))
	if err := r.charge(int64(n)); err != nil {
		return err
	}
	if cap(r.buf) < n {
		r.buf = make([]byte, 0, max(n, maxAhead/2))
	}
	r.buf, r.at = r.buf[:n], off
	if err := readFull(r.src, r.buf, off); err != nil {
		r.buf = r.buf[:0]
		return err
	}
	return nil
}

// hold reads the bytes from start to end at once if they are few.
func (r *reader) hold(start, end int64) error {
	if n := end - start; n <= maxHeld && start+n > r.at+int64(len(r.buf)) {
		return r.fill(start, int(n))
	}
	return nil
}

// charge takes work from the budget.
func (r *reader) charge(n int64) error {
	if *r.budget -= n; *r.budget < 0 {
		return errBudget
	}
	return nil
}

// copy returns a copy of the n bytes at off, if there are no more than most.
func (r *reader) copy(off, n, most int64) ([]byte, error) {
	if off < 0 || n < 0 || n > most || off > r.size-n {
		return nil, fmt.Errorf("%w: %d bytes wanted at %d of %d, at most %d", ErrDamaged, n, off, r.size, most)
	}
	p := make([]byte, n)
	return p, readFull(r.src, p, off)
}

func (r *reader) uint32(off int64) (uint32, error) {
	b, err := r.bytes(off, 4)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(b), nil
}

// readFull fills p from offset off. A file shorter than promised is damaged;
// any other error is the source's own.
func readFull(src io.ReaderAt, p []byte, off int64) error {
	n, err := src.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", ErrDamaged, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("read video: %w", err)
}
