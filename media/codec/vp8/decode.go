package vp8

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

// ErrDamaged means that bytes are not a key frame of VP8, or not all of one.
var ErrDamaged = errors.New("vp8: damaged frame")

// decoder reads one frame.
type decoder struct {
	size         image.Point
	across, down int // macroblocks
	modes        boolReader
	parts        []boolReader // of coefficients, which rows take turns in
	segments     segments
	filter       filterHeader
	steps        [maxSegments]steps
	kinds        [4]kindProbabilities
	mayBeEmpty   bool
	empty        uint8 // the probability that a macroblock is not
	planes       [3]plane

	// What is known of the macroblocks above and to the left.
	above      []contexts
	left       contexts
	aboveModes [][4]blockMode
	leftModes  [4]blockMode

	macroblock decodedMacroblock
	strengths  [2][]strength // of the macroblocks of this row and of the one above
}

// Decode returns the picture of a key frame, which is 4:2:0 and of limited range, as
// Encode wants it. The error wraps ErrDamaged, or is that of ctx when it is done. Besides the
// frame, the memory used is some two bytes a pixel.
func Decode(ctx context.Context, frame []byte) (*image.YCbCr, error) {
	d, err := newDecoder(frame)
	if err != nil {
		return nil, err
	}
	for y := range d.down {
		d.decodeRow(y)
		if y > 0 {
			d.filterRow(y - 1)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if d.isShort() {
			return nil, fmt.Errorf("%w: it ends in row %d of %d", ErrDamaged, y, d.down)
		}
		d.strengths[0], d.strengths[1] = d.strengths[1], d.strengths[0]
	}
	d.filterRow(d.down - 1)
	return d.image(), nil
}

// isShort reports whether more was read than there is.
func (d *decoder) isShort() bool {
	short := d.modes.short
	for i := range d.parts {
		short = short || d.parts[i].short
	}
	return short
}

func (d *decoder) image() *image.YCbCr {
	first := func(i int) []byte { return d.planes[i].samples[d.planes[i].at(0, 0):] }
	return &image.YCbCr{
		Y: first(0), Cb: first(1), Cr: first(2),
		YStride: d.planes[0].stride, CStride: d.planes[1].stride,
		SubsampleRatio: image.YCbCrSubsampleRatio420,
		Rect:           image.Rectangle{Max: d.size},
	}
}

// newDecoder reads what comes before the macroblocks (9.1 to 9.11).
func newDecoder(frame []byte) (*decoder, error) {
	const tag, head = 3, 10
	if len(frame) < head || frame[0]&1 != 0 || string(frame[tag:6]) != "\x9d\x01\x2a" {
		return nil, fmt.Errorf("%w: not a key frame", ErrDamaged)
	}
	d := &decoder{size: image.Pt(
		int(binary.LittleEndian.Uint16(frame[6:])&MaxSide), int(binary.LittleEndian.Uint16(frame[8:])&MaxSide))}
	if d.size.X == 0 || d.size.Y == 0 {
		return nil, fmt.Errorf("%w: %dx%d pixels", ErrDamaged, d.size.X, d.size.Y)
	}
	first := int(frame[0])>>5 | int(frame[1])<<3 | int(frame[2])<<11
	if first > len(frame)-head {
		return nil, fmt.Errorf("%w: %d bytes in its first part, %d are there", ErrDamaged, first, len(frame)-head)
	}
	d.modes = newBoolReader(frame[head:][:first])
	d.modes.number(2) // colour space, and whether samples are to be clamped
	d.segments.read(&d.modes)
	d.filter.read(&d.modes)
	if err := d.readParts(frame[head+first:]); err != nil {
		return nil, err
	}
	d.readSteps()
	d.modes.flag() // whether probabilities are kept for other frames
	d.readProbabilities()
	if d.mayBeEmpty = d.modes.flag(); d.mayBeEmpty {
		d.empty = uint8(d.modes.number(8))
	}
	if d.modes.short {
		return nil, fmt.Errorf("%w: it ends in its header", ErrDamaged)
	}
	d.makeRoom()
	return d, nil
}

func (d *decoder) makeRoom() {
	d.across, d.down = (d.size.X+15)/16, (d.size.Y+15)/16
	d.planes[0] = newPlane(d.across*16, d.down*16)
	d.planes[1] = newPlane(d.across*8, d.down*8)
	d.planes[2] = newPlane(d.across*8, d.down*8)
	d.above = make([]contexts, d.across)
	d.aboveModes = make([][4]blockMode, d.across)
	for i := range d.strengths {
		d.strengths[i] = make([]strength, d.across)
	}
}

// readParts finds the parts of coefficients (9.5).
func (d *decoder) readParts(data []byte) error {
	n := 1 << d.modes.number(2)
	sizes := data
	if len(data) < 3*(n-1) {
		return fmt.Errorf("%w: %d bytes for the sizes of %d parts", ErrDamaged, len(data), n)
	}
	data = data[3*(n-1):]
	for i := range n {
		size := len(data)
		if i < n-1 {
			size = min(size, int(sizes[3*i])|int(sizes[3*i+1])<<8|int(sizes[3*i+2])<<16)
		}
		d.parts = append(d.parts, newBoolReader(data[:size:size]))
		data = data[size:]
	}
	return nil
}

// readProbabilities reads those that differ from the defaults (13.4).
func (d *decoder) readProbabilities() {
	p := defaults
	for i := range p {
		if d.modes.bit(updates[i]) {
			p[i] = uint8(d.modes.number(8))
		}
	}
	for kind := range d.kinds {
		d.kinds[kind] = p.byPlace(kind)
	}
}

const maxSegments = 4

// segments are kinds of macroblocks with steps and filters of their own (9.3).
type segments struct {
	used, mapped bool
	differ       bool // from what the frame has, which they do not replace
	step         [maxSegments]int
	filter       [maxSegments]int
	probs        [maxSegments - 1]uint8
}

func (s *segments) read(r *boolReader) {
	s.probs = [...]uint8{255, 255, 255}
	if s.used = r.flag(); !s.used {
		return
	}
	s.mapped = r.flag()
	if r.flag() {
		s.differ = !r.flag()
		for i := range s.step {
			s.step[i] = r.optional(7)
		}
		for i := range s.filter {
			s.filter[i] = r.optional(6)
		}
	}
	if !s.mapped {
		return
	}
	for i := range s.probs {
		if r.flag() {
			s.probs[i] = uint8(r.number(8))
		}
	}
}

// of returns a segment's own value of those, given the frame's.
func (s *segments) of(values *[maxSegments]int, segment, frame int) int {
	switch {
	case !s.used:
		return frame
	case s.differ:
		return frame + values[segment]
	}
	return values[segment]
}

// steps are what levels are multiplied by: of the first coefficient and of the others.
type steps struct{ lumaDC, luma, chroma [2]int32 }

// readSteps reads the indices of steps (9.6, 14.1).
func (d *decoder) readSteps() {
	index := d.modes.number(7)
	var differences [5]int
	for i := range differences {
		differences[i] = d.modes.optional(4)
	}
	at := func(i int) int { return min(max(i, 0), len(stepsDC)-1) }
	for i := range d.steps {
		q := d.segments.of(&d.segments.step, i, index)
		s := &d.steps[i]
		s.luma = [2]int32{int32(stepsDC[at(q+differences[0])]), int32(stepsAC[at(q)])}
		s.lumaDC = [2]int32{2 * int32(stepsDC[at(q+differences[1])]), max(int32(stepsAC[at(q+differences[2])])*155/100, 8)}
		s.chroma = [2]int32{min(int32(stepsDC[at(q+differences[3])]), 132), int32(stepsAC[at(q+differences[4])])}
	}
}
