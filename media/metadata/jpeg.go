package metadata

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markerSOF0  = 0xc0
	markerDHT   = 0xc4
	markerJPG   = 0xc8
	markerDAC   = 0xcc
	markerSOF15 = 0xcf
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDNL   = 0xdc
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPP2  = 0xe2
	markerPS    = 0xed // APP13, Photoshop
	markerAPPE  = 0xee // APP14, Adobe's colour transform
)

// What the segments start with that are known here.
var (
	exifHeader      = []byte("Exif\x00\x00")
	xmpHeader       = []byte("http://ns.adobe.com/xap/1.0/\x00")
	photoshopHeader = []byte("Photoshop 3.0\x00")
	iccHeader       = []byte("ICC_PROFILE\x00")
	jfifHeader      = []byte("JFIF\x00")
	adobeHeader     = []byte("Adobe")
)

// segment is a marker segment of a JPEG, or its EOI.
type segment struct {
	marker  byte
	behind  bool   // the first scan
	stray   int64  // where what belongs to nothing begins before it
	at, end int64  // of its 0xff, and behind its body
	body    []byte // without marker and length; valid until the next segment
}

// maxSegments is far beyond what real files have.
const maxSegments = 1 << 14

// jpegReader goes through a JPEG once.
type jpegReader struct {
	in     *bufio.Reader
	at     int64 // of what comes next
	inside bool  // of a marker whose 0xff was read
	scans  int
	body   []byte
}

// jpegSegments visits the segments up to and with EOI, and skips what is coded
// behind the headers of scans. What stands between segments is passed over, as
// decoders do. It returns where what could not be followed begins, and visit's
// error, errBroken, ErrDamaged, io.EOF where the file breaks off, or that of r.
func jpegSegments(r io.ReaderAt, size int64, visit func(segment) error) (broken int64, err error) {
	const soi = 2
	j := jpegReader{in: bufio.NewReaderSize(io.NewSectionReader(r, soi, size-soi), int(min(size, 64<<10))), at: soi}
	for range maxSegments {
		start := j.next()
		g, err := j.segment()
		if err != nil {
			return start, err
		}
		if err := visit(g); err != nil || g.marker == markerEOI {
			return g.end, err
		}
		if g.marker == markerSOS {
			j.scans++
			if err := j.skipCoded(); err != nil {
				return size, err
			}
		}
	}
	return j.next(), fmt.Errorf("%w: more than %d segments", ErrDamaged, maxSegments)
}

// next is where the last segment, or what is coded behind it, ends.
func (j *jpegReader) next() int64 {
	if j.inside {
		return j.at - 1
	}
	return j.at
}

func (j *jpegReader) segment() (segment, error) {
	g := segment{stray: j.next(), behind: j.scans > 0}
	var err error
	if g.marker, err = j.marker(); err != nil {
		return g, err
	}
	g.at = j.at - 2
	if g.marker != markerEOI {
		g.body, err = j.payload()
	}
	g.end = j.at
	return g, err
}

// marker goes behind the next marker that has a body, or EOI.
func (j *jpegReader) marker() (byte, error) {
	for {
		if !j.inside {
			if err := j.skipTo(0xff); err != nil {
				return 0, err
			}
		}
		b, err := j.in.ReadByte()
		if err != nil {
			return 0, err
		}
		j.at++
		j.inside = b == 0xff // fill
		if alone := b >= markerRST0 && b <= markerSOI; b >= markerSOF0 && !alone && !j.inside {
			return b, nil
		}
	}
}

func (j *jpegReader) payload() ([]byte, error) {
	head, err := j.in.Peek(2)
	if err != nil {
		return nil, err
	}
	length := int(binary.BigEndian.Uint16(head))
	if length < 2 {
		return nil, errBroken
	}
	j.body = slices.Grow(j.body[:0], length)[:length]
	n, err := io.ReadFull(j.in, j.body)
	j.at += int64(n)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return j.body[2:], err
}

// skipCoded goes to the marker that ends a scan.
func (j *jpegReader) skipCoded() error {
	for {
		if err := j.skipTo(0xff); err != nil {
			return err
		}
		b, err := j.in.Peek(1)
		if err != nil {
			return err
		}
		if b[0] >= markerSOF0 && b[0] != 0xff && (b[0] < markerRST0 || b[0] > markerRST7) {
			j.inside = true
			return nil
		}
	}
}

