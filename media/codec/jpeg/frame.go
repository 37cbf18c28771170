package jpeg

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"slices"
)

// frame is a picture as its frame header describes it, and its samples.
type frame struct {
	width, height int  // of the whole picture, pixels
	precision     uint // bits a sample, 8 or 12
	progressive   bool
	arithmetic    bool
	model         model
	comps         []component
	hMax, vMax    int // greatest sampling factors
	mcusX, mcusY  int // MCUs of an interleaved scan

	size   int  // samples that a block of luma becomes each way: 1, 2, 4 or 8
	coarse bool // the means of blocks are enough for chroma

	complete bool // every scan is read, whether it changes the picture or not
}

// model is what the components of a frame are.
type model byte

const (
	modelYCC  model = iota // luma and chroma, or grey
	modelRGB               // by Adobe's segment, or by the names of the components
	modelCMYK              // of inverted samples
	modelYCCK              // the same, its first three as luma and chroma
)

// component is one plane of a frame.
type component struct {
	id, tq byte
	h, v   int // sampling factors
	size   int // samples that a block becomes each way

	blocksX, blocksY int // blocks of a scan of this component alone
	stride, rows     int // blocks there is room for: those of whole MCUs

	quant   *[64]int32 // nil until the component's first scan
	pred    int32      // predictor of the DC coefficient
	context int        // of the next DC difference, in arithmetic coding
	extra   uint       // bits a sample beyond 8

	samples []byte // rows of pitch() samples
	coefs   coefficients
}

// ratios maps how often luma is sampled for a sample of chroma, each way.
var ratios = map[[2]int]image.YCbCrSubsampleRatio{
	{1, 1}: image.YCbCrSubsampleRatio444,
	{2, 1}: image.YCbCrSubsampleRatio422,
	{2, 2}: image.YCbCrSubsampleRatio420,
	{1, 2}: image.YCbCrSubsampleRatio440,
	{4, 1}: image.YCbCrSubsampleRatio411,
	{4, 2}: image.YCbCrSubsampleRatio410,
}

func (f *frame) known() bool { return f.comps != nil }

// readFrame reads an SOF segment (B.2.2).
func (d *decoder) readFrame(marker byte, p []byte) error {
	f := &d.frame
	if f.known() {
		return fmt.Errorf("%w: second frame", ErrFormat)
	}
	if len(p) < 6 || p[5] == 0 || len(p) < 6+3*int(p[5]) {
		return fmt.Errorf("%w: frame header", ErrFormat)
	}
	f.precision = uint(p[0])
	f.progressive = marker == markerSOF2 || marker == markerSOF10
	f.arithmetic = marker == markerSOF9 || marker == markerSOF10
	f.height = int(binary.BigEndian.Uint16(p[1:]))
	f.width = int(binary.BigEndian.Uint16(p[3:]))
	for c := range slices.Chunk(p[6:6+3*int(p[5])], 3) {
		f.comps = append(f.comps, component{
			id: c[0], h: int(c[1] >> 4), v: int(c[1] & 15), tq: c[2],
		})
	}
	return nil
}

// check reports what is wrong with a frame or not supported of it, and
// derives its geometry (A.1.1, A.2). The transform is that of an Adobe
// segment, -1 for want of one.
func (f *frame) check(transform int, jfif bool) error {
	if f.precision != 8 && f.precision != 12 {
		return fmt.Errorf("%w: %d bits a sample", ErrUnsupported, f.precision)
	}
	if f.width == 0 {
		return fmt.Errorf("%w: width is 0", ErrFormat)
	}
	if f.height == 0 {
		return fmt.Errorf("%w: height follows the first scan", ErrUnsupported)
	}
	for i, c := range f.comps {
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.tq > 3 || f.index(c.id) != i {
			return fmt.Errorf("%w: component %d", ErrFormat, i)
		}
	}
	switch len(f.comps) {
	case 1:
		f.comps[0].h, f.comps[0].v = 1, 1
	case 3:
		if transform == 0 || transform < 0 && !jfif && f.namedRGB() {
			f.model = modelRGB
		}
	case 4:
		f.model = modelCMYK
		if transform == 2 {
			f.model = modelYCCK
		}
	default:
		return fmt.Errorf("%w: %d components", ErrUnsupported, len(f.comps))
	}
	f.layOut()
	return nil
}

