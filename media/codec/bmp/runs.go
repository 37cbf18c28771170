package bmp

import (
	"bufio"
	"image"
	"io"
)

// Second bytes of an escape.
const (
	endOfRow = 0
	endOfAll = 1
	jump     = 2
)

// runs draws run lengths on a picture.
type runs struct {
	*Config
	in   *bufio.Reader
	m    *image.Paletted
	x, y int // of the next pixel, in rows of the file
}

// decodeRuns reads pairs of a count and a value: a run, or an escape for a count
// of 0. A picture without an end is damaged unless its last row has begun.
func (c *Config) decodeRuns(r io.ReaderAt, body io.Reader) (image.Image, error) {
	m, err := c.paletted(r)
	if err != nil {
		return nil, err
	}
	d := runs{Config: c, in: bufio.NewReaderSize(body, 64<<10), m: m}
	for d.y < c.Height {
		done, err := d.step()
		if err != nil && d.y < c.Height-1 {
			return nil, readError(err)
		}
		if done || err != nil {
			break
		}
	}
	return m, nil
}

func (d *runs) step() (done bool, err error) {
	count, value, err := d.pair()
	if err != nil {
		return false, err
	}
	if count > 0 {
		d.draw(int(count), func(i int) byte { return d.index(value, i) })
		return false, nil
	}
	switch value {
	case endOfRow:
		d.x, d.y = 0, d.y+1
	case endOfAll:
		return true, nil
	case jump:
		right, up, err := d.pair()
		d.x, d.y = d.x+int(right), d.y+int(up)
		return false, err
	default:
		return false, d.literal(int(value))
	}
	return false, nil
}

func (d *runs) pair() (a, b byte, err error) {
	if a, err = d.in.ReadByte(); err == nil {
		b, err = d.in.ReadByte()
	}
	return a, b, err
}

// index is the i-th index in a byte, or in one that is repeated.
func (d *runs) index(b byte, i int) byte {
	switch {
	case d.bits == 8:
		return b
	case i%2 == 0:
		return b >> 4
	}
	return b & 15
}

// literal draws so many indexes, which are filled up to two bytes.
func (d *runs) literal(count int) error {
	n := count
	if d.bits == 4 {
		n = (count + 1) / 2
	}
	var b [256]byte
	if _, err := io.ReadFull(d.in, b[:n+n%2]); err != nil {
		return err
	}
	d.draw(count, func(i int) byte { return d.index(b[i*d.bits/8], i) })
	return nil
}

// draw leaves out what is beyond the row.
func (d *runs) draw(count int, index func(i int) byte) {
	row := d.m.Pix[d.placeOf(d.y)*d.m.Stride:][:d.Width]
	for i := 0; i < count && d.x < d.Width; i++ {
		row[d.x] = index(i)
		d.x++
	}
}
