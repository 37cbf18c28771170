package bmp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/bits"
)

// palette reads the colours. Indexes for which there is none are black.
func (c *Config) palette(r io.ReaderAt) (color.Palette, error) {
	n := int(c.entryBytes())
	b := make([]byte, int(c.colours)*n)
	if read, err := r.ReadAt(b, c.paletteAt()); read < len(b) {
		return nil, readError(err)
	}
	p := make(color.Palette, 1<<c.bits)
	for i := range p {
		p[i] = color.NRGBA{A: 0xff}
		if e := b[min(n*i, len(b)):]; len(e) >= n {
			p[i] = color.NRGBA{e[2], e[1], e[0], 0xff}
		}
	}
	return p, nil
}

// readError tells damage from an error of the reader.
func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: cut short", ErrDamaged)
	}
	return fmt.Errorf("read: %w", err)
}

// rows calls visit with each row of the file and its place in the picture.
func (c *Config) rows(body io.Reader, visit func(y int, row []byte)) error {
	in := bufio.NewReaderSize(body, 64<<10)
	row := make([]byte, c.rowBytes())
	for i := range c.Height {
		if _, err := io.ReadFull(in, row); err != nil {
			return readError(err)
		}
		visit(c.placeOf(i), row)
	}
	return nil
}

// placeOf is where the i-th row of the file is shown.
func (c *Config) placeOf(i int) int {
	if c.topDown {
		return i
	}
	return c.Height - 1 - i
}

func (c *Config) paletted(r io.ReaderAt) (*image.Paletted, error) {
	p, err := c.palette(r)
	if err != nil {
		return nil, err
	}
	return image.NewPaletted(image.Rect(0, 0, c.Width, c.Height), p), nil
}

func (c *Config) decodeIndexes(r io.ReaderAt, body io.Reader) (image.Image, error) {
	m, err := c.paletted(r)
	if err != nil {
		return nil, err
	}
	perByte, mask := 8/c.bits, byte(1<<c.bits-1)
	err = c.rows(body, func(y int, row []byte) {
		dst := m.Pix[y*m.Stride:][:c.Width]
		if c.bits == 8 {
			copy(dst, row)
			return
		}
		for x := range dst {
			shift := 8 - c.bits*(x%perByte+1)
			dst[x] = row[x/perByte] >> shift & mask
		}
	})
	return whole(m, err)
}

// whole is nothing for a picture that could not be read to its end.
func whole(m image.Image, err error) (image.Image, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (c *Config) decodeRGB(body io.Reader) (image.Image, error) {
	m := image.NewRGBA(image.Rect(0, 0, c.Width, c.Height))
	err := c.rows(body, func(y int, row []byte) {
		dst := m.Pix[y*m.Stride:][:4*c.Width]
		for len(dst) >= 4 && len(row) >= 4 {
			bgr := binary.LittleEndian.Uint32(row) // and the next pixel's blue
			binary.LittleEndian.PutUint32(dst, bits.ReverseBytes32(bgr)>>8|0xff<<24)
			dst, row = dst[4:], row[3:]
		}
		if len(dst) >= 4 {
			dst[0], dst[1], dst[2], dst[3] = row[2], row[1], row[0], 0xff
		}
	})
	return whole(m, err)
}

func (c *Config) decodeMasked(body io.Reader) (image.Image, error) {
	m := image.NewNRGBA(image.Rect(0, 0, c.Width, c.Height))
	var channels [4]channel
	for i, mask := range c.masks {
		channels[i] = newChannel(mask)
	}
	seen := byte(0) // of alpha
	err := c.rows(body, func(y int, row []byte) {
		dst := m.Pix[y*m.Stride:][:4*c.Width]
		for len(dst) >= 4 {
			var v uint32
			if c.bits == 16 {
				v, row = uint32(binary.LittleEndian.Uint16(row)), row[2:]
			} else {
				v, row = binary.LittleEndian.Uint32(row), row[4:]
			}
			for i := range 4 {
				dst[i] = channels[i].of(v)
			}
			seen |= dst[3]
			dst = dst[4:]
		}
	})
	if seen == 0 {
		for i := 3; i < len(m.Pix); i += 4 {
			m.Pix[i] = 0xff
		}
	}
	return whole(m, err)
}

// channel takes one colour out of a pixel.
type channel struct {
	mask    uint32
	shift   int
	samples [256]byte
}

// newChannel takes the highest eight bits of what the mask covers. Alpha is 0
// for a mask of 0, and so is any colour.
func newChannel(mask uint32) channel {
	ch := channel{mask: mask, shift: bits.TrailingZeros32(mask)}
	width := bits.Len32(mask) - ch.shift
	if width > 8 {
		ch.shift, width = ch.shift+width-8, 8
	}
	most := max(1<<max(width, 0)-1, 1)
	for i := range ch.samples {
		ch.samples[i] = byte((min(i, most)*255 + most/2) / most)
	}
	return ch
}

func (ch *channel) of(v uint32) byte { return ch.samples[v&ch.mask>>ch.shift&0xff] }