// index returns which component has an ID, -1 if none.
func (f *frame) index(id byte) int {
	return slices.IndexFunc(f.comps, func(c component) bool { return c.id == id })
}

func (f *frame) namedRGB() bool {
	return f.comps[0].id == 'R' && f.comps[1].id == 'G' && f.comps[2].id == 'B'
}

// subsampling returns how an image.YCbCr is sampled as the frame is, false if none
// is.
func (f *frame) subsampling() (image.YCbCrSubsampleRatio, bool) {
	if len(f.comps) != 3 || f.model != modelYCC {
		return 0, false
	}
	return Subsampling(f.comps[0].factors(), f.comps[1].factors(), f.comps[2].factors())
}

// Subsampling returns how an image.YCbCr is subsampled whose planes have these
// sampling factors, as a frame header holds them: the horizontal one in the upper
// four bits, the vertical one in the lower (B.2.2). It returns false if none is.
func Subsampling(y, cb, cr byte) (image.YCbCrSubsampleRatio, bool) {
	h, v := cb>>4, cb&15
	if cb != cr || h == 0 || v == 0 || (y>>4)%h != 0 || (y&15)%v != 0 {
		return 0, false
	}
	ratio, ok := ratios[[2]int{int((y >> 4) / h), int((y & 15) / v)}]
	return ratio, ok
}

// odd reports whether the planes of a frame are neither grey nor those of an
// image.YCbCr.
func (f *frame) odd() bool {
	_, even := f.subsampling()
	return len(f.comps) >= 3 && !even
}

// oddBytes is what a pixel of an odd frame takes once it is made even.
func (f *frame) oddBytes() int64 {
	if f.model == modelYCC {
		return 3
	}
	return 4
}

func (f *frame) layOut() {
	f.hMax, f.vMax = 0, 0
	for _, c := range f.comps {
		f.hMax, f.vMax = max(f.hMax, c.h), max(f.vMax, c.v)
	}
	f.mcusX = ceilDiv(f.width, 8*f.hMax)
	f.mcusY = ceilDiv(f.height, 8*f.vMax)
	for i := range f.comps {
		c := &f.comps[i]
		c.blocksX = ceilDiv(ceilDiv(f.width*c.h, f.hMax), 8)
		c.blocksY = ceilDiv(ceilDiv(f.height*c.v, f.vMax), 8)
		c.stride, c.rows = f.mcusX*c.h, f.mcusY*c.v
		c.extra = f.precision - 8
	}
}

// factors returns the sampling factors as a frame header holds them.
func (c *component) factors() byte { return byte(c.h<<4 | c.v) }

// pitch returns the number of samples in a row.
func (c *component) pitch() int { return c.stride * c.size }

// chooseScale sets the smallest size that is still at least minWidth by
// minHeight, or the whole. Chroma as fine as luma is made half as fine where
// the picture is made smaller anyway.
func (f *frame) chooseScale(minWidth, minHeight int) {
	for f.size = 1; f.size < 8; f.size *= 2 {
		if w, h := f.scaled(); w >= minWidth && h >= minHeight {
			break
		}
	}
	for i := range f.comps {
		f.comps[i].size = f.size
	}
	ratio, even := f.subsampling()
	if even && ratio == image.YCbCrSubsampleRatio444 && (f.size == 2 || f.size == 4) {
		f.comps[1].size, f.comps[2].size = f.size/2, f.size/2
	}
	f.coarse = f.coarseEnough(minWidth, minHeight)
}

// coarseEnough reports whether blocks of chroma are as many as a picture of
// 4:2:0 has samples that is 4/5 of a size.
func (f *frame) coarseEnough(width, height int) bool {
	last := &f.comps[len(f.comps)-1]
	if f.odd() {
		return false
	}
	return 5*last.blocksX >= 2*width && 5*last.blocksY >= 2*height
}

// scaled returns the width and height of the decoded picture.
func (f *frame) scaled() (width, height int) {
	return ceilDiv(f.width*f.size, 8), ceilDiv(f.height*f.size, 8)
}

