// Package gif decodes the first frame of GIFs as browsers do: what is there of a
// damaged picture is shown.
//
// Section numbers in the comments are those of the GIF89a specification.
package gif

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
)

// ErrFormat means that the bytes are not a GIF, or one without a frame.
var ErrFormat = errors.New("gif: not a valid GIF")

// Decode decodes the first frame of a GIF. Its bounds are where it lies on the
// screen, which it may exceed: Canvas says how large the picture is then.
//
// Pixels that the data do not tell are transparent, or near to middle grey where
// all 256 colours are in use. A frame without colours is black, and so is a
// number that has no colour. The error wraps ErrFormat, or is what r returned.
//
// Besides some 50 KB, the memory used is a byte a pixel. A frame of more than
// maxPixels is ErrFormat as well.
func Decode(r io.Reader, maxPixels int64) (*image.Paletted, error) {
	d := &decoder{r: bufio.NewReader(r), maxPixels: maxPixels, transparent: -1}
	m, err := d.decode()
	if d.err != nil {
		return nil, fmt.Errorf("gif: read: %w", d.err)
	}
	return m, err
}

// Canvas returns the size of a picture whose screen and first frame are these:
// browsers enlarge the screen for the first frame, and cut later ones.
func Canvas(screen image.Point, frame image.Rectangle) image.Point {
	return image.Pt(max(screen.X, frame.Max.X), max(screen.Y, frame.Max.Y))
}

// decoder reads one frame.
type decoder struct {
	r   *bufio.Reader
	err error // that reading met, if it is not the end

	maxPixels   int64
	global      color.Palette
	transparent int // number of the transparent colour, -1 for none
}

func (d *decoder) decode() (*image.Paletted, error) {
	var head [13]byte
	if err := d.read(head[:]); err != nil {
		return nil, err
	}
	if version := string(head[:6]); version != "GIF87a" && version != "GIF89a" {
		return nil, fmt.Errorf("%w: no signature", ErrFormat)
	}
	var err error
	if d.global, err = d.palette(head[10]); err != nil {
		return nil, err
	}
	for {
		var introducer [1]byte
		if err := d.read(introducer[:]); err != nil {
			return nil, err
		}
		switch introducer[0] {
		case 0x21:
			err = d.extension()
		case 0x2c:
			return d.frame()
		default:
			err = fmt.Errorf("%w: no frame", ErrFormat)
		}
		if err != nil {
			return nil, err
		}
	}
}

// read fills b. What ends within it is ErrFormat.
func (d *decoder) read(b []byte) error {
	_, err := io.ReadFull(d.r, b)
	switch {
	case err == nil:
		return nil
	case err != io.EOF && err != io.ErrUnexpectedEOF:
		d.err = err
	}
	return fmt.Errorf("%w: it ends too early", ErrFormat)
}

// palette reads the colour table that packed fields announce (19, 21), nil for
// none.
func (d *decoder) palette(packed byte) (color.Palette, error) {
	if packed&0x80 == 0 {
		return nil, nil
	}
	b := make([]byte, 3<<(packed&7+1))
	if err := d.read(b); err != nil {
		return nil, err
	}
	p := make(color.Palette, len(b)/3)
	for i := range p {
		p[i] = color.RGBA{b[3*i], b[3*i+1], b[3*i+2], 255}
	}
	return p, nil
}

// extension reads an extension, of which a graphic control counts (23, 24).
func (d *decoder) extension() error {
	var label [1]byte
	if err := d.read(label[:]); err != nil {
		return err
	}
	blocks := &blockReader{r: d.r}
	var control [4]byte
	n, _ := io.ReadFull(blocks, control[:])
	if label[0] == 0xf9 && n == len(control) {
		d.transparent = -1
		if control[0]&1 != 0 {
			d.transparent = int(control[3])
		}
	}
	_, _ = io.Copy(io.Discard, blocks)
	if blocks.err != nil && blocks.err != io.EOF {
		d.err = blocks.err
	}
	return d.err
}

// frame reads an image descriptor and its data (20, 22).
func (d *decoder) frame() (*image.Paletted, error) {
	var b [9]byte
	if err := d.read(b[:]); err != nil {
		return nil, err
	}
	at := func(i int) int { return int(binary.LittleEndian.Uint16(b[i:])) }
	if int64(at(4))*int64(at(6)) > d.maxPixels {
		return nil, fmt.Errorf("%w: a frame of %dx%d pixels", ErrFormat, at(4), at(6))
	}
	m := image.NewPaletted(image.Rect(at(0), at(2), at(0)+at(4), at(2)+at(6)), nil)
	palette, err := d.palette(b[8])
	if err != nil {
		return nil, err
	}
	if palette == nil {
		palette = d.global
	}
	codeSize, err := d.r.ReadByte()
	if err != nil {
		d.err = notEOF(err)
		codeSize = 0 // a frame without data
	}
	data := &blockReader{r: d.r}
	p := &pixels{m: m, interlaced: b[8]&0x40 != 0}
	if codeSize >= 1 && codeSize <= maxCodeSize {
		unpack(data, uint(codeSize), p)
	}
	d.err = errors.Join(d.err, notEOF(data.err))
	m.Palette = d.coloursOf(palette, p)
	p.hideMissing()
	return m, nil
}

func notEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// coloursOf returns the colours of a frame: as many as it uses.
func (d *decoder) coloursOf(palette color.Palette, p *pixels) color.Palette {
	own := append(color.Palette(nil), palette...)
	for len(own) <= max(int(p.greatest), d.transparent) {
		own = append(own, color.RGBA{A: 255})
	}
	if d.transparent >= 0 {
		own[d.transparent] = color.RGBA{}
	}
	return own
}

// blockReader is the contents of data sub-blocks (15).
type blockReader struct {
	r    *bufio.Reader
	left int
	err  error
}

func (b *blockReader) ReadByte() (byte, error) {
	if b.err == nil && b.left == 0 {
		var n byte
		if n, b.err = b.r.ReadByte(); b.err == nil && n == 0 {
			b.err = io.EOF
		}
		b.left = int(n)
	}
	if b.err != nil {
		return 0, b.err
	}
	var v byte
	if v, b.err = b.r.ReadByte(); b.err == nil {
		b.left--
	}
	return v, b.err
}

func (b *blockReader) Read(p []byte) (int, error) {
	for i := range p {
		v, err := b.ReadByte()
		if err != nil {
			return i, err
		}
		p[i] = v
	}
	return len(p), nil
}
