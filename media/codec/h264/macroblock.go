package h264

import (
	"context"
	"fmt"
)

// entropy reads the syntax elements of macroblocks, coded by CAVLC or CABAC.
// What is damaged reads as any value that is allowed, and is told by failed.
type entropy interface {
	fieldPair(around int) bool // mb_field_decoding_flag; around counts pairs of fields beside and above
	macroblockType() int       // mb_type: Table 7-11
	transform8x8() bool        // transform_size_8x8_flag
	mode() int8                // rem_intra_pred_mode, modeNotThere if predicted
	chromaMode() uint8         // intra_chroma_pred_mode
	pattern() uint8            // coded_block_pattern
	qpDelta() int              // mb_qp_delta
	block(b *block) int        // residual_block: how many coefficients
	samples(n int) bitReader   // pcm_sample_luma and pcm_sample_chroma, of n bytes, once a macroblock
	more() bool                // whether the slice goes on
	failed() bool
}

// Kinds of blocks, numbered by ctxBlockCat of Table 9-42 for those of luma, and
// of chroma other than in 4:4:4.
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
	plane int // 0 for Y, 1 for Cb, 2 for Cr
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
	plain    bool          // coefficients are differences of samples: TransformBypassModeFlag
	residual [3][256]int32 // of a plane's 4x4 blocks in decoding order; zero in between
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
		d.next(i, number)
		d.macroblock()
		p.decoded++
		more := p.pairs && i%2 == 0 || d.entropy.more() // no slice ends within a pair
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
	d.setScans(p.field)
	if s.pps.cabac {
		d.entropy = newCABAC(&d.mbContext, b, p.field, s)
	} else {
		d.entropy = &cavlc{bitReader: *b, c: &d.mbContext, sps: s.sps}
	}
	return d
}

// setScans takes the scans of fields, or those of frames.
func (d *sliceDecoder) setScans(field bool) {
	d.scan4, d.scan8, d.scan8x4 = &zigzag4, &zigzag8, &frameQuarters
	if field {
		d.scan4, d.scan8, d.scan8x4 = &field4, &field8, &fieldQuarters
	}
}

// next goes on to macroblock i, and reads how a pair is coded that it begins.
func (d *sliceDecoder) next(i int, number int32) {
	if d.pic.pairs && i%2 == 0 {
		d.field = d.entropy.fieldPair(d.pic.fieldPairsAround(i, number))
		d.setScans(d.field)
	}
	d.enter(d.pic, i, number)
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
		for plane := range d.fullPlanes() {
			d.readFull(plane)
		}
		d.readChroma()
	} else {
		d.lastDelta = 0
		d.setQP(d.qp)
	}
	for plane := range d.fullPlanes() {
		if d.mb.transform8x8 {
			d.reconstruct8x8(plane)
		} else {
			d.reconstruct4x4(plane)
		}
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
	if !d.hasSmallChroma() && d.mb.pattern>>4 != 0 {
		d.damaged = true
		return
	}
	d.fillModes(modeDC)
	d.readChromaMode()
	d.readDelta()
	for plane := range d.fullPlanes() {
		d.readDC16x16(plane)
		d.readFull(plane)
	}
	d.readChroma()
	for plane := range d.fullPlanes() {
		d.reconstruct16x16(plane, int8(kind%4))
	}
	d.reconstructChroma()
}

// pcm is a macroblock of plain samples.
func (d *sliceDecoder) pcm() {
	mb := d.mb
	mb.kind, mb.pattern, mb.dc = intraPCM, 0x2f, 7
	d.lastDelta = 0
	d.fillModes(modeDC)
	bits := 0
	for i := range d.planes {
		p := &d.planes[i]
		bits += p.width * p.height * p.depth
		for _, place := range places {
			d.coded[i][place] = 16
		}
	}
	b := d.entropy.samples(bits / 8)
	for i := range d.planes {
		p := &d.planes[i]
		for y := range p.height {
			row := p.pix[d.origin(i)+y*p.stride:][:p.width]
			for x := range row {
				row[x] = uint16(b.bits(p.depth))
			}
		}
	}
}

// origin returns where the macroblock lies in a plane.
func (d *sliceDecoder) origin(plane int) int {
	p := &d.planes[plane]
	return d.y*p.height*p.stride + d.x*p.width
}

// fullPlanes is how many planes are coded as luma is.
func (d *sliceDecoder) fullPlanes() int {
	if d.slice.sps.full() {
		return 3
	}
	return 1
}

// hasSmallChroma reports whether there is chroma that is coded in its own way:
// in 4:2:0 and 4:2:2.
func (d *sliceDecoder) hasSmallChroma() bool {
	return !d.slice.sps.monochrome() && !d.slice.sps.full()
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
	if d.hasSmallChroma() {
		d.mb.chromaMode = d.entropy.chromaMode()
	}
}

func (d *sliceDecoder) readDelta() {
	d.lastDelta = d.entropy.qpDelta()
	count := d.slice.sps.maxQP() + 1
	d.setQP((d.qp + d.lastDelta + count) % count)
}

// setQP makes qp that of the macroblock.
func (d *sliceDecoder) setQP(qp int) {
	d.qp, d.mb.qp = qp, uint8(qp)
	d.plain = qp == 0 && d.slice.sps.lossless
}
