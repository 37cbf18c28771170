package process

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"testing"
)

// Wherever a change begins, the digest goes on from a mark before it; however
// much was written, marks are few.
func TestMD5IsResumed(t *testing.T) {
	const size, piece = 150 << 20, 700_000
	r, zeros := newResumableMD5(), make([]byte, piece)
	for r.size < size {
		r.Write(zeros)
	}
	if len(r.marks) > maxMarks || len(r.marks) < maxMarks/2 {
		t.Fatalf("%d marks for %d bytes", len(r.marks), size)
	}
	for _, offset := range []int64{0, piece, 5 << 20, size / 2, r.size - 1, r.size} {
		h, n := r.before(offset)
		if n > offset || offset-n > 4*firstMarkEvery {
			t.Errorf("before %d: resumed at %d", offset, n)
		}
		h.Write([]byte("changed"))
		whole := md5.New()
		for left := n; left > 0; left -= piece {
			whole.Write(zeros[:min(left, piece)])
		}
		whole.Write([]byte("changed"))
		if got, want := h.Sum(nil), whole.Sum(nil); !bytes.Equal(got, want) {
			t.Errorf("before %d: got %s, want %s", offset, hex.EncodeToString(got), hex.EncodeToString(want))
		}
	}
}
