package metadata

import (
	"bytes"
	"errors"
	"slices"
)

// pngKinds are the chunks that tell pixels and colours, with the bytes that they
// may have (ISO/IEC 15948, 11), any number for -1.
var pngKinds = map[string]int64{
	"IHDR": 13, "PLTE": 768, "IDAT": -1, "IEND": 0, "tRNS": 256, "cHRM": 32, "gAMA": 4, "iCCP": -1, "sBIT": 4,
	"sRGB": 1, "cICP": 4, "mDCV": 24, "cLLI": 8, "bKGD": 6, "pHYs": 9, "acTL": 8, "fcTL": 26, "fdAT": -1,
}

// pngTexts are the chunks that are looked into.
var pngTexts = []string{"eXIf", "tEXt", "zTXt", "iTXt", "tIME"}

// pngPlan is what is found on the way through a PNG.
type pngPlan struct {
	*stripper
	header   []byte          // content of IHDR
	seen     map[string]bool // kinds that were met
	animated bool            // frames are announced before the image data
	pixels   int64           // end of the last chunk with image data
	data     pngData
	picture  bool  // is looked at, not frames alone
	inflated int64 // bytes of rows that had to be
}

// planPNG leaves out what is no chunk of a known sort, what of frames no row is made of,
// and all behind IEND; and what no row of the picture is made of, if that is not left
// to its decoder.
func (s *stripper) planPNG(picture bool) error {
	p := pngPlan{stripper: s, seen: make(map[string]bool), picture: picture}
	end, err := chunks(s.r, s.size, PNG, p.chunk)
	if err == nil || errors.Is(err, errBroken) {
		err = errors.Join(p.endData(), err)
	}
	if !p.seen["IEND"] && p.pixels > 0 && p.pixels < s.size {
		// Decoders that want its end get one.
		s.add(edit{start: s.size, end: s.size, with: newChunk(PNG, "IEND", []byte{})})
	}
	return s.ends(end, err)
}

func (p *pngPlan) chunk(c chunk) error {
	if slices.Contains(pngTexts, c.kind) {
		return p.planChunk(PNG, c, p.pngChunk)
	}
	switch c.kind {
	case "IDAT", "fdAT", "fcTL":
		return p.pixelChunk(c)
	}
	most, known := pngKinds[c.kind]
	palette := len(p.header) > 0 && p.header[9]&1 == 0 && c.kind == "PLTE" // a suggestion
	if !known || palette || p.seen[c.kind] || most >= 0 && (c.size > most || c.cut) {
		p.cut(c.at, c.next)
		return nil
	}
	p.seen[c.kind] = true
	switch c.kind {
	case "iCCP":
		return p.planChunk(PNG, c, pngProfile)
	case "IHDR":
		var err error
		p.header, err = c.read(p.r)
		return err
	case "acTL":
		p.animated = p.pixels == 0
	}
	return nil
}

// pngXMP is the keyword of XMP in an iTXt chunk, and xmpKeyword what stands
// before the text when it is not compressed and has no language.
const (
	pngXMP     = "XML:com.adobe.xmp"
	xmpKeyword = pngXMP + "\x00\x00\x00\x00\x00"
)

func (s *stripper) pngChunk(c *chunk, content []byte) ([]byte, bool) {
	const timeBytes = 7
	switch {
	case c.kind == "eXIf":
		return s.exifBlock(bytes.TrimPrefix(content, exifHeader))
	case s.mode != None && c.kind == "tIME" && len(content) == timeBytes:
		return content, false
	case c.kind == "tIME":
		return nil, true
	}
	t, ok := parseText(c.kind, content)
	switch {
	case s.mode == None:
		return nil, true
	case bytes.HasPrefix(content, []byte(xmpKeyword)):
		with, changed := s.xmpPacket(content[len(xmpKeyword):])
		return prefixed([]byte(xmpKeyword), with), changed
	}
	if !ok || !slices.Contains(harmlessTexts, t.keyword) {
		return nil, true
	}
	with := s.plainText(c.kind, t)
	return with, !bytes.Equal(with, content)
}
