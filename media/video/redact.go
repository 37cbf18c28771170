package video

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// File is a video that can be written in place, such as an *os.File.
type File interface {
	io.ReaderAt
	io.WriterAt
}

// Redact overwrites in place what the size bytes of f tell beyond pictures and
// sound, and reports whether that changed a byte. No byte moves: boxes become
// free space, elements become Void, and what they held becomes zeros.
//
// What is not known to be harmless goes: positions, serial numbers, accounts,
// people, comments, previews, XMP, makers' boxes, names of tracks, chapters, tracks
// of time codes and of timed metadata with their samples, whatever lies in free
// space, between samples and behind the end. Titles, descriptions, copyright,
// dates, the names of camera and software, and the 360-degree box of Google stay.
// With all, those words and dates go too.
//
// Pictures, sound, subtitles and the facts that Read gives stay as they are,
// but what cannot be read as boxes or elements goes: in an MP4 all behind it
// too, in a Matroska file all up to the next part that can. f must be a video that Read takes; the error wraps ErrNotVideo or ErrDamaged, or
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
		err = ErrNotVideo
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
	gaps    []stretch // blank as well, and there may be more of them
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

// blankGap overwrites with zeros what lies between samples.
func (r *redaction) blankGap(start, end int64) { r.gaps = append(r.gaps, stretch{start, end}) }

func (r *redaction) write(f File) (changed bool, err error) {
	if len(r.patches) > maxPatches {
		return false, fmt.Errorf("%w: metadata in %d places", ErrDamaged, len(r.patches))
	}
	w := patcher{file: f, fresh: make([]byte, maxHeld), old: make([]byte, maxHeld)}
	for _, p := range r.patches {
		if err := w.write(p); err != nil {
			return w.changed, err
		}
	}
	for _, g := range r.gaps {
		if err := w.write(patch{start: g.start, end: g.end}); err != nil {
			return w.changed, err
		}
	}
	return w.changed, nil
}

// patcher writes where that makes a difference.
type patcher struct {
	file       File
	fresh, old []byte
	changed    bool
}

func (w *patcher) write(p patch) error {
	for off := p.start; off < p.end; {
		n := min(p.end-off, maxHeld)
		b, old := w.fresh[:n], w.old[:n]
		clear(b)
		copy(b, p.with)
		p.with = p.with[min(len(b), len(p.with)):]
		if err := readFull(w.file, old, off); err != nil {
			return err
		}
		if !bytes.Equal(b, old) {
			w.changed = true
			if _, err := w.file.WriteAt(b, off); err != nil {
				return err
			}
		}
		off += n
	}
	return nil
}

// errIsJunk tells that bytes cannot be read as what they should be, which
// ends a list, but not the work.
func errIsJunk(err error) bool {
	return isDamage(err) && !errors.Is(err, io.ErrUnexpectedEOF)
}