// memory returns the number of bytes that allocate takes.
func (f *frame) memory() int64 {
	total := int64(0)
	for _, c := range f.comps {
		blocks := int64(c.stride) * int64(c.rows)
		total += blocks * int64(c.size*c.size)
		if f.progressive {
			total += blocks * coefficientBytes(c.size, f.refines())
		}
	}
	if f.odd() {
		width, height := f.scaled()
		total += f.oddBytes() * int64(width) * int64(height)
	}
	return total
}

func (f *frame) allocate() {
	for i := range f.comps {
		c := &f.comps[i]
		if f.progressive {
			c.coefs.allocate(c.stride*c.rows, c.size, f.refines())
		}
		c.samples = make([]byte, c.pitch()*c.rows*c.size)
		fillGrey(c.samples)
	}
}

// fillGrey sets all samples to the middle of their range.
func fillGrey(samples []byte) {
	samples[0] = 128
	for n := 1; n < len(samples); n *= 2 {
		copy(samples[n:], samples[:n])
	}
}

// image returns the samples as a picture.
func (f *frame) image() image.Image {
	bounds := image.Rectangle{}
	bounds.Max.X, bounds.Max.Y = f.scaled()
	y := &f.comps[0]
	if len(f.comps) == 1 {
		return &image.Gray{Pix: y.samples, Stride: y.pitch(), Rect: bounds}
	}
	ratio, even := f.subsampling()
	switch {
	case f.model == modelRGB:
		return f.rgb(bounds)
	case f.model != modelYCC:
		return f.cmyk(bounds)
	case !even:
		return f.even(bounds)
	}
	cb, cr := &f.comps[1], &f.comps[2]
	if cb.size < y.size {
		ratio = image.YCbCrSubsampleRatio420
	}
	return &image.YCbCr{
		Y: y.samples, Cb: cb.samples, Cr: cr.samples,
		YStride: y.pitch(), CStride: cb.pitch(),
		SubsampleRatio: ratio,
		Rect:           bounds,
	}
}

// even returns the samples of an odd frame as a picture of 4:4:4, each repeated
// for all pixels that it stands for.
func (f *frame) even(bounds image.Rectangle) image.Image {
	m := image.NewYCbCr(bounds, image.YCbCrSubsampleRatio444)
	for i, plane := range [][]byte{m.Y, m.Cb, m.Cr} {
		f.spread(i, bounds, plane, m.YStride, 1)
	}
	return m
}

// spread writes the samples of a component, each repeated for all pixels that it
// stands for, to every step-th byte of rows.
func (f *frame) spread(component int, bounds image.Rectangle, to []byte, stride, step int) {
	c := &f.comps[component]
	for y := range bounds.Max.Y {
		from, row := c.samples[y*c.v/f.vMax*c.pitch():], to[y*stride:]
		for x := range bounds.Max.X {
			row[step*x] = from[x*c.h/f.hMax]
		}
	}
}

// rgb returns the samples of red, green and blue as a picture.
func (f *frame) rgb(bounds image.Rectangle) image.Image {
	m := image.NewRGBA(bounds)
	for i := range 3 {
		f.spread(i, bounds, m.Pix[i:], m.Stride, 4)
	}
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	return m
}

// cmyk returns the samples of four inks as a picture. In the file 255 is none of
// an ink, in the picture 0 is.
func (f *frame) cmyk(bounds image.Rectangle) image.Image {
	m := image.NewCMYK(bounds)
	for i := range 4 {
		f.spread(i, bounds, m.Pix[i:], m.Stride, 4)
	}
	for i := 0; i < len(m.Pix); i += 4 {
		p := m.Pix[i : i+4 : i+4]
		p[3] = 255 - p[3]
		if f.model == modelYCCK {
			// Luma and chroma are those of what the inks leave, inverted: of the inks.
			p[0], p[1], p[2] = color.YCbCrToRGB(p[0], p[1], p[2])
		} else {
			p[0], p[1], p[2] = 255-p[0], 255-p[1], 255-p[2]
		}
	}
	return m
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
