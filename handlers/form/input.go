package form

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
)

// An input is a window on a body, over one buffer: parsers look at what is in
// the window, decode it where it lies, take it, and ask for more.
type input struct {
	body   io.Reader
	buf    *buffer
	lo, hi int   // the window is buf[lo:hi]
	filled int   // reads in a row that have filled the buffer
	drops  int   // reads in a row of less than half a small buffer
	err    error // why there will be no more bytes than those in the window; wrapped, io.EOF bare
}

func newInput(body io.Reader) *input {
	return &input{body: body, buf: smallBuffer()}
}

// release gives the buffer back; the input stays usable, as an empty one.
func (in *input) release() {
	if in.buf != nil {
		in.buf.release()
	}
	*in = input{err: errClosed}
}

func (in *input) window() []byte {
	if in.buf == nil {
		return nil
	}
	return in.buf.bytes[in.lo:in.hi]
}

// take removes the first n bytes of the window. They stay intact until the
// next call of more.
func (in *input) take(n int) { in.lo += n }

// more adds at least one byte to the window, or returns why it cannot. The
// parsers' limits keep a window that needs more from filling the buffer.
func (in *input) more() error {
	if in.err != nil {
		return in.err
	}
	in.makeRoom()
	for range 100 {
		n, err := in.body.Read(in.buf.bytes[in.hi:])
		in.hi += n
		in.fail(err)
		in.note(n)
		if n > 0 {
			return nil
		}
		if in.err != nil {
			return in.err
		}
	}
	in.fail(io.ErrNoProgress)
	return in.err
}

// makeRoom moves the window to the front of the buffer that suits it: a larger
// one when it fills this one, or when the sender is fast and there is one to
// spare; a small one again when a fast sender has become slow. A large one takes
// any window, which the parsers' limits bound.
func (in *input) makeRoom() {
	old, window := in.buf, in.window()
	switch {
	case len(window) == len(old.bytes):
		in.buf = old.grown()
	case in.filled >= fastReads && !old.spare:
		in.buf, in.filled = cmp.Or(largeBuffer(), old), 0
	case in.drops >= slowReads && len(old.bytes) > smallSize && len(window) < smallSize/2:
		in.buf = smallBuffer()
	}
	in.lo, in.hi = 0, copy(in.buf.bytes, window)
	if in.buf != old {
		old.release()
	}
}

// note remembers how a read went.
func (in *input) note(n int) {
	if in.filled++; in.hi < len(in.buf.bytes) {
		in.filled = 0
	}
	if in.drops++; n >= smallSize/2 {
		in.drops = 0
	}
}

func (in *input) fail(err error) {
	if err != nil && err != io.EOF {
		err = fmt.Errorf("read form: %w", err)
	}
	in.err = err
}

// mustHave is more, for where the body may not end: io.EOF becomes an error
// that wraps io.ErrUnexpectedEOF.
func (in *input) mustHave() error {
	err := in.more()
	if err == io.EOF {
		return fmt.Errorf("read form: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// line takes one line of at most limit bytes and returns it with its line end,
// valid until the next call of more. A longer one is ErrHeaderTooLarge.
func (in *input) line(limit int) ([]byte, error) {
	for {
		w := in.window()
		if i := bytes.IndexByte(w[:min(len(w), limit)], '\n'); i >= 0 {
			in.take(i + 1)
			return w[:i+1], nil
		}
		if len(w) >= limit {
			return nil, ErrHeaderTooLarge
		}
		if err := in.mustHave(); err != nil {
			return nil, err
		}
	}
}
