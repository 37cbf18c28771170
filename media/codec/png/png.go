// Package png decodes PNGs as browsers do: what is there of a damaged picture is
// shown. Wrong checksums of ancillary chunks and of image data, a wrong end,
// image data beyond the last row, and chunks in an odd order are no reason to
// refuse a picture.
//
// Section numbers in the comments are those of ISO/IEC 15948:2004.
package png

import (
	"errors"
	"fmt"
	"hash/adler32"
	"image"
	"io"
	"sync"

	"postern/media/codec/inflate"
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
// Besides some 300 KB and two rows, the memory used is that of the picture. One of more than
// maxPixels is ErrFormat as well.
func Decode(r io.Reader, maxPixels int64) (image.Image, error) {
	m, _, err := DecodeWhole(r, maxPixels)
	return m, err
}

// DecodeWhole decodes as Decode does, and reports whether that is the whole picture, and
// its image data end there, as those of nearly all do.
func DecodeWhole(r io.Reader, maxPixels int64) (m image.Image, whole bool, err error) {
	d, err := newDecoder(r, maxPixels)
	if err != nil {
		return nil, false, err
	}
	defer d.close()
	c, err := newCanvas(d.header, d.palette, d.transparency)
	if err == nil {
		whole, err = d.readImage(&c)
	}
	if err != nil {
		return nil, false, d.errorOf(err)
	}
	whole = whole && d.ends()
	return c.image, whole, d.errorOf(nil)
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
	source *source
	chunks *chunkReader
	header header

	palette, transparency []byte // PLTE and tRNS, nil where they do not count

	z    *inflate.Reader // filtered rows
	data *imageData      // that they are in
}

// newDecoder reads the chunks before the image data and begins with these. The caller
// has to close it.
func newDecoder(r io.Reader, maxPixels int64) (*decoder, error) {
	src := &source{r: r}
	d := &decoder{source: src, chunks: newChunkReader(src)}
	err := d.readHead()
	if n := int64(d.header.width) * int64(d.header.height); err == nil && n > maxPixels {
		err = fmt.Errorf("%w: %d pixels", ErrFormat, n)
	}
	if err == nil {
		err = d.begin()
	}
	if err != nil {
		return nil, d.errorOf(err)
	}
	return d, nil
}

// errorOf returns the error of reading in the place of what came of it.
func (d *decoder) errorOf(err error) error {
	if d.source.err != nil {
		return fmt.Errorf("png: read: %w", d.source.err)
	}
	return err
}

// readHead reads up to the image data. Browsers do not heed a tRNS of an indexed
// picture that comes before its palette, or whose checksum is wrong.
func (d *decoder) readHead() (err error) {
	if d.header, err = d.chunks.readHeader(); err != nil {
		return err
	}
	for {
		kind, err := d.chunks.next()
		if err != nil {
			return err
		}
		switch kind {
		case "IDAT":
			return nil
		case "IEND":
			return fmt.Errorf("%w: no image data", ErrFormat)
		case "PLTE":
			if d.palette, err = d.chunks.read(3 * 256); err != nil {
				return err
			}
		case "tRNS":
			if data, err := d.chunks.read(256); err == nil && (d.palette != nil || d.header.colour != indexed) {
				d.transparency = data
			}
		}
	}
}

// inflaters are lent to one picture after the other.
var inflaters = sync.Pool{New: func() any { return new(inflate.Reader) }}

// begin reads the header of the image data.
func (d *decoder) begin() error {
	d.data = &imageData{chunks: d.chunks}
	var head [2]byte
	if _, err := io.ReadFull(d.data, head[:]); err != nil {
		return fmt.Errorf("%w: no image data", ErrFormat)
	}
	// The checksum at the end is not looked at, as browsers do not.
	if !isZlib(head[0], head[1]) {
		return fmt.Errorf("%w: header of the image data", ErrFormat)
	}
	d.z = inflaters.Get().(*inflate.Reader)
	d.z.Reset(d.data, 1+d.header.rowBytes(d.header.width))
	return nil
}

// ends reports whether the image data end with the rows that were read, but for a
// checksum.
func (d *decoder) ends() bool {
	behind, ends := d.z.Ends()
	if !ends || behind > adler32.Size {
		return false
	}
	more, _ := io.ReadFull(d.data, make([]byte, adler32.Size+1-behind))
	return behind+more <= adler32.Size
}

// close lends what was borrowed to others.
func (d *decoder) close() {
	d.z.Release()
	inflaters.Put(d.z)
	d.z = nil
}

// readImage puts all rows where they belong, and reports whether they are complete.
func (d *decoder) readImage(c *canvas) (complete bool, err error) {
	rows := 0
	complete = true
	for _, p := range d.header.passes() {
		n, err := d.readPass(c, p)
		rows += n
		if err != nil {
			complete = false
			break
		}
	}
	if rows == 0 {
		return false, fmt.Errorf("%w: no row of image data", ErrFormat)
	}
	if !complete {
		c.close()
	}
	return complete, nil
}

// readPass reads the rows of a pass and returns how many there were.
func (d *decoder) readPass(c *canvas, p pass) (int, error) {
	if p.width == 0 || p.height == 0 {
		return 0, nil
	}
	row, above := make([]byte, d.header.rowBytes(p.width)), make([]byte, d.header.rowBytes(p.width))
	for y := range p.height {
		if err := d.readRow(row, above); err != nil {
			return y, err
		}
		c.putRow(p, y, row)
		row, above = above, row
	}
	return p.height, nil
}

// readRow reads a row, given the one above it.
func (d *decoder) readRow(row, above []byte) error {
	filtered, err := d.z.Next(1 + len(row))
	if err != nil {
		return err
	}
	return unfilter(filtered[0], row, filtered[1:], above, d.header.pixelBytes())
}
