package picture

import "fmt"

// OBU types (AV1 bitstream specification, 6.2.2).
const (
	obuSequenceHeader = 1
	obuFrameHeader    = 3
	obuFrame          = 6
)

// maxHeaderOBU is more bytes than the fields that are read of an OBU take.
const maxHeaderOBU = 512

// measureAV1 reads the sequence headers of a bitstream and refuses frames of
// more than limit pixels. Frames that bring sizes of their own are ErrNoDecoder.
func measureAV1(f *file, data span, limit int64) error {
	r := f.bytes(data)
	var s av1Sequence
	for r.offset < r.end && r.err == nil {
		if err := f.step(); err != nil {
			return err
		}
		kind, payload := nextOBU(r)
		if r.err != nil {
			break
		}
		head, err := f.at(payload.offset, int(min(payload.length, maxHeaderOBU)))
		if err != nil {
			return err
		}
		b := &bits{data: head}
		switch kind {
		case obuSequenceHeader:
			if s = readAV1Sequence(b); s.modelled {
				return fmt.Errorf("%w: AV1 with a decoder model", ErrNoDecoder)
			}
			if s.width*s.height > limit || b.short {
				return fmt.Errorf("%w: AV1 frames of %dx%d pixels", ErrDamaged, s.width, s.height)
			}
		case obuFrame, obuFrameHeader:
			if s.width == 0 || s.resizes(b) {
				return fmt.Errorf("%w: AV1 frame of a size of its own", ErrNoDecoder)
			}
		}
		r.offset = payload.end()
	}
	return r.err
}

// nextOBU reads an OBU header (5.3.1) and its size (4.10.5).
func nextOBU(r *byteReader) (kind byte, payload span) {
	header := r.next()
	if header&4 != 0 {
		r.next() // extension
	}
	payload.length = r.end - r.offset
	if header&2 != 0 {
		payload.length = 0
		for i := 0; i < 8; i++ {
			b := int64(r.next())
			payload.length |= b & 0x7f << (7 * i)
			if b < 0x80 {
				break
			}
		}
	}
	payload.offset = r.offset
	payload.length = min(payload.length, r.end-r.offset)
	return header >> 3 & 15, payload
}

// av1Sequence is what of a sequence header tells the size of frames.
type av1Sequence struct {
	width, height int64
	stillHeader   bool // reduced_still_picture_header: frames have no size
	modelled      bool // has a decoder model: nothing behind it is read
	idBits        int  // of frame ids, 0 for none
	screenContent int  // seq_force_screen_content_tools
	integerMV     int  // seq_force_integer_mv
}

// chosenPerFrame is SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV.
const chosenPerFrame = 2

// readAV1Sequence reads a sequence header as far as needed (5.5.1).
func readAV1Sequence(b *bits) av1Sequence {
	var s av1Sequence
	b.read(3 + 1) // profile, still picture
	s.stillHeader = b.flag()
	if s.stillHeader {
		b.read(5) // level
	} else {
		s.modelled = readOperatingPoints(b)
	}
	if s.modelled {
		return s
	}
	widthBits, heightBits := 1+b.read(4), 1+b.read(4)
	s.width, s.height = int64(1+b.read(widthBits)), int64(1+b.read(heightBits))
	if s.stillHeader {
		return s
	}
	if b.flag() { // frame ids
		delta := 2 + b.read(4)
		s.idBits = delta + 1 + b.read(3)
	}
	b.read(3 + 4) // superblocks, filters; compound modes, warped motion, dual filter
	if b.flag() { // order hints
		b.read(2)
	}
	s.screenContent, s.integerMV = chosenPerFrame, chosenPerFrame
	if !b.flag() {
		s.screenContent = b.read(1)
	}
	if s.screenContent > 0 && !b.flag() {
		s.integerMV = b.read(1)
	}
	return s
}

// readOperatingPoints reads the timing and the operating points, and reports
// whether there is a decoder model, at which it stops.
func readOperatingPoints(b *bits) (modelled bool) {
	if b.flag() { // timing info
		b.read(32)
		b.read(32)
		if b.flag() {
			b.exponential()
		}
		if b.flag() {
			return true
		}
	}
	delays := b.flag()
	for range 1 + b.read(5) {
		b.read(12)
		if level := b.read(5); level > 7 {
			b.read(1) // tier
		}
		if delays && b.flag() {
			b.read(4)
		}
	}
	return false
}

// resizes reports whether a frame may have another size than the sequence says
// (5.9.2). It knows the headers of key frames that are shown.
func (s *av1Sequence) resizes(b *bits) bool {
	if s.stillHeader {
		return false
	}
	const keyFrame = 0
	if b.flag() || b.read(2) != keyFrame || !b.flag() {
		return true // an existing frame, another type, or not shown
	}
	b.read(1) // CDF update
	screenContent := s.screenContent
	if screenContent == chosenPerFrame {
		screenContent = b.read(1)
	}
	if screenContent > 0 && s.integerMV == chosenPerFrame {
		b.read(1)
	}
	b.read(s.idBits)
	return b.flag() || b.short // frame_size_override_flag
}

// bits reads numbers of the most significant bit first. Behind the end it
// returns zeros and is short.
type bits struct {
	data  []byte
	pos   int
	short bool
}

func (b *bits) read(n int) int {
	v := 0
	for range n {
		v <<= 1
		if i := b.pos / 8; i < len(b.data) {
			v |= int(b.data[i]>>(7-b.pos%8)) & 1
		} else {
			b.short = true
		}
		b.pos++
	}
	return v
}

func (b *bits) flag() bool { return b.read(1) == 1 }

// exponential skips a number in uvlc (4.10.3).
func (b *bits) exponential() {
	zeros := 0
	for zeros < 32 && !b.short && !b.flag() {
		zeros++
	}
	b.read(zeros)
}

// span is a run of bytes of a file.
type span struct{ offset, length int64 }

func (s span) end() int64 { return s.offset + s.length }

// behind is the span without its first n bytes.
func (s span) behind(n int64) span { return span{s.offset + n, max(s.length-n, 0)} }

// byteReader reads the bytes of a span. After the first error it returns zeros.
type byteReader struct {
	file        *file
	offset, end int64
	err         error
}

func (f *file) bytes(s span) *byteReader { return &byteReader{file: f, offset: s.offset, end: s.end()} }

func (r *byteReader) next() byte {
	if r.err == nil && r.offset >= r.end {
		r.err = fmt.Errorf("%w: bitstream ends too early", ErrDamaged)
	}
	if r.err != nil {
		return 0
	}
	var b []byte
	if b, r.err = r.file.at(r.offset, 1); r.err != nil {
		return 0
	}
	r.offset++
	return b[0]
}