// skipTo goes behind the next such byte.
func (j *jpegReader) skipTo(b byte) error {
	for {
		data, err := j.in.ReadSlice(b)
		j.at += int64(len(data))
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// planJPEG leaves out what is not known to be harmless, what belongs to no
// segment, and all behind the end. Coded data are left to the decoder, see Unused.
func (s *stripper) planJPEG() error {
	scanned := false
	end, err := jpegSegments(s.r, s.size, func(g segment) error {
		scanned = scanned || g.marker == markerSOS
		s.cut(g.stray, g.at)
		if g.marker == markerEOI {
			return nil
		}
		if s.profileSegment(g) {
			return nil
		}
		isTables, err := s.tables.note(g)
		if errors.Is(err, errBroken) {
			s.replace(g.at, g.end, []byte{0xff, markerEOI}) // decoders stop here
		}
		if isTables || err != nil {
			return err
		}
		body, changed := s.jpegSegment(g)
		if changed {
			s.replace(g.at, g.end, markerSegment(g.marker, body))
		}
		return nil
	})
	s.planProfile()
	s.planTables()
	if !scanned && (err == nil || errors.Is(err, io.EOF) || errors.Is(err, errBroken)) {
		err = fmt.Errorf("%w: no scan", ErrDamaged)
	}
	return s.ends(end, err)
}

// jpegSegment returns what is to stand for a segment's body; nil for nothing.
func (s *stripper) jpegSegment(g segment) (body []byte, changed bool) {
	b := g.body
	if with, ok := decodable(g); ok {
		return with, len(with) < len(b)
	}
	switch {
	case g.behind:
		return nil, true // decoders look for the rest before the first scan
	case g.marker == markerAPP0 && bytes.HasPrefix(b, jfifHeader) && s.once(&s.jfif):
		return withoutThumbnail(b)
	case g.marker == markerAPPE && bytes.HasPrefix(b, adobeHeader) && s.once(&s.adobe):
		const size = 12
		return b[:min(size, len(b))], len(b) > size
	case g.marker == markerAPP1 && bytes.HasPrefix(b, exifHeader):
		with, changed := s.exifBlock(b[len(exifHeader):])
		return prefixed(exifHeader, with), changed
	case g.marker == markerAPP1 && bytes.HasPrefix(b, xmpHeader):
		with, changed := s.xmpPacket(b[len(xmpHeader):])
		return prefixed(xmpHeader, with), changed
	case g.marker == markerPS && bytes.HasPrefix(b, photoshopHeader) && s.mode == Private && s.photoshop < maxBlock:
		s.photoshop += len(b)
		body = prefixed(photoshopHeader, photoshopResources(b[len(photoshopHeader):]))
		return body, !bytes.Equal(body, b)
	}
	// Makers keep previews, depth maps and numbers in the other segments.
	return nil, true
}

// decodable returns what decoders need of a segment, and whether they need it
// at all. Some pass over what is behind that.
func decodable(g segment) (body []byte, ok bool) {
	b, most := g.body, len(g.body)
	switch m := g.marker; {
	case m == markerDAC:
	case m == markerSOS && most > 0:
		most = 4 + 2*int(b[0])
	case m == markerDRI || m == markerDNL:
		most = 2
	case m >= markerSOF0 && m <= markerSOF15 && m != markerJPG && most > 5:
		most = 6 + 3*int(b[5])
	default:
		return nil, false
	}
	return b[:min(most, len(b))], true
}

// once reports whether it is asked the first time.
func (s *stripper) once(seen *bool) bool {
	first := !*seen
	*seen = true
	return first
}

// withoutThumbnail returns a JFIF header without the picture that it may hold.
func withoutThumbnail(b []byte) (body []byte, changed bool) {
	const size = 14
	if len(b) <= size {
		return b, false
	}
	body = bytes.Clone(b[:size])
	body[12], body[13] = 0, 0
	return body, true
}

func prefixed(header, body []byte) []byte {
	if body == nil {
		return nil
	}
	return append(bytes.Clone(header), body...)
}

// markerSegment returns nothing for a body that is nil or does not fit.
func markerSegment(marker byte, body []byte) []byte {
	if body == nil || len(body) > 0xfffd {
		return nil
	}
	h := []byte{0xff, marker, 0, 0}
	binary.BigEndian.PutUint16(h[2:], uint16(len(body)+2))
	return append(h, body...)
}
