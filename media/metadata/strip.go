package metadata

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Strip copies a picture to w without the metadata that mode removes, and
// reports whether that makes a difference; when it does not, what is in w is
// of no use. Pixels, colour profile and orientation stay.
//
// In JPEG, PNG and WebP, Private removes EXIF entries beyond a list of
// harmless ones, if there is any that is private; XMP and IPTC that carry
// places, persons, serial numbers, histories or previews (title, description
// and panorama facts are written anew); embedded previews of every sort; and
// the pictures that a JPEG holds behind its first one. GIF, BMP and AVIF are
// left as they are. A file whose structure breaks off is copied unchanged from
// there on.
//
// The error is that of r or w.
func Strip(w io.Writer, r io.ReaderAt, size int64, kind Kind, mode Mode) (changed bool, err error) {
	if mode == Keep {
		return false, nil
	}
	s := stripper{r: r, size: size, mode: mode}
	switch kind {
	case JPEG:
		err = s.planJPEG()
	case PNG:
		err = s.planChunks(PNG, s.planPNG)
	case WebP:
		err = s.planChunks(WebP, s.planWebP)
	}
	if err != nil && !errors.Is(err, errBroken) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, fmt.Errorf("strip: %w", err)
	}
	if len(s.edits) == 0 {
		return false, nil
	}
	if kind == WebP {
		s.fixWebP()
	}
	return true, s.write(w)
}

// edit replaces the bytes from start to end.
type edit struct {
	start, end int64
	with       []byte
}

// stripper gathers edits in their order and then writes around them.
type stripper struct {
	r     io.ReaderAt
	size  int64
	mode  Mode
	edits []edit

	vp8x      int64 // where a WebP's flags stand
	flagsGone byte  // of them
}

func (s *stripper) replace(start, end int64, with []byte) {
	s.edits = append(s.edits, edit{start, end, with})
}

func (s *stripper) write(w io.Writer) error {
	at := int64(0)
	for _, e := range s.edits {
		if _, err := io.Copy(w, io.NewSectionReader(s.r, at, e.start-at)); err != nil {
			return err
		}
		if _, err := w.Write(e.with); err != nil {
			return err
		}
		at = e.end
	}
	_, err := io.Copy(w, io.NewSectionReader(s.r, at, s.size-at))
	return err
}

// exifBlock returns what is to stand for an EXIF block, and whether that is
// something else. nil stands for nothing.
func (s *stripper) exifBlock(b []byte) (with []byte, changed bool) {
	d, ok := walkTIFF(b)
	if s.mode == None {
		with = nil
		if ok {
			d.exif = nil
			with = writeTIFF(d, []uint16{tagOrientation})
		}
		return with, !bytes.Equal(with, b)
	}
	if ok && !d.private {
		return b, false
	}
	if !ok {
		return nil, true
	}
	return writeTIFF(d, harmless), true
}

// privateXMP are marks of what a packet may hold that is nobody's business.
var privateXMP = []string{
	"GPS", "SerialNumber", "OwnerName", "Thumbnails", "xmpMM:", "xapMM:", "Iptc4xmp", "photoshop:City",
	"photoshop:Country", "photoshop:State", "photoshop:Author", "dc:creator", "xmpNote:", "mwg-rs", "MPReg", "GCamera:",
	"Container:", "GDepth:", "GImage:", "crs:", "aux:", "exifEX:", "xmpDM:", "plus:", "Device:", "location",
}

// xmpPacket returns what is to stand for an XMP packet.
func (s *stripper) xmpPacket(b []byte) (with []byte, changed bool) {
	if s.mode == None {
		return nil, true
	}
	private := false
	for _, mark := range privateXMP {
		private = private || bytes.Contains(b, []byte(mark))
	}
	if !private {
		return b, false
	}
	return freshXMP(parseXMP(bytes.NewReader(b))), true
}

