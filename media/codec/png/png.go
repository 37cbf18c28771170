// Package png decodes PNGs as browsers do: what is there of a damaged picture is
// shown. Wrong checksums of ancillary chunks and of image data, a wrong end,
// image data beyond the last row, and chunks in an odd order are no reason to
// refuse a picture.
//
// Section numbers in the comments are those of ISO/IEC 15948:2004.
package png

import (
	"compress/flate"
	"errors"
	"fmt"
	"image"
	"io"
)

// ErrFormat means that the bytes are not a PNG, or one too damaged to show
// anything of it.
var ErrFormat = errors.New("png: not a valid PNG")

// Decode decodes the still picture of a PNG; what follows its image data is not
// read. The picture is an *image.Gray, Gray16, RGBA, RGBA64, NRGBA, NRGBA64 or
// Paletted, as that of image/png.
//
// Where the image data end too early or are damaged, the rest of the picture is
// transparent, or middle grey where the kind of picture has no alpha. The error
// wraps ErrFormat when there is no row at all, or is what r returned.
//
// Besides some 100 KB, the memory used is that of the picture. One of more than
// maxPixels is ErrFormat as well.
func Decode(r io.Reader, maxPixels int64) (image.Image, error) {
	src := &source{r: r}
	d, err := newDecoder(src, maxPixels)
	if err == nil {
		err = d.readImage()
	}
	if src.err != nil {
		return nil, fmt.Errorf("png: read: %w", src.err)
	}
	if err != nil {
		return nil, err
	}
	return d.canvas.image, nil
}

// source keeps the error that reading met, which is not the fault of the bytes.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// decoder reads one picture.
type decoder struct {
	chunks *chunkReader
	header header
	canvas canvas
}

// newDecoder reads the chunks before the image data.
func newDecoder(r io.Reader, maxPixels int64) (*decoder, error) {
	d := &decoder{chunks: newChunkReader(r)}
	palette, transparency, err := d.readHead()
	if err != nil {
		return nil, err
	}
	if n := int64(d.header.width) * int64(d.header.height); n > maxPixels {
		return nil, fmt.Errorf("%w: %d pixels", ErrFormat, n)
	}
	d.canvas, err = newCanvas(d.header, palette, transparency)
	return d, err
}

// readHead returns the contents of PLTE and tRNS. Browsers do not heed a tRNS of
// an indexed picture that comes before its palette, or whose checksum is wrong.
func (d *decoder) readHead() (palette, transparency []byte, err error) {
	if d.header, err = d.chunks.readHeader(); err != nil {
		return nil, nil, err
	}
	for {
		kind, err := d.chunks.next()
		if err != nil {
			return nil, nil, err
		}
		switch kind {
		case "IDAT":
			return palette, transparency, nil
		case "IEND":
			return nil, nil, fmt.Errorf("%w: no image data", ErrFormat)
		case "PLTE":
			if palette, err = d.chunks.read(3 * 256); err != nil {
				return nil, nil, err
			}
		case "tRNS":
			if data, err := d.chunks.read(256); err == nil && (palette != nil || d.header.colour != indexed) {
				transparency = data
			}
		}
	}
}

// readImage inflates the image data and puts the rows where they belong.
func (d *decoder) readImage() error {
	data := &imageData{chunks: d.chunks}
	var head [2]byte
	if _, err := io.ReadFull(data, head[:]); err != nil {
		return fmt.Errorf("%w: no image data", ErrFormat)
	}
	// The header of zlib (RFC 1950, 2.2). Its checksum at the end is not looked
	// at, as browsers do not.
	if head[0]&15 != 8 || head[1]&0x20 != 0 || (int(head[0])<<8|int(head[1]))%31 != 0 {
		return fmt.Errorf("%w: header of the image data", ErrFormat)
	}
	z := flate.NewReader(data)
	defer z.Close()
	rows := 0
	complete := true
	for _, p := range d.header.passes() {
		n, err := d.readPass(z, p)
		rows += n
		if err != nil {
			complete = false
			break
		}
	}
	if rows == 0 {
		return fmt.Errorf("%w: no row of image data", ErrFormat)
	}
	if !complete {
		d.canvas.close()
	}
	return nil
}

// readPass reads the rows of a pass and returns how many there were.
func (d *decoder) readPass(r io.Reader, p pass) (int, error) {
	if p.width == 0 || p.height == 0 {
		return 0, nil
	}
	row := make([]byte, 1+d.header.rowBytes(p.width))
	last := make([]byte, len(row)-1)
	for y := range p.height {
		if _, err := io.ReadFull(r, row); err != nil {
			return y, err
		}
		if err := unfilter(row[0], row[1:], last, d.header.pixelBytes()); err != nil {
			return y, err
		}
		d.canvas.putRow(p, y, row[1:])
		copy(last, row[1:])
	}
	return p.height, nil
}

// unfilter restores a row from the row above it (9.2).
func unfilter(filter byte, row, above []byte, pixel int) error {
	switch filter {
	case 0:
	case 1:
		for i := pixel; i < len(row); i++ {
			row[i] += row[i-pixel]
		}
	case 2:
		for i, v := range above {
			row[i] += v
		}
	case 3:
		for i := range min(pixel, len(row)) {
			row[i] += above[i] / 2
		}
		for i := pixel; i < len(row); i++ {
			row[i] += byte((int(row[i-pixel]) + int(above[i])) / 2)
		}
	case 4:
		for i := range min(pixel, len(row)) {
			row[i] += above[i]
		}
		for i := pixel; i < len(row); i++ {
			row[i] += paeth(row[i-pixel], above[i], above[i-pixel])
		}
	default:
		return fmt.Errorf("%w: filter %d", ErrFormat, filter)
	}
	return nil
}

// paeth returns that of the neighbours which is nearest to left + above - both
// (9.4).
func paeth(left, above, both byte) byte {
	a, b := int(above)-int(both), int(left)-int(both)
	c := abs(a + b)
	a, b = abs(a), abs(b)
	switch {
	case a <= b && a <= c:
		return left
	case b <= c:
		return above
	}
	return both
}

func abs(n int) int { return max(n, -n) }
