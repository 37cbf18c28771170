package h264

import (
	"context"
	"fmt"
)

// entropy reads the syntax elements of macroblocks, coded by CAVLC or CABAC.
// What is damaged reads as any value that is allowed, and is told by failed.
type entropy interface {
	macroblockType() int  // mb_type: Table 7-11
	transform8x8() bool   // transform_size_8x8_flag
	mode() int8           // rem_intra_pred_mode, modeNotThere if predicted
	chromaMode() uint8    // intra_chroma_pred_mode
	pattern() uint8       // coded_block_pattern
	qpDelta() int         // mb_qp_delta
	block(b *block) int   // residual_block: how many coefficients
	samples(n int) []byte // pcm_sample_luma and pcm_sample_chroma, once a macroblock
	more() bool           // whether the slice goes on
	failed() bool
}

// Kinds of blocks, numbered by ctxBlockCat of Table 9-42.
const (
	blockLumaDC = iota
	blockLumaAC
	blockLuma4
	blockChromaDC
	blockChromaAC
	blockLuma8
)

// block is where the coefficients of a block go, and how they are scaled: each
// is multiplied by scale, rounded and shifted. The scan holds as many places
// as the block may have coefficients.
type block struct {
	kind  int
	plane int
	place int
	scan  []uint8
	scale []int32
	shift uint
	out   []int32
}

// sliceDecoder decodes the macroblocks of a slice.
type sliceDecoder struct {
	mbContext
	pic     *picture
	slice   *slice
	entropy entropy
	tables  *scaleTables
	scan4   *[16]uint8
	scan8   *[64]uint8
	scan8x4 *[4][16]uint8

	qp       int
	residual [384]int32 // of 4x4 blocks in decoding order; zero in between
	dc       [16]int32
	edge     edge
	block    block
	damaged  bool
}

var (
	frameQuarters = quarters(&zigzag8)
	fieldQuarters = quarters(&field8)
)

// decodeSlice decodes what follows the header of a slice (7.3.4).
func decodeSlice(ctx context.Context, p *picture, s *slice, b *bitReader) error {
	d := newSliceDecoder(p, s, b)
	number := int32(len(p.slices))
	for i := s.firstMB; ; i++ {
		if i >= len(p.mbs) || p.mbs[i].slice != 0 {
			return fmt.Errorf("%w: slice goes too far", ErrDamaged)
		}
		if err := ctx.Err(); i%p.width == 0 && err != nil {
			return err
		}
		d.enter(p, i, number)
		d.macroblock()
		p.decoded++
		more := d.entropy.more()
		if d.damaged || d.entropy.failed() {
			return fmt.Errorf("%w: macroblock %d", ErrDamaged, i)
		}
		if !more {
			return nil
		}
	}
}

func newSliceDecoder(p *picture, s *slice, b *bitReader) *sliceDecoder {
	d := &sliceDecoder{pic: p, slice: s, qp: s.qp, tables: s.pps.scaleTables(s.sps)}
	d.scan4, d.scan8, d.scan8x4 = &zigzag4, &zigzag8, &frameQuarters
	if p.field {
		d.scan4, d.scan8, d.scan8x4 = &field4, &field8, &fieldQuarters
	}
	if s.pps.cabac {
		d.entropy = newCABAC(&d.mbContext, b, p.field, s.sps.monochrome, s.qp)
	} else {
		d.entropy = &cavlc{bitReader: *b, c: &d.mbContext, monochrome: s.sps.monochrome}
	}
	return d
}

// macroblock reads and reconstructs a macroblock (7.3.5).
func (d *sliceDecoder) macroblock() {
	kind := d.entropy.macroblockType()
	switch {
	case kind == 25:
		d.pcm()
	case kind == 0:
		d.macroblockNxN()
	default:
		d.macroblock16x16(kind - 1)
	}
	d.leave()
}

// macroblockNxN is one of 4x4 or 8x8 blocks that are predicted one by one.
func (d *sliceDecoder) macroblockNxN() {
	d.mb.kind = intraNxN
	if d.slice.pps.transform8x8 {
		d.mb.transform8x8 = d.entropy.transform8x8()
	}
	d.readModes()
	d.readChromaMode()
	d.mb.pattern = d.entropy.pattern()
	if d.mb.pattern != 0 {
		d.readDelta()
		d.readLuma()
		d.readChroma()
	} else {
		d.lastDelta = 0
	}
	d.mb.qp = uint8(d.qp)
	if d.mb.transform8x8 {
		d.reconstruct8x8()
	} else {
		d.reconstruct4x4()
	}
	d.reconstructChroma()
}

// macroblock16x16 is one that is predicted as a whole; kind counts from 0.
func (d *sliceDecoder) macroblock16x16(kind int) {
	d.mb.kind = intra16x16
	d.mb.pattern = uint8(kind / 4 % 3 << 4)
	if kind >= 12 {
		d.mb.pattern |= 15
	}
	if d.slice.sps.monochrome && d.mb.pattern>>4 != 0 {
		d.damaged = true
		return
	}
	d.fillModes(modeDC)
	d.readChromaMode()
	d.readDelta()
	d.mb.qp = uint8(d.qp)
	d.readDC16x16()
	d.readLuma()
	d.readChroma()
	d.reconstruct16x16(int8(kind % 4))
	d.reconstructChroma()
}

// pcm is a macroblock of plain samples.
func (d *sliceDecoder) pcm() {
	mb := d.mb
	mb.kind, mb.pattern, mb.dc = intraPCM, 0x2f, 7
	d.lastDelta = 0
	d.fillModes(modeDC)
	for _, place := range places {
		d.coded[place] = 16
	}
	samples := d.entropy.samples(192 + 64*len(d.pic.planes))
	for i := range d.pic.planes {
		at, stride, size := d.origin(i)
		for y := range size {
			copy(d.pic.planes[i].pix[at+y*stride:][:size], samples)
			samples = samples[size:]
		}
	}
}

// origin returns where the macroblock lies in a plane, and its size there.
func (d *sliceDecoder) origin(plane int) (at, stride, size int) {
	size = 16
	if plane > 0 {
		size = 8
	}
	stride = d.pic.planes[plane].stride
	return d.y*size*stride + d.x*size, stride, size
}

// readModes reads the modes of the 4x4 or 8x8 blocks.
func (d *sliceDecoder) readModes() {
	step := 1
	if d.mb.transform8x8 {
		step = 4
	}
	for i := 0; i < 16; i += step {
		place := places[i]
		mode := d.predictedMode(place)
		if sent := d.entropy.mode(); sent != modeNotThere {
			if sent >= mode {
				sent++
			}
			mode = sent
		}
		d.modes[place] = mode
		if step == 4 {
			d.modes[place+1] = mode
			d.modes[place+placesPerRow] = mode
			d.modes[place+placesPerRow+1] = mode
		}
	}
}

func (d *sliceDecoder) readChromaMode() {
	if !d.slice.sps.monochrome {
		d.mb.chromaMode = d.entropy.chromaMode()
	}
}

func (d *sliceDecoder) readDelta() {
	d.lastDelta = d.entropy.qpDelta()
	d.qp = (d.qp + d.lastDelta + 52) % 52
}
