package bmp

import "io"

// Rows reads the rows of a bitmap from top to bottom, wherever they are in the file.
type Rows struct {
	config Config
	r      io.ReaderAt
	next   int    // row of the picture
	buffer []byte // whole rows of the file
	first  int    // the first of these
}

// rowsAtOnce is about how many bytes of rows are read at once.
const rowsAtOnce = 64 << 10

// NewRows returns the rows of a bitmap of 24 bits without compression, and nil of any
// other. The error is that of ReadConfig.
func NewRows(r io.ReaderAt, size int64) (*Rows, error) {
	c, err := ReadConfig(r, size)
	if err != nil || c.compression != plain || c.bits != 24 {
		return nil, err
	}
	return &Rows{config: c, r: r}, nil
}

// Width is that of the picture in pixels.
func (r *Rows) Width() int { return r.config.Width }

// Height is that of the picture in pixels.
func (r *Rows) Height() int { return r.config.Height }

// Channels is 3.
func (r *Rows) Channels() int { return 3 }

// Next writes the next row: blue, green and red of each pixel. The error wraps
// ErrDamaged, or is that of the reader.
func (r *Rows) Next(row []byte) error {
	n := int(r.config.rowBytes())
	at := r.config.placeOf(r.next) // what is shown there is the row of that number, too
	if at < r.first || (at-r.first)*n >= len(r.buffer) {
		if err := r.read(at, n); err != nil {
			return err
		}
	}
	copy(row, r.buffer[(at-r.first)*n:])
	r.next++
	return nil
}

// read reads rows of the file, of n bytes each: this one and some that are shown next.
func (r *Rows) read(at, n int) error {
	more := rowsAtOnce / n
	first, last := max(0, at-more), at
	if r.config.topDown {
		first, last = at, min(at+more, r.config.Height-1)
	}
	size := (last - first + 1) * n
	if cap(r.buffer) < size {
		r.buffer = make([]byte, size)
	}
	r.buffer, r.first = r.buffer[:size], first
	read, err := r.r.ReadAt(r.buffer, r.config.pixels+int64(first)*int64(n))
	if read < size {
		return readError(err)
	}
	return nil
}
