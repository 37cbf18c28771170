package form

import (
	"fmt"
	"io"
)

// Field is one name and value of a request.
type Field struct {
	Name        string // as sent, "tags[]" with its brackets; may be empty, may be invalid UTF-8
	Filename    string // the client's name for the file, whole, with any folders in it; may be invalid UTF-8
	ContentType string // of the part, as sent; "" when absent
	IsFile      bool   // the part had a filename parameter, even an empty one
	InQuery     bool

	keepPlus bool
	value    stream
}

// Read reads the decoded value. The Field is valid until the next call of Next. Read
// returns io.EOF at the end of the value. If the body ends earlier, it returns the
// bytes that arrived, then an error that wraps io.ErrUnexpectedEOF.
func (f *Field) Read(p []byte) (int, error) { return f.value.Read(p) }

// WriteTo writes the rest of the value to w, straight from the buffer of the
// Reader and in runs as large as they arrived, so io.Copy needs no buffer of
// its own.
func (f *Field) WriteTo(w io.Writer) (int64, error) { return f.value.WriteTo(w) }

// String returns the rest of the value, or the beginning of it and an error:
// ErrFieldTooLarge if there are more than limit bytes, else that of Read.
func (f *Field) String(limit int64) (string, error) {
	text, err := io.ReadAll(io.LimitReader(&f.value, limit+1))
	if int64(len(text)) > limit {
		return string(text[:limit]), fmt.Errorf("%w: %q has more than %d bytes", ErrFieldTooLarge, f.Name, limit)
	}
	return string(text), err
}

// KeepPlus makes "+" in a urlencoded value stand for itself, not for a space.
// It is meant for base64 texts, since clients forget to escape "+". Call it before
// the first Read. It has no effect on values that are not urlencoded.
func (f *Field) KeepPlus() { f.keepPlus = true }

// A stream gives the bytes of a value out of runs of bytes that are decoded
// where they lie.
type stream struct {
	next func() ([]byte, error) // the next run, valid until the call after; io.EOF at the end
	rest []byte                 // of the run before
	err  error
}

func (s *stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.fill(); err != nil {
		return 0, err
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *stream) WriteTo(w io.Writer) (written int64, err error) {
	for {
		if err := s.fill(); err == io.EOF {
			return written, nil
		} else if err != nil {
			return written, err
		}
		n, err := w.Write(s.rest)
		s.rest = s.rest[n:]
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
}

// fill makes sure that rest is not empty, or returns why it stays so.
func (s *stream) fill() error {
	for len(s.rest) == 0 {
		if s.err != nil {
			return s.err
		}
		s.rest, s.err = s.next()
	}
	return nil
}

// close makes every further read fail: the bytes now belong to another value.
func (s *stream) close() {
	s.rest, s.err = nil, errClosed
}

// text returns a stream of a value that is in memory.
func text(value string) stream {
	return stream{rest: []byte(value), err: io.EOF}
}
