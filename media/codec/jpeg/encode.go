package jpeg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"

	"postern/media/codec/icc"
)

// DefaultQuality is the quality that Encode uses for want of one.
const DefaultQuality = 85

// iccSignature is what an APP2 segment with a part of an ICC profile begins with.
const iccSignature = "ICC_PROFILE\x00"

// errEncode is wrapped by errors of Encode that are not the writer's.
var errEncode = errors.New("jpeg: cannot encode")

// Options say how to encode.
type Options struct {
	Quality int    // 1 to 100, on the scale of libjpeg; 0 for DefaultQuality
	ICC     []byte // colour profile to embed; may be nil
}

// Encode writes m to w as a baseline JPEG with the typical Huffman tables. An
// *image.Gray becomes grey and an *image.YCbCr keeps its chroma sampling. Any
// other picture is shown over white, becomes 4:2:0 and takes up to 5.5 more
// bytes of memory a pixel. Sides must be 1 to 65535 pixels long. What was
// written before an error is not a JPEG.
func Encode(w io.Writer, m image.Image, o Options) error {
	size := m.Bounds().Size()
	if size.X < 1 || size.Y < 1 || size.X > 0xffff || size.Y > 0xffff {
		return fmt.Errorf("%w: %dx%d pixels", errEncode, size.X, size.Y)
	}
	parts := icc.Split(o.ICC)
	if len(o.ICC) > 0 && parts == nil {
		return fmt.Errorf("%w: colour profile of %d bytes", errEncode, len(o.ICC))
	}
	quality := o.Quality
	if quality == 0 {
		quality = DefaultQuality
	}
	e := &encoder{w: w, size: size, planes: planesOf(m)}
	e.setQuality(min(max(quality, 1), 100))
	e.writeHeader(parts)
	e.writeScan()
	return e.err
}

// encoder writes one picture.
type encoder struct {
	w    io.Writer
	err  error // the first of w
	bits bitWriter

	size   image.Point
	planes []plane
	edge   [64]byte       // see plane.block
	values [64]int16      // of the block that is written
	quant  [2][64]uint8   // in zigzag order
	scale  [2][64]float32 // what the forward transform's results are multiplied by, row by row
}

// plane is one component of the picture.
type plane struct {
	samples       []byte
	stride        int
	width, height int
	h, v          int // sampling factors
	table         int // 0 for luma, 1 for chroma
	pred          int32
}

// planesOf returns the planes of m, which is converted if it has none.
func planesOf(m image.Image) []plane {
	switch m := m.(type) {
	case *image.Gray:
		b := m.Rect
		return []plane{{m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, b.Dx(), b.Dy(), 1, 1, 0, 0}}
	case *image.YCbCr:
		if h, v, ok := factors(m.SubsampleRatio); ok {
			return planesYCbCr(m, h, v)
		}
	}
	return planesYCbCr(convert(m), 2, 2)
}

// factors returns how often luma is sampled for a sample of chroma.
func factors(ratio image.YCbCrSubsampleRatio) (h, v int, ok bool) {
	for f, r := range ratios {
		if r == ratio {
			return f[0], f[1], true
		}
	}
	return 0, 0, false
}

func planesYCbCr(m *image.YCbCr, h, v int) []plane {
	b := m.Rect
	// As in image.YCbCr, pixels that share chroma are counted from 0.
	width, height := ceilDiv(b.Max.X, h)-b.Min.X/h, ceilDiv(b.Max.Y, v)-b.Min.Y/v
	y, c := m.YOffset(b.Min.X, b.Min.Y), m.COffset(b.Min.X, b.Min.Y)
	return []plane{
		{m.Y[y:], m.YStride, b.Dx(), b.Dy(), h, v, 0, 0},
		{m.Cb[c:], m.CStride, width, height, 1, 1, 1, 0},
		{m.Cr[c:], m.CStride, width, height, 1, 1, 1, 0},
	}
}

// setQuality scales the typical quantization tables as libjpeg does.
func (e *encoder) setQuality(quality int) {
	percent := 200 - 2*quality
	if quality < 50 {
		percent = 5000 / quality
	}
	for i := range e.quant {
		for k, at := range zigzag {
			q := (int(defaultQuant[i][at])*percent + 50) / 100
			q = min(max(q, 1), 255)
			e.quant[i][k] = uint8(q)
			e.scale[i][at] = forwardScale(int(at)) / float32(q)
		}
	}
}