// freshXMP writes a packet of the harmless properties, nil for none.
func freshXMP(x texts) []byte {
	if x == (texts{}) {
		return nil
	}
	var b bytes.Buffer
	b.WriteString(`<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">` +
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""` +
		` xmlns:dc="` + nsDC + `" xmlns:GPano="` + nsGPano + `">`)
	for _, p := range []struct{ name, value string }{{"dc:title", x.title}, {"dc:description", x.description}} {
		if p.value != "" {
			b.WriteString("<" + p.name + `><rdf:Alt><rdf:li xml:lang="x-default">`)
			_ = xml.EscapeText(&b, []byte(p.value))
			b.WriteString("</rdf:li></rdf:Alt></" + p.name + ">")
		}
	}
	if x.projection != "" {
		b.WriteString("<GPano:ProjectionType>")
		_ = xml.EscapeText(&b, []byte(x.projection))
		b.WriteString("</GPano:ProjectionType>")
	}
	b.WriteString(`</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>`)
	return b.Bytes()
}

var (
	xmpHeader       = []byte("http://ns.adobe.com/xap/1.0/\x00")
	photoshopHeader = []byte("Photoshop 3.0\x00")
	mpfHeader       = []byte("MPF\x00")
	iccHeader       = []byte("ICC_PROFILE\x00")
)

func (s *stripper) planJPEG() error {
	multiple := false
	scan := int64(0)
	err := jpegSegments(s.r, s.size, func(g segment) error {
		end := g.at + 4 + int64(len(g.body))
		if g.marker == 0xda {
			scan = end
			return nil
		}
		multiple = multiple || g.marker == 0xe2 && bytes.HasPrefix(g.body, mpfHeader)
		if body, changed := s.jpegSegment(g); changed {
			s.replace(g.at, end, appSegment(g.marker, body))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !multiple {
		return nil
	}
	end, err := endOfJPEG(s.r, s.size, scan)
	if err == nil && end < s.size {
		s.replace(end, s.size, nil)
	}
	return err
}

// jpegSegment returns what is to stand for a segment's body; nil for nothing.
func (s *stripper) jpegSegment(g segment) (body []byte, changed bool) {
	b := g.body
	switch {
	case g.marker == 0xfe: // a comment
		return nil, s.mode == None
	case g.marker < 0xe0 || g.marker > 0xef || g.marker == 0xee:
		return b, false
	case g.marker == 0xe0:
		return nil, bytes.HasPrefix(b, []byte("JFXX\x00"))
	case g.marker == 0xe1 && bytes.HasPrefix(b, exifHeader):
		with, changed := s.exifBlock(b[len(exifHeader):])
		return prefixed(exifHeader, with), changed
	case g.marker == 0xe1 && bytes.HasPrefix(b, xmpHeader):
		with, changed := s.xmpPacket(b[len(xmpHeader):])
		return prefixed(xmpHeader, with), changed
	case g.marker == 0xe2 && bytes.HasPrefix(b, iccHeader):
		return b, false
	case g.marker == 0xed && bytes.HasPrefix(b, photoshopHeader) && s.mode == Private:
		return nil, privateIPTC(b)
	}
	// Makers keep previews, depth maps and numbers in the other segments.
	return nil, true
}

func prefixed(header, body []byte) []byte {
	if body == nil {
		return nil
	}
	return append(bytes.Clone(header), body...)
}

func appSegment(marker byte, body []byte) []byte {
	if body == nil || len(body) > 0xfffd {
		return nil
	}
	h := []byte{0xff, marker, 0, 0}
	binary.BigEndian.PutUint16(h[2:], uint16(len(body)+2))
	return append(h, body...)
}

// privateIPTC reports whether a Photoshop segment holds a preview, or IPTC
// records of persons and places.
func privateIPTC(b []byte) bool {
	if bytes.Contains(b, []byte("8BIM\x04\x0c")) || bytes.Contains(b, []byte("8BIM\x04\x09")) {
		return true
	}
	for _, dataset := range []byte{26, 27, 80, 85, 90, 92, 95, 100, 101, 110, 115, 118, 122} {
		if bytes.Contains(b, []byte{0x1c, 2, dataset}) {
			return true
		}
	}
	return false
}

// endOfJPEG finds where a JPEG ends whose first scan's data starts at the
// offset.
func endOfJPEG(r io.ReaderAt, size, at int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for at < size {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-at)], at)
		if n < 2 {
			return size, err
		}
		i := bytes.IndexByte(buf[:n-1], 0xff)
		if i < 0 {
			at += int64(n - 1)
			continue
		}
		at += int64(i)
		switch m := buf[i+1]; {
		case m == 0xd9:
			return at + 2, nil
		case m == 0xff:
			at++
		case m == 0 || m >= 0xd0 && m <= 0xd7:
			at += 2
		default:
			var length [2]byte
			if _, err := r.ReadAt(length[:], at+2); err != nil {
				return size, err
			}
			at += 2 + max(int64(binary.BigEndian.Uint16(length[:])), 2)
		}
	}
	return size, nil
}

// planChunks visits the chunks and plans an edit for each that plan changes.
func (s *stripper) planChunks(kind Kind, plan func(c chunk, content []byte) (with []byte, changed bool)) error {
	return chunks(s.r, s.size, kind, func(c chunk) error {
		if c.kind == "VP8X" {
			s.vp8x = c.at + 8
		}
		if !textual[c.kind] {
			return nil
		}
		if c.size > maxBlock {
			s.replace(c.at, min(c.next, s.size), nil)
			return nil
		}
		content := make([]byte, c.size)
		if _, err := s.r.ReadAt(content, c.at+8); err != nil && c.size > 0 {
			return err
		}
		with, changed := plan(c, content)
		if changed {
			s.replace(c.at, min(c.next, s.size), newChunk(kind, c.kind, with))
		}
		return nil
	})
}

// textual are the chunks that hold metadata.
var textual = map[string]bool{"eXIf": true, "tEXt": true, "zTXt": true, "iTXt": true, "tIME": true, "EXIF": true, "XMP ": true}

func newChunk(format Kind, kind string, content []byte) []byte {
	if content == nil {
		return nil
	}
	if format == WebP {
		b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(content)))
		b = append(b, content...)
		return append(b, make([]byte, len(content)%2)...)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, kind...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// xmpKeyword is that of XMP in an iTXt chunk, up to the text when it is not
// compressed and has no language.
const xmpKeyword = "XML:com.adobe.xmp\x00\x00\x00\x00\x00"

func (s *stripper) planPNG(c chunk, content []byte) ([]byte, bool) {
	switch {
	case c.kind == "eXIf":
		return s.exifBlock(content)
	case s.mode == None:
		return nil, true
	case c.kind == "tIME":
		return content, false
	case bytes.HasPrefix(content, []byte(xmpKeyword)):
		with, changed := s.xmpPacket(content[len(xmpKeyword):])
		return prefixed([]byte(xmpKeyword), with), changed
	}
	keyword, _, _ := bytes.Cut(content, []byte{0})
	for _, private := range []string{"Raw profile", "XML:com.adobe", "GPS", "Location", "Author", "Serial"} {
		if bytes.Contains(bytes.ToLower(keyword), bytes.ToLower([]byte(private))) {
			return nil, true
		}
	}
	return content, false
}

func (s *stripper) planWebP(c chunk, content []byte) ([]byte, bool) {
	plan, flag := s.exifBlock, byte(0x08)
	if c.kind == "XMP " {
		plan, flag = s.xmpPacket, 0x04
	}
	content = bytes.TrimPrefix(content, exifHeader)
	with, changed := plan(content)
	if changed && with == nil {
		s.flagsGone |= flag
	}
	return with, changed
}

// fixWebP corrects the size in the file's header and the flags of VP8X.
func (s *stripper) fixWebP() {
	grown := int64(0)
	for _, e := range s.edits {
		grown += int64(len(e.with)) - (e.end - e.start)
	}
	fixes := []edit{{4, 8, binary.LittleEndian.AppendUint32(nil, uint32(s.size+grown-8))}}
	if flags := make([]byte, 1); s.vp8x > 0 && s.flagsGone != 0 {
		if _, err := s.r.ReadAt(flags, s.vp8x); err == nil {
			fixes = append(fixes, edit{s.vp8x, s.vp8x + 1, []byte{flags[0] &^ s.flagsGone}})
		}
	}
	s.edits = append(fixes, s.edits...)
}
