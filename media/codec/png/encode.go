package png

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"image"
	"image/color"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// Levels of the compressor. More take longer than scaling does, for few bytes. Where every
// fourth byte is an alpha that does not change, a match is short, and the lower level makes
// files that are a fifth larger; of photos without alpha it makes the smaller ones.
const (
	opaqueLevel = 3
	alphaLevel  = 4
)

// errImage means that Encode does not write an image.
var errImage = errors.New("png: an image that cannot be written")

// Encode writes m with 8 bits a sample or fewer, and with a colour profile, nil for none.
// It takes an *image.Gray, *image.RGBA, *image.NRGBA or *image.Paletted of up to 256
// colours, which has to have a pixel. Opaque pictures are written without alpha. The
// error is that of w.
func Encode(w io.Writer, m image.Image, profile []byte) error {
	return encode(w, m, profile, false)
}

// EncodeStored writes m as Encode does, but not compressed: for a reader on the same machine,
// which takes longer to read what is compressed than what is long.
func EncodeStored(w io.Writer, m image.Image, profile []byte) error {
	return encode(w, m, profile, true)
}

func encode(w io.Writer, m image.Image, profile []byte, stored bool) error {
	p, err := pixelsOf(m)
	if err != nil {
		return err
	}
	pool := &opaqueEncoders
	switch {
	case stored:
		pool = &storedEncoders
	case p.colour == rgbAlpha:
		pool = &alphaEncoders
	}
	e := pool.Get().(*encoder)
	defer pool.Put(e)
	return e.encode(w, p, profile)
}

// pixels are a picture as the rows of a PNG.
type pixels struct {
	header
	palette, transparency []byte
	row                   func(dst []byte, y int)
}

func pixelsOf(m image.Image) (pixels, error) {
	size := m.Bounds().Size()
	p := pixels{header: header{width: size.X, height: size.Y, depth: 8}}
	switch m := m.(type) {
	case *image.Gray:
		p.colour = grey
		p.row = func(dst []byte, y int) { copy(dst, m.Pix[y*m.Stride:]) }
	case *image.RGBA:
		p.setRGB(m.Opaque(), m.Pix, m.Stride, straighten)
	case *image.NRGBA:
		p.setRGB(m.Opaque(), m.Pix, m.Stride, func(dst, src []byte) { copy(dst, src) })
	case *image.Paletted:
		if len(m.Palette) == 0 || len(m.Palette) > 256 {
			return p, fmt.Errorf("%w: %d colours", errImage, len(m.Palette))
		}
		p.setPalette(m)
	default:
		return p, fmt.Errorf("%w: %T", errImage, m)
	}
	return p, p.check()
}

// setRGB makes rows of pixels of four bytes, which withAlpha copies unless they are
// opaque.
func (p *pixels) setRGB(opaque bool, pix []byte, stride int, withAlpha func(dst, src []byte)) {
	if !opaque {
		p.colour = rgbAlpha
		p.row = func(dst []byte, y int) { withAlpha(dst, pix[y*stride:][:len(dst)]) }
		return
	}
	p.colour = rgb
	p.row = func(dst []byte, y int) {
		src := pix[y*stride:]
		for ; len(dst) >= 3 && len(src) >= 4; dst, src = dst[3:], src[4:] {
			dst[0], dst[1], dst[2] = src[0], src[1], src[2]
		}
	}
}

// straighten divides colours by alpha.
func straighten(dst, src []byte) {
	for ; len(dst) >= 4 && len(src) >= 4; dst, src = dst[4:], src[4:] {
		a := uint32(src[3])
		switch a {
		case 255:
			copy(dst[:4], src)
		case 0:
			clear(dst[:4])
		default:
			for i := range 3 {
				dst[i] = byte(min((uint32(src[i])*255+a/2)/a, 255))
			}
			dst[3] = byte(a)
		}
	}
}

// setPalette packs the numbers of colours into as few bits as they need.
func (p *pixels) setPalette(m *image.Paletted) {
	p.colour = indexed
	for p.depth = 1; len(m.Palette) > 1<<p.depth; p.depth *= 2 {
	}
	for i, c := range m.Palette {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		p.palette = append(p.palette, n.R, n.G, n.B)
		if n.A < 255 {
			p.transparency = append(p.transparency, bytes.Repeat([]byte{255}, i-len(p.transparency))...)
			p.transparency = append(p.transparency, n.A)
		}
	}
	p.row = func(dst []byte, y int) {
		src := m.Pix[y*m.Stride:][:p.width]
		if p.depth == 8 {
			copy(dst, src)
			return
		}
		clear(dst)
		each := 8 / p.depth
		for x, v := range src {
			dst[x/each] |= v & (1<<p.depth - 1) << (8 - p.depth*(x%each+1))
		}
	}
}

