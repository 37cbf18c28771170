package h264

import (
	"bytes"
	"image"
)

// plane is the samples of one component of a picture. The rows of a field lie
// two rows of its frame apart.
type plane struct {
	pix    []uint8
	stride int
}

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
	chromaMode   uint8 // intra_chroma_pred_mode
	qp           uint8 // of luma; 0 for PCM
	dc           uint8 // bits: the DC blocks of Y, Cb and Cr have coefficients
	modes        [16]int8
	coded        [24]uint8 // coefficients in the 4x4 blocks of Y, Cb and Cr
}

// picture is a frame, or a field, that is being decoded.
type picture struct {
	planes        []plane // one without colour, else three
	width, height int     // in macroblocks
	field         bool
	mbs           []macroblock
	slices        []*slice
	decoded       int // macroblocks
}

func newPicture(planes []plane, width, height int) *picture {
	return &picture{planes: planes, width: width, height: height, mbs: make([]macroblock, width*height)}
}

func (p *picture) complete() bool { return p.decoded == len(p.mbs) }

// frame holds the samples of a whole picture.
type frame struct {
	sps    *sps
	planes []plane
}

func newFrame(s *sps) *frame {
	width, height := 16*s.widthMBs, 16*s.heightMBs()
	f := &frame{sps: s, planes: []plane{{make([]uint8, width*height), width}}}
	if !s.monochrome {
		for range 2 {
			f.planes = append(f.planes, plane{make([]uint8, width*height/4), width / 2})
		}
	}
	return f
}

// picture returns the frame, or one of its fields, to decode into.
func (f *frame) picture(field, bottom bool) *picture {
	if !field {
		return newPicture(f.planes, f.sps.widthMBs, f.sps.heightMBs())
	}
	planes := make([]plane, len(f.planes))
	for i, p := range f.planes {
		planes[i] = plane{p.pix, 2 * p.stride}
		if bottom {
			planes[i].pix = p.pix[p.stride:]
		}
	}
	p := newPicture(planes, f.sps.widthMBs, f.sps.heightMapUnits)
	p.field = true
	return p
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

// crop returns what is to be shown of the frame.
func (f *frame) crop() *image.YCbCr {
	s, y := f.sps, f.planes[0]
	m := &image.YCbCr{Rect: image.Rect(0, 0, s.cropped[0], s.cropped[1]), SubsampleRatio: image.YCbCrSubsampleRatio420}
	m.Y, m.YStride = y.pix[s.cropY*y.stride+s.cropX:], y.stride
	if s.monochrome {
		m.CStride = (m.Rect.Max.X + 1) / 2
		m.Cb = bytes.Repeat([]byte{128}, m.CStride*((m.Rect.Max.Y+1)/2))
		m.Cr = m.Cb
		return m
	}
	cb, cr := f.planes[1], f.planes[2]
	from := s.cropY/2*cb.stride + s.cropX/2
	m.Cb, m.Cr, m.CStride = cb.pix[from:], cr.pix[from:], cb.stride
	return m
}
