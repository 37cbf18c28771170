package form

import (
	"bytes"
	"io"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// WithoutBOM reads r without a byte order mark at its beginning. Editors on Windows
// write such marks.
func WithoutBOM(r io.Reader) io.Reader { return &unmarked{r: r} }

type unmarked struct {
	r    io.Reader
	head []byte // read already
	err  error  // behind the head
	open bool
}

func (u *unmarked) Read(p []byte) (int, error) {
	if !u.open {
		u.open = true
		u.head = make([]byte, len(byteOrderMark))
		var n int
		n, u.err = io.ReadFull(u.r, u.head)
		if u.err == io.ErrUnexpectedEOF && n > 0 {
			u.err = nil // the next Read tells whether it is one
		}
		u.head = bytes.TrimPrefix(u.head[:n], byteOrderMark)
	}
	if len(u.head) > 0 {
		n := copy(p, u.head)
		u.head = u.head[n:]
		return n, nil
	}
	if u.err != nil {
		return 0, u.err
	}
	return u.r.Read(p)
}
