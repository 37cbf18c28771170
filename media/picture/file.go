package picture

import (
	"context"
	"fmt"
	"io"
)

// windowBytes is how much of a file is held at once while its headers are read.
const windowBytes = 4096

// maxSteps bounds a walk over segments, chunks or boxes. Real files have less
// than a hundred before their picture data.
const maxSteps = 1 << 13

// file reads small pieces of a file through a window, so that a walk over many
// small blocks does not cost a read each.
type file struct {
	r      io.ReaderAt
	size   int64
	ctx    context.Context // of decoding
	unused Unused          // see DecodeUnused; may be nil
	window []byte
	start  int64 // of the window in the file
	steps  int
}

func newFile(r io.ReaderAt, size int64) *file { return &file{r: r, size: size} }

// at returns the n bytes at the offset, n being windowBytes at most. They are
// valid until the next call. The error wraps ErrDamaged when the file ends
// before them, else it is that of the reader.
func (f *file) at(offset int64, n int) ([]byte, error) {
	if offset < 0 || offset > f.size-int64(n) {
		return nil, fmt.Errorf("%w: ends before its header does", ErrDamaged)
	}
	if offset < f.start || offset+int64(n) > f.start+int64(len(f.window)) {
		if err := f.load(offset); err != nil {
			return nil, err
		}
	}
	i := int(offset - f.start)
	return f.window[i : i+n : i+n], nil
}

// step counts the segments, chunks or boxes that are looked at. More than
// maxSteps of them are an error.
func (f *file) step() error {
	if f.steps++; f.steps > maxSteps {
		return fmt.Errorf("%w: no picture in the first %d parts", ErrDamaged, maxSteps)
	}
	return nil
}

func (f *file) load(offset int64) error {
	if f.window == nil {
		f.window = make([]byte, windowBytes)
	}
	f.window = f.window[:min(windowBytes, f.size-offset)]
	f.start = offset
	n, err := f.r.ReadAt(f.window, offset)
	if n < len(f.window) {
		f.window = f.window[:0]
		return fmt.Errorf("read at %d: %w", offset, err)
	}
	return nil
}

// section returns the length bytes at the offset, fewer where the file ends.
func (f *file) section(offset, length int64) *io.SectionReader {
	offset = min(offset, f.size)
	return io.NewSectionReader(f.r, offset, min(length, f.size-offset))
}

// read returns a copy of the length bytes at the offset, after checking that
// they are there. The caller bounds the length.
func (f *file) read(offset, length int64) ([]byte, error) {
	if offset > f.size-length {
		return nil, fmt.Errorf("%w: ends within a part of %d bytes", ErrDamaged, length)
	}
	b := make([]byte, length)
	if n, err := f.r.ReadAt(b, offset); n < len(b) {
		return nil, fmt.Errorf("read at %d: %w", offset, err)
	}
	return b, nil
}
