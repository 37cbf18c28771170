package metadata

import (
	"fmt"
	"io"
)

// Unused are bytes of a JPEG that its picture is not made of. The zero value is
// ready to use.
type Unused struct{ stripper }

// Note adds the bytes from start to end, or to the end of the file if that is
// further. They are to follow those that were noted before.
func (u *Unused) Note(start, end int64) { u.cut(start, end) }

// None reports whether nothing was noted.
func (u *Unused) None() bool { return len(u.edits) == 0 }

// CutTo copies the JPEG in the first size bytes of r to w without the bytes. One that
// loses its end gets another. The error wraps ErrDamaged for bytes in more than some
// ten thousand places, or is that of r or w.
func (u *Unused) CutTo(w io.Writer, r io.ReaderAt, size int64) error {
	if u.tooMany {
		return fmt.Errorf("cut: %w: unused bytes in more than %d places", ErrDamaged, maxEdits)
	}
	u.r, u.size = r, size
	if last := &u.edits[len(u.edits)-1]; last.end > size {
		last.end, last.with = size, []byte{0xff, markerEOI}
	}
	if err := u.write(w); err != nil {
		return fmt.Errorf("cut: %w", err)
	}
	return nil
}
