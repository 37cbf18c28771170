package jxl

import (
	"fmt"
	"io"
)

// maxFrame is more than the header and the table of contents of a frame of the
// largest picture take.
const maxFrame = 1 << 20

// usualFrame is as much as most of them take.
const usualFrame = 4 << 10

// maxTokens bounds the work that codes of no bits can ask for. Real orders of
// parts have codes for a hundred tokens a frame.
const maxTokens = 1 << 22

// maxStart is more than the headers of a codestream and its profile take.
const maxStart = maxProfile + 1<<20

// End returns where the frames of a JPEG XL codestream end (ISO/IEC
// 18181-1, annexes D to F). One that breaks off ends with the last frame that
// begins in it. The error wraps ErrDamaged where the end cannot be told, or is that
// of r.
func End(r io.ReaderAt, size int64) (end int64, err error) {
	return walk(r, size, func(frame) bool { return true })
}

// walk is End, and calls visit for each frame until it returns false.
func walk(r io.ReaderAt, size int64, visit func(frame) bool) (end int64, err error) {
	head, err := read(r, 0, min(size, maxFrame))
	if err != nil {
		return 0, err
	}
	h, ok := parse(head)
	if h.HasICC {
		if head, err = read(r, 0, min(size, maxStart)); err != nil {
			return 0, err
		}
	}
	bits := &lowBits{data: head, pos: h.bits}
	bits.afterColour(h)
	if h.HasICC {
		ok = ok && bits.profile()
	}
	if !ok || bits.short {
		return 0, fmt.Errorf("%w: header", ErrDamaged)
	}
	at, tokens := int64(bits.pos+7)/8, bits.tokens
	for first := true; ; first = false {
		f, broken, err := readFrame(r, size, h, at)
		switch {
		case err != nil:
			return 0, err
		case broken && !first:
			return at, nil
		case broken:
			return 0, fmt.Errorf("%w: no frame", ErrDamaged)
		}
		if tokens += f.tokens; tokens > maxTokens {
			return 0, fmt.Errorf("%w: codes for %d tokens", ErrDamaged, tokens)
		}
		if at += f.bytes; !visit(f) || f.last || at >= size {
			return min(at, size), nil
		}
	}
}

// readFrame reads the header and the table of contents of the frame at an
// offset, most of which are small. A broken one ends behind the file.
func readFrame(r io.ReaderAt, size int64, h Header, at int64) (f frame, broken bool, err error) {
	for _, most := range []int64{usualFrame, maxFrame} {
		part, err := read(r, at, min(size-at, most))
		if err != nil {
			return f, false, err
		}
		bits := &lowBits{data: part}
		f, ok := bits.frame(h)
		switch {
		case ok && !bits.short:
			f.bytes += int64(bits.pos / 8)
			f.tokens = bits.tokens
			return f, false, nil
		case bits.short && int64(len(part)) < most:
			return f, true, nil
		case !bits.short:
			return f, false, fmt.Errorf("%w: frame at %d", ErrDamaged, at)
		}
	}
	return f, false, fmt.Errorf("%w: frame at %d of more than %d bytes", ErrDamaged, at, maxFrame)
}

// afterColour skips what follows the colours in the image header: tone mapping,
// extensions, and the transform of XYB.
func (r *lowBits) afterColour(h Header) {
	const half = 16
	if h.all {
		r.transform(h)
		return
	}
	if h.extra && !r.flag() {
		r.read(2 * half)
		r.flag()
		r.read(half)
	}
	r.extensions()
	r.transform(h)
}

func (r *lowBits) transform(h Header) {
	const half = 16
	if r.flag() {
		return
	}
	if h.XYB && !r.flag() {
		for range 9 + 3 + 4 {
			r.read(half)
		}
	}
	mask := r.read(3)
	for i, weights := range []int{15, 55, 210} {
		if mask>>i&1 != 0 {
			for range weights {
				r.read(half)
			}
		}
	}
}

// extensions skips what later versions may add: each tells its bits.
func (r *lowBits) extensions() {
	set := r.u64()
	total := uint64(0)
	for ; set != 0; set &= set - 1 {
		total += r.u64()
	}
	if total > uint64(len(r.data))*8 {
		r.short = true
		return
	}
	r.pos += int(total)
}

// u64 reads a number of up to 64 bits (B.2.3).
func (r *lowBits) u64() uint64 {
	switch r.read(2) {
	case 0:
		return 0
	case 1:
		return 1 + uint64(r.read(4))
	case 2:
		return 17 + uint64(r.read(8))
	}
	v := uint64(r.read(12))
	for shift := 12; r.flag(); shift += 8 {
		if shift == 60 {
			return v | uint64(r.read(4))<<60
		}
		v |= uint64(r.read(8)) << shift
	}
	return v
}

// frame is what the header of a frame tells (annex F).
type frame struct {
	kind          int
	modular       bool
	flags         uint64
	upsampling    int64
	passes        int
	level         int // of a frame of averages
	groupShift    int
	width, height int64
	partial       bool // does not cover the picture
	last          bool
	timed         bool  // is shown for a while
	tokens        int   // of its codes
	bytes         int64 // of its parts, and then with its header
}

// Kinds of frames (F.2).
const (
	frameRegular = iota
	frameAverages
	frameReference
	frameSkip
)

func (f *frame) isShown() bool { return f.kind == frameRegular || f.kind == frameSkip }

