// Package vp8l decodes lossless WebP: the pictures in VP8L chunks, and the alpha of lossy
// ones. It takes what golang.org/x/image/vp8l takes, but for prefix codes with more codes
// than there can be, which browsers refuse too.
//
// Section numbers in the comments are those of RFC 9649.
package vp8l

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

// ErrDamaged means that bytes are not a picture of VP8L, or not all of one.
var ErrDamaged = errors.New("vp8l: damaged picture")

// MaxSide is the greatest width and height of a picture in pixels.
const MaxSide = 1 << 14

// Decode returns the picture in a VP8L chunk. The error wraps ErrDamaged, or is that of
// ctx when it is done. Besides the chunk and the result, the memory used is four bytes a
// pixel, and what TableBytes says.
func Decode(ctx context.Context, chunk []byte) (*image.NRGBA, error) {
	r, err := NewReader(ctx, chunk)
	if err != nil {
		return nil, err
	}
	m := image.NewNRGBA(image.Rect(0, 0, r.Width(), r.Height()))
	for y := range r.Height() {
		if err := r.Next(m.Pix[y*m.Stride:][:m.Stride]); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// TableBytes is at most how many bytes the tables of prefix codes take, for a picture of
// so many pixels in a chunk of the length.
func TableBytes(pixels, length int64) int64 {
	const (
		tile   = 16 // pixels, at least, with a group of codes of its own
		group  = 12 << 10
		ofByte = 128 // of the chunk: a table of 512 bytes is described by nine or more
	)
	return min(min(maxGroups, pixels/tile+1)*group, ofByte*length) + firstTables*2
}

// Reader gives a picture row by row.
type Reader struct{ decoder }

// NewReader reads all of a VP8L chunk but the pixels. They take four bytes each. The error
// wraps ErrDamaged, or is that of ctx when it is done, which ends the calls of Next too.
func NewReader(ctx context.Context, chunk []byte) (*Reader, error) {
	const header, signature, version = 5, 0x2f, 29
	if len(chunk) < header || chunk[0] != signature {
		return nil, fmt.Errorf("%w: not a picture of VP8L", ErrDamaged)
	}
	bits := binary.LittleEndian.Uint32(chunk[1:])
	if bits>>version != 0 {
		return nil, fmt.Errorf("%w: version %d", ErrDamaged, bits>>version)
	}
	r := &Reader{decoder{
		ctx: ctx, bits: bitReader{data: chunk[header:]},
		width: int(bits%MaxSide) + 1, height: int(bits>>14%MaxSide) + 1,
	}}
	return r, r.readHeader()
}

// Width is that of the picture in pixels.
func (r *Reader) Width() int { return r.width }

// Height is that of the picture in pixels.
func (r *Reader) Height() int { return r.height }

// Channels is how many bytes of a row a pixel has: red, green, blue and alpha, by which
// they are not multiplied.
func (r *Reader) Channels() int { return 4 }

// Next writes the next row, of which there are as many as Height says.
func (r *Reader) Next(row []byte) error {
	pixels, green, err := r.next()
	if err != nil {
		return err
	}
	if green {
		storeAddingGreen(row, pixels)
	} else {
		store(row, pixels)
	}
	return nil
}

// decoder makes rows of pixels, whose bytes are alpha, red, green and blue from the top.
type decoder struct {
	ctx           context.Context
	bits          bitReader
	width, height int
	transforms    []transform // in the order of the chunk
	pixels        *pixels
	row           int
}

// readHeader reads what comes before the pixels (3.4 to 3.7).
func (d *decoder) readHeader() error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	width, err := d.readTransforms()
	if err != nil {
		return err
	}
	if d.pixels, err = d.bits.readPixels(image.Pt(width, d.height), true); err != nil {
		return err
	}
	return d.bits.check()
}

// next returns the next row as it is after all transforms, but that green may have to be
// added to red and blue. It is valid until the next call.
func (d *decoder) next() (row []uint32, green bool, err error) {
	if err := d.ctx.Err(); err != nil {
		return nil, false, err
	}
	y := d.row
	d.row++
	if row, err = d.pixels.decodeRow(&d.bits, y); err != nil {
		return nil, false, err
	}
	if err := d.bits.check(); err != nil {
		return nil, false, err
	}
	for i := len(d.transforms) - 1; i >= 0; i-- {
		if i == 0 && d.transforms[i].kind == subtractGreen {
			return row, true, nil
		}
		row = d.transforms[i].apply(row, y)
	}
	return row, false, nil
}
