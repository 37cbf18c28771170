package heif

import "image"

// maxShortHead is more than the fields take that stand before the bytes of the
// parts of a picture in the short form.
const maxShortHead = 512

// Numbers of items of a picture in the short form (ISO/IEC 23008-12, O.4).
const (
	shortPrimary = 1
	shortAlpha   = 2
	shortTone    = 3 // what is made of the primary item and the gain map
	shortGain    = 4
	shortEXIF    = 6
	shortXMP     = 7
)

// shortTypes are the types of coded items, and of what configures their decoder, by
// the brand that stands for the minor version.
var shortTypes = map[string][2]string{
	"avif": {"av01", "av1C"}, "heic": {"hvc1", "hvcC"}, "heix": {"hvc1", "hvcC"},
}

// short reads a picture in the short form: one box in place of a meta box and all
// that it holds (ISO/IEC 23008-12, annex O). Its fields are bits.
type short struct {
	*parser
	bitFields
	at int64 // in the file, of the next part

	sampling, depth int
	alpha           bool
	gainMap         bool
	gainSize        image.Point
	gainColour      colour
	gainSampling    int
	gainDepth       int
	colour          colour
	types           [2]string
	hasICC          bool
	toneICC         bool
	hasEXIF, hasXMP bool
	premultiplied   bool
	large           bool // sides of more than 7 bits
}

// colour is what is told of colours in the numbers of ITU-T H.273.
type colour struct {
	primaries, transfer, matrix int
	full                        bool // range of samples
}

// readShort reads the box of the short form as the items and the properties that
// stand for it.
func (p *parser) readShort() error {
	p.pic.Short = p.short
	head := make([]byte, min(p.short.Length, maxShortHead))
	if err := p.readAt(head, p.short.Offset); err != nil {
		return err
	}
	s := short{parser: p, bitFields: bitFields{data: head}, types: shortTypes[p.minor]}
	if version := s.bits(2); version != 0 {
		return damaged("mini of version %d", version)
	}
	if err := s.readPicture(); err != nil {
		return err
	}
	return s.readParts()
}

// readPicture reads what is told of the picture as a whole.
func (s *short) readPicture() error {
	typed, float := s.flag(), s.flag()
	s.colour.full, s.alpha = s.flag(), s.flag()
	numbered, hdr := s.flag(), s.flag()
	s.hasICC, s.hasEXIF, s.hasXMP = s.flag(), s.flag(), s.flag()
	s.sampling = s.bits(2)
	s.pic.Orientation = 1 + s.bits(3)
	s.large = s.flag()
	size := s.size()
	s.pic.Width, s.pic.Height, s.pic.Visible = size.X, size.Y, image.Rectangle{Max: size}
	s.skipChromaPlace(s.sampling)
	s.depth = s.sampleBits(float)
	s.premultiplied = s.alpha && s.flag()
	s.readColour(numbered)
	if typed {
		s.types = [2]string{fourCC(uint64(s.bits(32))), fourCC(uint64(s.bits(32)))}
	}
	if s.types[0] == "" {
		return damaged("mini of a codec that is not told")
	}
	if hdr {
		s.readHDR()
	}
	return s.err()
}

// size reads a width and a height, each less one.
func (s *short) size() image.Point {
	n := 7
	if s.large {
		n = 15
	}
	return image.Pt(1+s.bits(n), 1+s.bits(n))
}

// skipChromaPlace passes over where samples of chroma lie among those of luma.
func (s *short) skipChromaPlace(sampling int) {
	switch sampling {
	case sampling420:
		s.bits(2)
	case sampling422:
		s.bits(1)
	}
}

const (
	monochrome  = 0
	sampling420 = 1
	sampling422 = 2
)

// sampleBits reads how many bits a sample has.
func (s *short) sampleBits(float bool) int {
	switch {
	case float:
		return 16 << s.bits(2)
	case s.flag():
		return 9 + s.bits(3)
	}
	return 8
}

// readColour reads the numbers of the colours, or takes those that go without.
func (s *short) readColour(numbered bool) {
	const unknown, bt709, sRGB, bt601 = 2, 1, 13, 6
	c := &s.colour
	c.primaries, c.transfer, c.matrix = bt709, sRGB, bt601
	switch {
	case numbered:
		c.primaries, c.transfer = s.bits(8), s.bits(8)
		if s.sampling != monochrome {
			c.matrix = s.bits(8)
		}
	case s.hasICC:
		c.primaries, c.transfer = unknown, unknown
	}
	if s.sampling == monochrome {
		c.matrix = unknown
	}
	s.pic.Primaries, s.pic.Transfer = c.primaries, c.transfer
}

// readHDR reads what is told of the gain map, and passes over what is told of
// displays.
func (s *short) readHDR() {
	if s.gainMap = s.flag(); s.gainMap {
		s.gainSize = s.size()
		s.gainColour = colour{primaries: 2, transfer: 2, matrix: s.bits(8), full: s.flag()}
		s.gainSampling = s.bits(2)
		s.skipChromaPlace(s.gainSampling)
		s.gainDepth = s.sampleBits(s.flag())
		s.toneICC = s.flag()
		if s.flag() {
			s.bits(8 + 8 + 8 + 1)
		}
	}
	s.skipDisplays()
	if s.gainMap {
		s.skipDisplays()
	}
}

// skipDisplays passes over light levels, volumes of colours and surroundings.
func (s *short) skipDisplays() {
	var present [6]bool
	for i := range present {
		present[i] = s.flag()
	}
	for i, n := range []int{4, 24, 0, 8, 16, 4} { // bytes
		const volume = 2
		switch {
		case !present[i]:
		case i == volume:
			s.bits(2)
			primaries, values := s.flag(), s.bits(3)
			s.bits(2)
			if primaries {
				s.skip(24)
			}
			for ; values > 0; values &= values - 1 {
				s.skip(4)
			}
		default:
			s.skip(n)
		}
	}
}

// skip passes over so many bytes.
func (s *short) skip(n int) { s.pos += 8 * n }

// bitFields reads numbers of the most significant bit first. Behind the end it
// returns zeros, and err tells of it.
type bitFields struct {
	data []byte
	pos  int // in bits
}

func (f *bitFields) bits(n int) int {
	v := 0
	for range n {
		v <<= 1
		if i := f.pos / 8; i < len(f.data) {
			v |= int(f.data[i]>>(7-f.pos%8)) & 1
		}
		f.pos++
	}
	return v
}

func (f *bitFields) flag() bool { return f.bits(1) == 1 }

func (f *bitFields) err() error {
	if f.pos > 8*len(f.data) {
		return damaged("mini ends too early")
	}
	return nil
}