// frame reads the header of a frame and its table of contents.
func (r *lowBits) frame(h Header) (f frame, ok bool) {
	f = frame{upsampling: 1, passes: 1, groupShift: 1, width: h.Width, height: h.Height, last: true}
	if h.preview {
		return f, false
	}
	if !r.flag() {
		r.frameHeader(h, &f)
	}
	return f, r.contents(&f)
}

func (r *lowBits) frameHeader(h Header, f *frame) {
	const averages = 0x20 // among the flags: they are in a frame of their own
	f.kind, f.modular, f.flags = r.read(2), r.flag(), r.u64()
	ycc := !h.XYB && r.flag()
	if f.flags&averages == 0 {
		if ycc {
			r.read(6)
		}
		f.upsampling = 1 << r.read(2)
		r.read(2 * h.Channels)
	}
	switch {
	case f.modular:
		f.groupShift = r.read(2)
	case h.XYB:
		r.read(6)
	}
	if f.kind != frameReference {
		r.passes(f)
	}
	if f.kind == frameAverages {
		f.level = 1 + r.read(2)
	} else {
		r.frameSize(h, f)
	}
	r.frameUse(h, f)
	r.read(8 * r.u32(constant(0), field(0, 4), field(16, 5), field(48, 10))) // name
	r.filters(f.modular)
	r.extensions()
}

func (r *lowBits) passes(f *frame) {
	f.passes = r.u32(constant(1), constant(2), constant(3), field(4, 3))
	if f.passes == 1 {
		return
	}
	n := r.u32(constant(0), constant(1), constant(2), field(3, 1))
	r.read(2 * (f.passes - 1))
	r.read(2 * n)
	for range n {
		r.u32(constant(0), constant(1), constant(2), field(0, 3))
	}
}

// frameSize reads where a frame is on the picture.
func (r *lowBits) frameSize(h Header, f *frame) {
	if !r.flag() {
		return
	}
	side := func() int64 { return int64(r.u32(field(0, 8), field(256, 11), field(2304, 14), field(18688, 30))) }
	var left, top int64
	if f.isShown() {
		left, top = unpackSigned(side()), unpackSigned(side())
	}
	f.width, f.height = side(), side()
	f.partial = left > 0 || top > 0 || left+f.width < h.Width || top+f.height < h.Height
}

func unpackSigned(v int64) int64 {
	if v&1 == 1 {
		return -(v + 1) / 2
	}
	return v / 2
}

// frameUse reads how a frame is blended, how long it is shown, and what refers
// to it.
func (r *lowBits) frameUse(h Header, f *frame) {
	mode, duration := 0, 0
	f.last, f.timed = false, false
	if f.isShown() {
		mode = r.blending(h, f)
		for range h.Channels {
			r.blending(h, f)
		}
		if h.Animated {
			duration = r.u32(constant(0), constant(1), field(0, 8), field(0, 32))
			if h.timecodes {
				r.read(32)
			}
		}
		f.last = r.flag()
	}
	f.timed = duration > 0
	reference := 0
	if f.kind != frameAverages && !f.last {
		reference = r.read(2)
	}
	referred := !f.last && (duration == 0 || reference != 0)
	if f.kind == frameReference || f.isShown() && referred && mode == 0 && !f.partial {
		r.flag()
	}
}

// blending reads a BlendingInfo and returns its mode.
func (r *lowBits) blending(h Header, f *frame) int {
	const replace, blend, weighted, multiply = 0, 2, 3, 4
	mode := r.u32(constant(replace), constant(1), constant(blend), field(3, 2))
	alpha := h.Channels > 0 && (mode == blend || mode == weighted)
	if alpha {
		r.u32(constant(0), constant(1), constant(2), field(3, 3))
	}
	if alpha || mode == multiply {
		r.flag()
	}
	if mode != replace || f.partial {
		r.read(2)
	}
	return mode
}

// filters skips the restoration filters (J.1).
func (r *lowBits) filters(modular bool) {
	const half = 16
	if r.flag() {
		return
	}
	if r.flag() && r.flag() { // own weights of the smoothing
		for range 6 {
			r.read(half)
		}
	}
	if r.read(2) > 0 {
		if !modular && r.flag() {
			for range 8 {
				r.read(half)
			}
		}
		if r.flag() {
			for range 5 {
				r.read(half)
			}
		}
		if r.flag() {
			if !modular {
				r.read(half)
			}
			for range 3 {
				r.read(half)
			}
		}
		if modular {
			r.read(half)
		}
	}
	r.extensions()
}

// contents reads the table of contents and sums the bytes of the frame's parts
// (F.3), in whatever order they are.
func (r *lowBits) contents(f *frame) (ok bool) {
	const averagesOf = 8
	scale := f.upsampling << (3 * f.level)
	width, height := divideUp(f.width, scale), divideUp(f.height, scale)
	group := int64(128) << f.groupShift
	groups := divideUp(width, group) * divideUp(height, group)
	parts := int64(1)
	if groups > 1 || f.passes > 1 {
		parts = 2 + divideUp(width, averagesOf*group)*divideUp(height, averagesOf*group) + groups*int64(f.passes)
	}
	if parts > int64(len(r.data)) {
		r.short = true
		return false
	}
	if r.flag() && !r.order(int(parts)) {
		return false
	}
	r.align()
	for range parts {
		f.bytes += int64(r.u32(field(0, 10), field(1024, 14), field(17408, 22), field(4211712, 30)))
	}
	r.align()
	return true
}

// align goes to the next byte.
func (r *lowBits) align() { r.pos = (r.pos + 7) / 8 * 8 }

func divideUp(n, by int64) int64 { return (n + by - 1) / by }
