package jxl

// Header is what the image header of a JPEG XL codestream says (ISO/IEC
// 18181-1, annex D).
type Header struct {
	Width, Height int64 // as coded
	Orientation   int   // in the numbers of EXIF
	Animated      bool
	SampleBits    int
	Channels      int  // besides colour
	Mixed         bool // samples of several depths, or floats
	Multiplied    bool // colours, by alpha
	Black         bool // there is a channel of black ink
	XYB           bool // colours are stored as XYB
	HasICC        bool // a profile stands for Colour
	Colour        Colour

	all       bool // as usual
	extra     bool // fields
	timecodes bool // of frames
	preview   bool
	bits      int // that were read
}

// Colour is an enumerated colour encoding. Its numbers are those of ITU-T
// H.273.
type Colour struct {
	Space, White, Primaries, Transfer int
}

// Numbers of colour encodings (D.3.5).
const (
	Grey        = 1 // of spaces
	xyb         = 2 // of spaces
	custom      = 2 // of white points and primaries
	D65         = 1 // of white points
	sRGB        = 1 // of primaries
	SRGBCurve   = 13
	maxChannels = 256
)

// parse reads the image header behind the signature. It is not ok when the
// bytes end too early or hold what the standard does not allow.
func parse(b []byte) (h Header, ok bool) {
	r := &lowBits{data: b}
	r.read(16)
	h = Header{
		Orientation: 1, SampleBits: 8, XYB: true,
		Colour: Colour{White: D65, Primaries: sRGB, Transfer: SRGBCurve},
	}
	h.Width, h.Height = r.size()
	if h.all = r.flag(); h.all { // as usual
		h.bits = r.pos
		return h, !r.short
	}
	if h.extra = r.flag(); h.extra {
		h.Orientation = 1 + r.read(3)
		if r.flag() { // intrinsic size
			r.size()
		}
		if h.preview = r.flag(); h.preview {
			r.previewSize()
		}
		if h.Animated = r.flag(); h.Animated {
			h.timecodes = r.animation()
		}
	}
	h.SampleBits, h.Mixed = r.bitDepth()
	r.flag() // 16 bits are enough for modular coding
	h.Channels = r.u32(constant(0), constant(1), field(2, 4), field(1, 12))
	if h.Channels > maxChannels {
		return h, false
	}
	for range h.Channels {
		r.channel(&h)
	}
	h.XYB = r.flag()
	h.HasICC = r.colour(&h.Colour)
	h.bits = r.pos
	return h, !r.short
}

// lowBits reads numbers of the least significant bit first (annex B). Behind
// the end it returns zeros and is short.
type lowBits struct {
	data  []byte
	pos   int
	short bool

	tokens int // that prefix codes were made for
}

func (r *lowBits) read(n int) int {
	v := 0
	for i := range n {
		at := r.pos / 8
		if at >= len(r.data) {
			r.short = true
			return 0
		}
		v |= int(r.data[at]>>(r.pos%8)&1) << i
		r.pos++
	}
	return v
}

func (r *lowBits) flag() bool { return r.read(1) == 1 }

// choice is one of the four ways to code a number: so many bits, added to a
// base.
type choice struct{ base, bits int }

func constant(n int) choice       { return choice{base: n} }
func field(base, bits int) choice { return choice{base, bits} }

// u32 reads a number (B.2.2).
func (r *lowBits) u32(choices ...choice) int {
	c := choices[r.read(2)]
	return c.base + r.read(c.bits)
}

// enum reads a number of an enumeration (B.2.6).
func (r *lowBits) enum() int { return r.u32(constant(0), constant(1), field(2, 4), field(18, 6)) }

// ratios are width by height, from 1 on (D.2).
var ratios = [8][2]int64{1: {1, 1}, {12, 10}, {4, 3}, {3, 2}, {16, 9}, {5, 4}, {2, 1}}

// size reads a SizeHeader (D.2).
func (r *lowBits) size() (width, height int64) {
	small := r.flag()
	side := func() int64 {
		if small {
			return 8 * int64(1+r.read(5))
		}
		return int64(r.u32(field(1, 9), field(1, 13), field(1, 18), field(1, 30)))
	}
	height = side()
	if ratio := ratios[r.read(3)]; ratio[1] != 0 {
		return height * ratio[0] / ratio[1], height
	}
	return side(), height
}

// previewSize skips a PreviewHeader (D.3.4).
func (r *lowBits) previewSize() {
	eighths := r.flag()
	side := func() {
		if eighths {
			r.u32(constant(16), constant(32), field(1, 5), field(33, 9))
		} else {
			r.u32(field(1, 6), field(65, 8), field(321, 10), field(1345, 12))
		}
	}
	side()
	if r.read(3) == 0 {
		side()
	}
}

// animation reads an AnimationHeader (D.3.4), and whether frames have time codes.
func (r *lowBits) animation() (timecodes bool) {
	r.u32(constant(100), constant(1000), field(1, 10), field(1, 30))
	r.u32(constant(1), constant(1001), field(1, 8), field(1, 10))
	r.u32(constant(0), field(0, 3), field(0, 16), field(0, 32))
	return r.flag()
}

// bitDepth reads a BitDepth (D.3.3).
func (r *lowBits) bitDepth() (bits int, float bool) {
	if !r.flag() {
		return r.u32(constant(8), constant(10), constant(12), field(1, 6)), false
	}
	bits = r.u32(constant(32), constant(16), constant(24), field(1, 6))
	r.read(4)
	return bits, true
}

// channel reads an ExtraChannelInfo (D.3.6).
func (r *lowBits) channel(h *Header) {
	if r.flag() || r.short {
		h.Mixed = h.Mixed || h.SampleBits != 8
		return // alpha as usual
	}
	const alpha, spot, black, filter = 0, 2, 4, 5
	kind := r.enum()
	bits, float := r.bitDepth()
	h.Mixed = h.Mixed || float || bits != h.SampleBits
	r.u32(constant(0), constant(3), constant(4), field(1, 3))
	r.read(8 * r.u32(constant(0), field(0, 4), field(16, 5), field(48, 10)))
	switch kind {
	case alpha:
		h.Multiplied = r.flag() || h.Multiplied
	case spot:
		r.read(4 * 16)
	case black:
		h.Black = true
	case filter:
		r.u32(constant(1), field(0, 2), field(3, 4), field(19, 8))
	}
}

// colour reads a ColourEncoding (D.3.5), and reports whether a profile stands
// for it.
func (r *lowBits) colour(c *Colour) (hasICC bool) {
	if r.flag() {
		return false
	}
	hasICC = r.flag()
	c.Space = r.enum()
	if hasICC {
		return true
	}
	if c.Space != xyb {
		if c.White = r.enum(); c.White == custom {
			r.point()
		}
		if c.Space != Grey {
			if c.Primaries = r.enum(); c.Primaries == custom {
				for range 3 {
					r.point()
				}
			}
		}
	}
	if c.Transfer = 0; r.flag() {
		r.read(24) // gamma
	} else {
		c.Transfer = r.enum()
	}
	r.enum() // rendering intent
	return false
}

// point skips the coordinates of a colour.
func (r *lowBits) point() {
	for range 2 {
		r.u32(field(0, 19), field(524288, 19), field(1048576, 20), field(2097152, 21))
	}
}
