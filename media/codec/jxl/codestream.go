package jxl

import (
	"errors"
	"io"

	"postern/media/codec/heif"
)

// codestream returns the codestream of a file as a file of its own, and its length.
func codestream(r io.ReaderAt, size int64) (io.ReaderAt, int64, error) {
	bare, err := isBare(r, size)
	if err != nil || bare {
		return r, size, err
	}
	j := joined{r: r}
	err = heif.Boxes(r, size, func(b heif.Box) error {
		switch b.Kind {
		case "jxlp": // a part, behind its number
			j.add(part{b.Offset + 4, max(b.Length-4, 0)})
		case "jxlc":
			j.add(part{b.Offset, b.Length})
		}
		return nil
	})
	if errors.Is(err, heif.ErrDamaged) {
		err = nil // what comes before it counts
	}
	return &j, j.size, err
}

// joined reads parts of a file as one.
type joined struct {
	r     io.ReaderAt
	parts []part
	size  int64
}

type part struct{ offset, length int64 }

func (j *joined) add(p part) { j.parts, j.size = append(j.parts, p), j.size+p.length }

// ReadAt implements io.ReaderAt.
func (j *joined) ReadAt(b []byte, offset int64) (n int, err error) {
	for _, p := range j.parts {
		if offset >= p.length {
			offset -= p.length
			continue
		}
		k := min(int64(len(b)-n), p.length-offset)
		if got, err := j.r.ReadAt(b[n:n+int(k)], p.offset+offset); got < int(k) {
			return n + got, err
		}
		n, offset = n+int(k), 0
		if n == len(b) {
			return n, nil
		}
	}
	return n, io.EOF
}
