package clip

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// File is a clip that can be written in place, such as an *os.File.
type File interface {
	io.ReaderAt
	io.WriterAt
}

// Redact overwrites in place what the size bytes of f tell beyond pictures and
// sound, and reports whether that changed a byte. No byte moves: boxes become
// free space, elements become Void, and what they held becomes zeros.
//
// What is not known to be harmless goes: positions, serial numbers, accounts,
// previews, XMP, makers' boxes, tracks of timed metadata with their samples,
// whatever lies in free space and behind the end. Titles, comments, dates, the
// names of camera and software, chapters and the 360-degree box of Google
// stay. With all, those words and dates go too.
//
// Pictures, sound, subtitles and the facts that Read gives stay as they are,
// but what cannot be read as boxes or elements goes: in an MP4 all behind it
// too, in a Matroska file all up to the next part that can. f must be a clip that Read takes; the error wraps ErrNotClip or ErrDamaged, or
// is f's own, and may leave f overwritten in part. What is done is safe to
// repeat. Memory and work are bounded.
func Redact(f File, size int64, all bool) (changed bool, err error) {
	in := newReader(f, size)
	head, err := in.bytes(0, min(12, size))
	if err != nil {
		return false, fmt.Errorf("redact: %w", err)
	}
	r := redaction{in: in, all: all}
	switch {
	case isMovie(head):
		err = r.movie()
	case isMatroska(head):
		err = r.matroska()
	default:
		err = ErrNotClip
	}
	if err == nil {
		changed, err = r.write(f)
	}
	if err != nil {
		return changed, fmt.Errorf("redact: %w", err)
	}
	return changed, nil
}

// maxPatches bounds memory. Neighbours count as one.
const maxPatches = 1 << 16

// redaction gathers what to overwrite.
type redaction struct {
	in      *reader
	all     bool
	patches []patch
}

// patch overwrites the bytes from start to end: with its own ones at first,
// then with zeros.
type patch struct {
	start, end int64
	with       []byte
}

func (r *redaction) patch(start, end int64, with ...byte) {
	if start < end {
		r.patches = append(r.patches, patch{start, end, with})
	}
}

// blank overwrites with zeros.
func (r *redaction) blank(start, end int64) {
	if n := len(r.patches); n > 0 && r.patches[n-1].end == start && start < end {
		r.patches[n-1].end = end
		return
	}
	r.patch(start, end)
}

func (r *redaction) write(f File) (changed bool, err error) {
	if len(r.patches) > maxPatches {
		return false, fmt.Errorf("%w: metadata in %d places", ErrDamaged, len(r.patches))
	}
	buf, old := make([]byte, mostHeld), make([]byte, mostHeld)
	for _, p := range r.patches {
		for off := p.start; off < p.end; {
			b := buf[:min(p.end-off, mostHeld)]
			clear(b)
			copy(b, p.with)
			p.with = p.with[min(len(b), len(p.with)):]
			if err := readFull(f, old[:len(b)], off); err != nil {
				return changed, err
			}
			if !bytes.Equal(b, old[:len(b)]) {
				changed = true
				if _, err := f.WriteAt(b, off); err != nil {
					return changed, err
				}
			}
			off += int64(len(b))
		}
	}
	return changed, nil
}

// errIsJunk tells that bytes cannot be read as what they should be, which
// ends a list, but not the work.
func errIsJunk(err error) bool {
	return isDamage(err) && !errors.Is(err, io.ErrUnexpectedEOF)
}
