package process

import (
	"crypto/md5"
	"encoding"
	"hash"
	"slices"
)

// resumableMD5 is an MD5 of which states on the way are kept, so that that of the
// bytes with a change in them need not begin anew.
type resumableMD5 struct {
	hash.Hash
	size  int64 // bytes so far
	every int64 // bytes from one mark to the next, at least
	marks []md5Mark
}

type md5Mark struct {
	size  int64
	state []byte
}

const (
	firstMarkEvery = 1 << 20
	maxMarks       = 64 // which are 8 KB
)

func newResumableMD5() *resumableMD5 {
	return &resumableMD5{Hash: md5.New(), every: firstMarkEvery}
}

// Write implements io.Writer. It never fails.
func (r *resumableMD5) Write(p []byte) (int, error) {
	r.Hash.Write(p)
	r.size += int64(len(p))
	last := int64(0)
	if n := len(r.marks); n > 0 {
		last = r.marks[n-1].size
	}
	if r.size-last >= r.every {
		r.mark()
	}
	return len(p), nil
}

func (r *resumableMD5) mark() {
	state, err := r.Hash.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return // the marks before do as well
	}
	if len(r.marks) == maxMarks {
		odd := false
		r.marks = slices.DeleteFunc(r.marks, func(md5Mark) bool { odd = !odd; return odd })
		r.every *= 2
	}
	r.marks = append(r.marks, md5Mark{r.size, state})
}

// before returns a digest of the first bytes, and of how many: as many of them as
// can be had, and not more than size.
func (r *resumableMD5) before(size int64) (hash.Hash, int64) {
	h := md5.New()
	for _, m := range slices.Backward(r.marks) {
		if m.size <= size && h.(encoding.BinaryUnmarshaler).UnmarshalBinary(m.state) == nil {
			return h, m.size
		}
	}
	return h, 0
}
