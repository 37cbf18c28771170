package form

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

const inputSize = 256 << 10

var inputBuffers = sync.Pool{New: func() any { return new([inputSize]byte) }}

// An input is a window on a body, over one buffer: parsers look at what is in
// the window, decode it where it lies, take it, and ask for more.
type input struct {
	body   io.Reader
	buf    *[inputSize]byte
	lo, hi int   // the window is buf[lo:hi]
	err    error // why there will be no more bytes than those in the window; wrapped, io.EOF bare
}

func newInput(body io.Reader) *input {
	return &input{body: body, buf: inputBuffers.Get().(*[inputSize]byte)}
}

// release gives the buffer back; the input stays usable, as an empty one.
func (in *input) release() {
	if in.buf != nil {
		inputBuffers.Put(in.buf)
	}
	*in = input{err: errClosed}
}

func (in *input) window() []byte {
	if in.buf == nil {
		return nil
	}
	return in.buf[in.lo:in.hi]
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
	in.hi = copy(in.buf[:], in.buf[in.lo:in.hi])
	in.lo = 0
	for range 100 {
		n, err := in.body.Read(in.buf[in.hi:])
		in.hi += n
		in.fail(err)
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
