package h264

import (
	"bytes"
	"image"
)

// plane is the samples of one component of a picture. The rows of a field lie
// two rows of its frame apart.
type plane struct {
	pix           []uint16
	stride        int
	width, height int // of a macroblock, in samples
	depth         int // bits of a sample
}

// most is the greatest sample.
func (p *plane) most() int32 { return 1<<p.depth - 1 }

// Types of macroblocks.
const (
	intraNxN = iota // 4x4, or 8x8 with transform8x8
	intra16x16
	intraPCM
)

// macroblock is what later macroblocks, and the deblocking filter, need to know
// of one.
type macroblock struct {
	slice        int32 // its number in the picture, from 1 on; 0 if not decoded
	kind         uint8
	transform8x8 bool
	pattern      uint8 // coded_block_pattern
	field        bool  // of a field, in a picture of pairs
	chromaMode   uint8 // intra_chroma_pred_mode
	qp           uint8 // of luma, from the least on; 0 for PCM
	dc           uint8 // bits: the DC blocks of Y, Cb and Cr have coefficients
	modes        [16]int8
	coded        [3][16]uint8 // coefficients in the 4x4 blocks of Y, Cb and Cr, four to a row
}

// picture is a frame, or a field, that is being decoded.
type picture struct {
	planes        []plane // one without colour, else three
	width, height int     // in macroblocks
	field         bool
	mbs           []macroblock // in the order of their addresses
	slices        []*slice
	decoded       int // macroblocks

	// The pairs of macroblocks, one above the other, of a frame choose between
	// frame and field (MBAFF). The address of the lower one follows the upper's.
	pairs  bool
	fields [2][]plane // the planes of the top and of the bottom field, with pairs
}

func newPicture(planes []plane, width, height int) *picture {
	return &picture{planes: planes, width: width, height: height, mbs: make([]macroblock, width*height)}
}

// choose makes p a frame whose pairs choose.
func (p *picture) choose() {
	p.pairs = true
	p.fields = [2][]plane{fieldOf(p.planes, false), fieldOf(p.planes, true)}
}

func (p *picture) complete() bool { return p.decoded == len(p.mbs) }

// frame holds the samples of a whole picture.
type frame struct {
	sps    *sps
	planes []plane
}

func newFrame(s *sps) *frame {
	f := &frame{sps: s}
	add := func(width, height, depth int) {
		stride := width * s.widthMBs
		f.planes = append(f.planes, plane{make([]uint16, stride*height*s.heightMBs()), stride, width, height, depth})
	}
	add(16, 16, s.depth[0])
	if !s.monochrome() {
		x, y := s.chromaUnit()
		add(16/x, 16/y, s.depth[1])
		add(16/x, 16/y, s.depth[1])
	}
	return f
}

// picture returns the frame, or one of its fields, that a slice belongs to, to
// decode into.
func (f *frame) picture(s *slice) *picture {
	if s.field {
		p := newPicture(fieldOf(f.planes, s.bottom), f.sps.widthMBs, f.sps.heightMapUnits)
		p.field = true
		return p
	}
	p := newPicture(f.planes, f.sps.widthMBs, f.sps.heightMBs())
	if s.mbaff() {
		p.choose()
	}
	return p
}

// fieldOf returns the planes of a field of a frame.
func fieldOf(frame []plane, bottom bool) []plane {
	planes := make([]plane, len(frame))
	for i, p := range frame {
		if bottom {
			p.pix = p.pix[p.stride:]
		}
		p.stride *= 2
		planes[i] = p
	}
	return planes
}

// fillField puts the rows of the other field in place of a field's.
func (f *frame) fillField(bottom bool) {
	for _, p := range f.planes {
		for at := 0; at < len(p.pix); at += 2 * p.stride {
			to, from := p.pix[at:at+p.stride], p.pix[at+p.stride:at+2*p.stride]
			if bottom {
				to, from = from, to
			}
			copy(to, from)
		}
	}
}

// cropped returns where the samples of a plane that are to be shown begin, and how
// many there are across and down.
func (f *frame) cropped(i int) (from int, size image.Point) {
	p, unitX, unitY := &f.planes[i], 1, 1
	if i > 0 {
		unitX, unitY = f.sps.chromaUnit()
	}
	size = image.Pt((f.sps.cropped[0]+unitX-1)/unitX, (f.sps.cropped[1]+unitY-1)/unitY)
	return f.sps.cropY/unitY*p.stride + f.sps.cropX/unitX, size
}

// narrow returns the samples of a plane that are to be shown with eight bits,
// rounded.
func (f *frame) narrow(i int) (pix []uint8, width int) {
	p := &f.planes[i]
	from, size := f.cropped(i)
	pix = make([]uint8, size.X*size.Y)
	shift := p.depth - 8
	half := uint16(1) << shift >> 1
	for y := range size.Y {
		in, out := p.pix[from+y*p.stride:][:size.X], pix[y*size.X:][:size.X]
		for x, v := range in {
			out[x] = uint8(min((v+half)>>shift, 255))
		}
	}
	return pix, size.X
}

var ratios = [4]image.YCbCrSubsampleRatio{
	image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio444,
}

// image returns what is to be shown of the frame.
func (f *frame) image() *image.YCbCr {
	m := &image.YCbCr{Rect: image.Rect(0, 0, f.sps.cropped[0], f.sps.cropped[1]), SubsampleRatio: ratios[f.sps.chroma]}
	m.Y, m.YStride = f.narrow(0)
	if f.sps.monochrome() {
		m.CStride = (m.Rect.Max.X + 1) / 2
		m.Cb = bytes.Repeat([]byte{128}, m.CStride*((m.Rect.Max.Y+1)/2))
		m.Cr = m.Cb
		return m
	}
	m.Cb, m.CStride = f.narrow(1)
	m.Cr, _ = f.narrow(2)
	return m
}
