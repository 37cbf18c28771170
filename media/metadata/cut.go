package metadata

import (
	"fmt"
	"io"
)

// Unused is what the decoder makes nothing of, of a JPEG or a PNG that Strip went over.
// It implements picture.Unused. The zero value is ready to use.
type Unused struct {
	stripper
	data bool
}

// Bytes adds those from start to end, or to the end of the file if that is further. They
// are to follow those that were added before.
func (u *Unused) Bytes(start, end int64) { u.cut(start, end) }

// Data adds what no row of a PNG is made of.
func (u *Unused) Data() { u.data = true }

// None reports whether nothing was added.
func (u *Unused) None() bool { return len(u.edits) == 0 && !u.data }

// CutTo copies the picture in the first size bytes of r to w without what was added, and
// reports whether that makes a difference, as Strip does. A JPEG that loses its end gets
// another one. The error wraps ErrDamaged for bytes in more than some ten thousand
// places, or is that of r or w.
func (u *Unused) CutTo(w io.Writer, r io.ReaderAt, size int64) (changed bool, err error) {
	s := &u.stripper
	s.r, s.size = r, size
	if u.data {
		s.mode = Private // Strip did no less
		err = s.planPNG(true)
	}
	if err == nil && s.tooMany {
		err = fmt.Errorf("%w: unused bytes in more than %d places", ErrDamaged, maxEdits)
	}
	if err != nil {
		return false, fmt.Errorf("cut: %w", err)
	}
	if len(s.edits) == 0 {
		return false, nil
	}
	if last := &s.edits[len(s.edits)-1]; last.end > size {
		last.end, last.with = size, []byte{0xff, markerEOI}
	}
	if err := s.write(w); err != nil {
		return false, fmt.Errorf("cut: %w", err)
	}
	return true, nil
}
