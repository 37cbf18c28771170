package png

import (
	"errors"
	"fmt"
	"io"
)

// ErrOrder means that the rows of a picture do not come in their order, since it is
// interlaced.
var ErrOrder = errors.New("png: interlaced")

// Reader reads a picture row by row, with 8 bits a sample.
type Reader struct {
	*decoder
	channels int
	convert  func(dst, row []byte) // nil where a row is what is wanted
	above    []byte                // the row before
	row      []byte                // where rows are converted: for the next one
}

// NewReader reads up to the image data of a PNG. The error wraps ErrFormat or
// ErrOrder, or is what r returned. The caller has to close the reader.
//
// Some 300 KB and three rows are used. A picture of more than maxPixels is ErrFormat.
func NewReader(r io.Reader, maxPixels int64) (*Reader, error) {
	d, err := newDecoder(r, maxPixels)
	if err != nil {
		return nil, err
	}
	z := &Reader{decoder: d}
	if d.header.interlaced {
		err = ErrOrder
	} else {
		z.channels, z.convert, err = samples(d.header, d.palette, d.transparency)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	n := d.header.rowBytes(d.header.width)
	z.above = make([]byte, n)
	if z.convert != nil {
		z.row = make([]byte, n)
	}
	return z, nil
}

// Close ends the use of the reader, but not of its source.
func (z *Reader) Close() { z.close() }

// Width and Height are those of the picture.
func (z *Reader) Width() int { return z.header.width }

// Height is the number of rows.
func (z *Reader) Height() int { return z.header.height }

// Channels returns the bytes of a pixel: 1 of grey, 3 of red, green and blue, 4 with
// alpha, by which the others are not multiplied.
func (z *Reader) Channels() int { return z.channels }

// Next reads the next row into dst, which has Channels times Width bytes. The dst of
// the call before must still be as it was left. The error wraps ErrFormat where the
// image data end too early or are damaged, or is that of the source.
func (z *Reader) Next(dst []byte) error {
	to := dst
	if z.convert != nil {
		to = z.row
	}
	if err := z.readRow(to, z.above); err != nil {
		if !errors.Is(err, ErrFormat) {
			err = fmt.Errorf("%w: %w", ErrFormat, err)
		}
		return z.errorOf(err)
	}
	if z.convert != nil {
		z.convert(dst, to)
		z.row = z.above
	}
	z.above = to
	return nil
}

// Ends reports, behind the last row, whether the image data end there, as those of
// nearly all pictures do.
func (z *Reader) Ends() bool { return z.ends() }

// samples returns how many channels the pixels of a kind of picture have, and what
// makes them of a row.
func samples(h header, palette, transparency []byte) (channels int, convert func(dst, row []byte), err error) {
	deep := h.depth == 16
	switch {
	case h.colour == indexed:
		return paletteSamples(h, palette, transparency)
	case h.colour == grey && len(transparency) >= 2:
		return 4, keyedGreySamples(h, transparency), nil
	case h.colour == grey && deep:
		return 1, highBytes, nil
	case h.colour == grey && h.depth < 8:
		factor := spread[h.depth]
		return 1, func(dst, row []byte) {
			for i := range dst {
				dst[i] = factor * sample(row, i, h.depth)
			}
		}, nil
	case h.colour == grey:
		return 1, nil, nil
	case h.colour == rgb && len(transparency) >= 6:
		return 4, keyedSamples(h, transparency[:6]), nil
	case h.colour == rgb && deep:
		return 3, highBytes, nil
	case h.colour == rgb:
		return 3, nil, nil
	case h.colour == greyAlpha:
		size := h.depth / 8
		return 4, func(dst, row []byte) {
			for ; len(dst) >= 4; dst, row = dst[4:], row[2*size:] {
				v := row[0]
				dst[0], dst[1], dst[2], dst[3] = v, v, v, row[size]
			}
		}, nil
	case deep:
		return 4, highBytes, nil
	}
	return 4, nil, nil
}

// highBytes takes the higher byte of each sample of 16 bits.
func highBytes(dst, row []byte) {
	row = row[:2*len(dst)]
	for i := range dst {
		dst[i] = row[2*i]
	}
}

// paletteSamples are the colours of an indexed picture. A number that has no colour gets
// the last one.
func paletteSamples(h header, palette, transparency []byte) (int, func(dst, row []byte), error) {
	n, err := colours(palette)
	if err != nil {
		return 0, nil, err
	}
	var table [256][4]byte
	channels := 3
	for i := range table {
		last := min(i, n-1)
		alpha := byte(255)
		if last < len(transparency) {
			alpha, channels = transparency[last], 4
		}
		table[i] = [4]byte{palette[3*last], palette[3*last+1], palette[3*last+2], alpha}
	}
	numbers := make([]byte, h.width)
	return channels, func(dst, row []byte) {
		if h.depth < 8 {
			for i := range numbers {
				numbers[i] = sample(row, i, h.depth)
			}
			row = numbers
		}
		if channels == 4 {
			for i, v := range row {
				*(*[4]byte)(dst[4*i:]) = table[v]
			}
			return
		}
		for i, v := range row {
			c, p := &table[v], dst[3*i:][:3:3]
			p[0], p[1], p[2] = c[0], c[1], c[2]
		}
	}, nil
}

// keyedGreySamples are those of a grey picture in which one value is transparent
// (11.3.2.1).
func keyedGreySamples(h header, key []byte) func(dst, row []byte) {
	factor := spread[h.depth]
	return func(dst, row []byte) {
		for i := range len(dst) / 4 {
			var v, alpha byte
			if h.depth == 16 {
				v, alpha = row[2*i], opaqueUnless(string(row[2*i:2*i+2]) == string(key[:2]))
			} else {
				v = sample(row, i, h.depth)
				alpha = opaqueUnless(key[0] == 0 && key[1] == v)
				v *= factor
			}
			dst[4*i], dst[4*i+1], dst[4*i+2], dst[4*i+3] = v, v, v, alpha
		}
	}
}

// keyedSamples are those of a picture in which one colour is transparent (11.3.2.1).
func keyedSamples(h header, key []byte) func(dst, row []byte) {
	size := h.depth / 8
	if size == 1 {
		key = []byte{key[1], key[3], key[5]}
	}
	return func(dst, row []byte) {
		for ; len(dst) >= 4; dst, row = dst[4:], row[3*size:] {
			dst[0], dst[1], dst[2] = row[0], row[size], row[2*size]
			dst[3] = opaqueUnless(string(row[:3*size]) == string(key))
		}
	}
}

func opaqueUnless(clear bool) byte {
	if clear {
		return 0
	}
	return 255
}