// encoder writes one picture after the other.
type encoder struct {
	w          *bufio.Writer
	level      int
	compressor *flate.Writer
	data       []byte // of the next IDAT
	err        error
}

const dataBytes = 32 << 10

// Encoders are lent to one picture after the other, since a compressor takes half a
// megabyte.
var (
	opaqueEncoders = sync.Pool{New: newEncoder(opaqueLevel)}
	alphaEncoders  = sync.Pool{New: newEncoder(alphaLevel)}
	storedEncoders = sync.Pool{New: newEncoder(flate.NoCompression)}
)

func newEncoder(level int) func() any {
	return func() any {
		e := &encoder{w: bufio.NewWriter(nil), level: level, data: make([]byte, 0, dataBytes)}
		e.compressor, _ = flate.NewWriter(nil, level) // there is such a level
		return e
	}
}

func (e *encoder) encode(w io.Writer, p pixels, profile []byte) error {
	e.w.Reset(w)
	defer e.w.Reset(nil)
	e.err = nil
	if _, err := e.w.WriteString(Signature); err != nil {
		return err
	}
	e.chunk("IHDR", p.ihdr())
	if len(profile) > 0 {
		e.profile(profile)
	}
	if p.palette != nil {
		e.chunk("PLTE", p.palette)
	}
	if p.transparency != nil {
		e.chunk("tRNS", p.transparency)
	}
	e.rows(p)
	e.chunk("IEND", nil)
	if e.err != nil {
		return e.err
	}
	return e.w.Flush()
}

func (h header) ihdr() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(h.width))
	b = binary.BigEndian.AppendUint32(b, uint32(h.height))
	return append(b, byte(h.depth), h.colour, 0, 0, 0)
}

// chunk writes a chunk (5.3), unless there was an error.
func (e *encoder) chunk(kind string, data []byte) {
	if e.err != nil {
		return
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	head = append(head, kind...)
	sum := crc32.Update(crc32.ChecksumIEEE(head[4:]), crc32.IEEETable, data)
	for _, b := range [][]byte{head, data, binary.BigEndian.AppendUint32(nil, sum)} {
		if _, err := e.w.Write(b); err != nil {
			e.err = err
			return
		}
	}
}

// zlibHead says that the data are those of a fast compressor (RFC 1950, 2.2).
var zlibHead = []byte{0x78, 0x5e}

// profile writes an iCCP chunk (11.3.2.3).
func (e *encoder) profile(profile []byte) {
	data := bytes.NewBuffer(append([]byte("ICC profile\x00\x00"), zlibHead...))
	e.compressor.Reset(data)
	if _, err := e.compressor.Write(profile); err != nil {
		e.err = err
		return
	}
	if err := e.compressor.Close(); err != nil {
		e.err = err
		return
	}
	e.chunk("iCCP", binary.BigEndian.AppendUint32(data.Bytes(), adler32.Checksum(profile)))
}

// rows writes the image data (10).
func (e *encoder) rows(p pixels) {
	f := newFilterer(p.pixelBytes(), p.rowBytes(p.width))
	sum := adler32.New()
	e.data = append(e.data[:0], zlibHead...)
	e.compressor.Reset(e)
	for y := range p.height {
		p.row(f.next(), y)
		// A filter helps to compress; but the neighbour of a colour's number tells little.
		row := f.plain
		if p.colour != indexed && e.level != flate.NoCompression {
			row = f.choose
		}
		b := row()
		sum.Write(b)
		if _, err := e.compressor.Write(b); err != nil {
			return // which chunk has kept
		}
	}
	if err := e.compressor.Close(); err != nil {
		return
	}
	e.chunk("IDAT", sum.Sum(e.data))
}

// Write takes compressed data, and writes them when there are enough for a chunk.
func (e *encoder) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 && e.err == nil {
		taken := copy(e.data[len(e.data):cap(e.data)], b)
		e.data, b = e.data[:len(e.data)+taken], b[taken:]
		if len(e.data) == cap(e.data) {
			e.chunk("IDAT", e.data)
			e.data = e.data[:0]
		}
	}
	return n, e.err
}