// writeHeader writes all that comes before the coded data.
func (e *encoder) writeHeader(profile [][]byte) {
	e.bits.out = append(e.bits.out, 0xff, markerSOI)
	e.segment(markerAPP0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"))
	for _, part := range profile {
		e.segment(markerAPP2, []byte(iccSignature), part)
	}
	frame := []byte{8}
	frame = binary.BigEndian.AppendUint16(frame, uint16(e.size.Y))
	frame = binary.BigEndian.AppendUint16(frame, uint16(e.size.X))
	frame = append(frame, byte(len(e.planes)))
	scan := []byte{byte(len(e.planes))}
	tables := 0
	for i, p := range e.planes {
		frame = append(frame, byte(i+1), byte(p.h<<4|p.v), byte(p.table))
		scan = append(scan, byte(i+1), byte(p.table<<4|p.table))
		tables = max(tables, p.table+1)
	}
	for i := range tables {
		e.segment(markerDQT, []byte{byte(i)}, e.quant[i][:])
	}
	e.segment(markerSOF0, frame)
	for i := range byte(tables) {
		e.segment(markerDHT, []byte{i}, defaultDC[i].counts[:], defaultDC[i].values)
		e.segment(markerDHT, []byte{1<<4 | i}, defaultAC[i].counts[:], defaultAC[i].values)
	}
	e.segment(markerSOS, append(scan, 0, 63, 0))
}

// segment writes a marker segment.
func (e *encoder) segment(marker byte, parts ...[]byte) {
	n := 2
	for _, p := range parts {
		n += len(p)
	}
	out := append(e.bits.out, 0xff, marker, byte(n>>8), byte(n))
	for _, p := range parts {
		out = append(out, p...)
	}
	e.bits.out = out
	e.flush()
}

// writeScan writes the coded data and the end of the picture.
func (e *encoder) writeScan() {
	codes := newCodes()
	h, v := e.planes[0].h, e.planes[0].v
	for y := range ceilDiv(e.size.Y, 8*v) {
		for x := range ceilDiv(e.size.X, 8*h) {
			for i := range e.planes {
				e.writeMCU(&e.planes[i], &codes, x, y)
			}
			e.flush()
		}
		if e.err != nil {
			return
		}
	}
	e.bits.pad()
	e.bits.out = append(e.bits.out, 0xff, markerEOI)
	e.write()
}

// writeMCU writes a plane's share of an MCU.
func (e *encoder) writeMCU(p *plane, codes *codeTables, x, y int) {
	// A single plane is coded block by block (A.2.2), and h and v are 1.
	for by := y * p.v; by < (y+1)*p.v; by++ {
		for bx := x * p.h; bx < (x+1)*p.h; bx++ {
			samples, stride := p.block(bx*8, by*8, &e.edge)
			nonzero := transform(samples, stride, &e.scale[p.table], &e.values)
			e.bits.writeBlock(&e.values, nonzero, p, codes)
		}
	}
}

// block returns the 8x8 samples at x, y and their stride. Where the plane ends
// within them, they are gathered in edge and repeat its last row and column.
func (p *plane) block(x, y int, edge *[64]byte) (samples []byte, stride int) {
	if x+8 <= p.width && y+8 <= p.height {
		return p.samples[y*p.stride+x:], p.stride
	}
	for i := range edge {
		sy, sx := min(y+i/8, p.height-1), min(x+i%8, p.width-1)
		edge[i] = p.samples[sy*p.stride+sx]
	}
	return edge[:], 8
}

// flush writes what has gathered, if it is much.
func (e *encoder) flush() {
	if len(e.bits.out) >= readBufferSize {
		e.write()
	}
}

func (e *encoder) write() {
	if e.err == nil {
		if _, err := e.w.Write(e.bits.out); err != nil {
			e.err = fmt.Errorf("jpeg: write: %w", err)
		}
	}
	e.bits.out = e.bits.out[:0]
}
