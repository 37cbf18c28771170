package heif

import (
	"bytes"
	"image"
	"slices"
)

// shortLengths are the bytes of the parts.
type shortLengths struct {
	config, alphaConfig, gainConfig                   int64
	icc, toneICC, tone, alpha, gain, whole, exif, xmp int64
	packed                                            bool // EXIF and XMP
}

// readLengths reads the lengths of the parts.
func (s *short) readLengths() (l shortLengths) {
	metaBits, configBits, dataBits := 10, 3, 15
	if (s.hasICC || s.hasEXIF || s.hasXMP || s.gainMap) && s.flag() {
		metaBits = 20
	}
	if s.flag() {
		configBits = 12
	}
	if s.flag() {
		dataBits = 28
	}
	length := func(present bool, bits, more int) int64 {
		if !present {
			return 0
		}
		return int64(s.bits(bits) + more)
	}
	l.icc, l.toneICC = length(s.hasICC, metaBits, 1), length(s.toneICC, metaBits, 1)
	l.tone, l.gain = length(s.gainMap, metaBits, 0), length(s.gainMap, dataBits, 0)
	l.gainConfig = length(l.gain > 0, configBits, 0)
	l.config, l.whole = length(true, configBits, 0), length(true, dataBits, 1)
	l.alpha = length(s.alpha, dataBits, 0)
	l.alphaConfig = length(l.alpha > 0, configBits, 0)
	l.packed = (s.hasEXIF || s.hasXMP) && s.flag()
	l.exif, l.xmp = length(s.hasEXIF, metaBits, 1), length(s.hasXMP, metaBits, 1)
	return l
}

func (l *shortLengths) total() int64 {
	return l.config + l.alphaConfig + l.gainConfig + l.icc + l.toneICC + l.tone + l.alpha + l.gain + l.whole + l.exif + l.xmp
}

// readParts makes the items of the parts, which stand one after the other.
func (s *short) readParts() error {
	l := s.readLengths()
	s.at = s.short.Offset + int64(s.pos+7)/8
	if s.err() != nil || l.total() > s.short.End()-s.at {
		return damaged("mini ends within its parts")
	}
	config := s.property(s.types[1], l.config)
	alphaConfig, gainConfig := s.propertyOr(config, l.alphaConfig), s.propertyOr(config, l.gainConfig)
	if s.hasICC {
		s.pic.ICC = Box{Kind: "prof", Start: s.at, Offset: s.at, Length: l.icc}
	}
	for _, length := range []int64{l.icc, l.toneICC} {
		if length > 0 {
			s.pic.ShortICC = append(s.pic.ShortICC, Box{Kind: "prof", Start: s.at, Offset: s.at, Length: length})
		}
		s.at += length
	}
	if s.gainMap {
		s.item(Item{ID: shortTone, Type: "tmap", Parts: []uint64{shortPrimary, shortGain}}, l.tone)
	}
	size := s.sized(s.pic.Visible.Size())
	whole := Item{ID: shortPrimary, Type: s.types[0], Properties: []int{config, size, s.pixi(s.sampling, s.depth), s.nclx(s.colour)}}
	if l.alpha > 0 {
		auxC := s.made("auxC", be32(0), []byte(alphaPlanes[0]), []byte{0})
		s.item(Item{ID: shortAlpha, Type: s.types[0], Properties: []int{alphaConfig, size, s.pixi(monochrome, s.depth), auxC}}, l.alpha)
		whole.AlphaPlanes, whole.Premultiplied = []uint64{shortAlpha}, s.premultiplied
	}
	if l.gain > 0 {
		s.item(Item{ID: shortGain, Type: s.types[0], Properties: []int{
			gainConfig, s.sized(s.gainSize), s.pixi(s.gainSampling, s.gainDepth), s.nclx(s.gainColour),
		}}, l.gain)
	}
	s.item(whole, l.whole)
	s.metadata(l)
	s.pic.Primary, s.pic.HasPrimary = shortPrimary, true
	return nil
}

// metadata adds the items of EXIF and XMP. What is packed is of no type that is
// known.
func (s *short) metadata(l shortLengths) {
	exif, xmp := Item{ID: shortEXIF, Type: "Exif", Bare: true}, Item{ID: shortXMP, Type: "mime", ContentType: "application/rdf+xml"}
	if l.packed {
		exif.Type, xmp.ContentType = "mime", ""
	}
	if s.hasEXIF {
		s.item(exif, l.exif)
	}
	if s.hasXMP {
		s.item(xmp, l.xmp)
	}
}

// item adds an item whose bytes are the next part.
func (s *short) item(it Item, length int64) {
	it.Extents = []Extent{{s.at, length}}
	s.at += length
	s.pic.Items = append(s.pic.Items, it)
}

// property adds a property that is the next part, and returns its number.
func (s *short) property(kind string, length int64) int {
	s.pic.Properties = append(s.pic.Properties, Box{Kind: kind, Start: s.at, Offset: s.at, Length: length})
	s.at += length
	return len(s.pic.Properties)
}

// made adds a property that is no box of the file, and returns its number.
func (s *short) made(kind string, content ...[]byte) int {
	s.pic.Properties = append(s.pic.Properties, Box{Kind: kind, made: string(slices.Concat(content...))})
	return len(s.pic.Properties)
}

// propertyOr is property, or another one's number where the part is empty.
func (s *short) propertyOr(other int, length int64) int {
	if length == 0 {
		return other
	}
	return s.property(s.types[1], length)
}

func (s *short) sized(size image.Point) int {
	return s.made("ispe", be32(0), be32(size.X), be32(size.Y))
}

func (s *short) pixi(sampling, depth int) int {
	planes := 3
	if sampling == monochrome {
		planes = 1
	}
	return s.made("pixi", be32(0), []byte{byte(planes)}, bytes.Repeat([]byte{byte(depth)}, planes))
}

func (s *short) nclx(c colour) int {
	full := byte(0)
	if c.full {
		full = 0x80
	}
	return s.made("colr", []byte("nclx"), be16(c.primaries), be16(c.transfer), be16(c.matrix), []byte{full})
}
