package metadata

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP0 = 0xe0
	markerAPP1 = 0xe1
	markerAPP2 = 0xe2
	markerPS   = 0xed // APP13, Photoshop
	markerAPPE = 0xee // APP14, Adobe's colour transform
	markerAPPF = 0xef
	markerCOM  = 0xfe
)

// What the segments start with that are known here.
var (
	exifHeader      = []byte("Exif\x00\x00")
	xmpHeader       = []byte("http://ns.adobe.com/xap/1.0/\x00")
	photoshopHeader = []byte("Photoshop 3.0\x00")
	mpfHeader       = []byte("MPF\x00")
	iccHeader       = []byte("ICC_PROFILE\x00")
	jfifHeader      = []byte("JFIF\x00")
)

// segment is a marker segment of a JPEG before its first scan.
type segment struct {
	marker byte
	at     int64  // of its 0xff
	body   []byte // without marker and length; valid until the next segment
}

// maxSegments is far beyond what real files have before their first scan.
const maxSegments = 2000

// jpegSegments visits the segments up to the first scan, that one included
// with its header only. It returns visit's error, errBroken, or that of r.
func jpegSegments(r io.ReaderAt, size int64, visit func(segment) error) error {
	at := int64(2)
	var h [4]byte
	var body []byte // as large as the largest so far
	for range maxSegments {
		if _, err := r.ReadAt(h[:], at); err != nil {
			return err
		}
		if h[0] != 0xff {
			return errBroken
		}
		if h[1] == 0xff { // fill
			at++
			continue
		}
		length := int64(binary.BigEndian.Uint16(h[2:]))
		if h[1] == markerEOI || h[1] == 0x00 || length < 2 || at+2+length > size {
			return errBroken
		}
		body = slices.Grow(body[:0], int(length-2))[:length-2]
		if _, err := r.ReadAt(body, at+4); err != nil && length > 2 {
			return err
		}
		if err := visit(segment{marker: h[1], at: at, body: body}); err != nil {
			return err
		}
		if h[1] == markerSOS {
			return nil
		}
		at += 2 + length
	}
	return errBroken
}

func (s *stripper) planJPEG() error {
	multiple := false
	scan := int64(0)
	err := jpegSegments(s.r, s.size, func(g segment) error {
		end := g.at + 4 + int64(len(g.body))
		if g.marker == markerSOS {
			scan = end
			return nil
		}
		multiple = multiple || g.marker == markerAPP2 && bytes.HasPrefix(g.body, mpfHeader)
		if body, changed := s.jpegSegment(g); changed {
			s.replace(g.at, end, appSegment(g.marker, body))
		}
		return nil
	})
	if err != nil {
		return err
	}
	end, err := endOfJPEG(s.r, s.size, scan)
	if err != nil {
		return err
	}
	if end < s.size && (multiple || carriesMedia(s.r, s.size, end)) {
		s.replace(end, s.size, nil)
	}
	return nil
}

// jpegSegment returns what is to stand for a segment's body; nil for nothing.
func (s *stripper) jpegSegment(g segment) (body []byte, changed bool) {
	b := g.body
	switch {
	case g.marker == markerCOM:
		return nil, true // free words
	case g.marker < markerAPP0 || g.marker > markerAPPF || g.marker == markerAPPE:
		return b, false
	case g.marker == markerAPP0 && bytes.HasPrefix(b, jfifHeader):
		return withoutThumbnail(b)
	case g.marker == markerAPP1 && bytes.HasPrefix(b, exifHeader):
		with, changed := s.exifBlock(b[len(exifHeader):])
		return prefixed(exifHeader, with), changed
	case g.marker == markerAPP1 && bytes.HasPrefix(b, xmpHeader):
		with, changed := s.xmpPacket(b[len(xmpHeader):])
		return prefixed(xmpHeader, with), changed
	case g.marker == markerAPP2 && bytes.HasPrefix(b, iccHeader):
		return b, false
	case g.marker == markerPS && bytes.HasPrefix(b, photoshopHeader) && s.mode == Private && s.photoshop < maxBlock:
		s.photoshop += len(b)
		body = prefixed(photoshopHeader, photoshopResources(b[len(photoshopHeader):]))
		return body, !bytes.Equal(body, b)
	}
	// Makers keep previews, depth maps and numbers in the other segments.
	return nil, true
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

// appSegment returns nothing for a body that is nil or does not fit.
func appSegment(marker byte, body []byte) []byte {
	if body == nil || len(body) > 0xfffd {
		return nil
	}
	h := []byte{0xff, marker, 0, 0}
	binary.BigEndian.PutUint16(h[2:], uint16(len(body)+2))
	return append(h, body...)
}

// endOfJPEG finds where a JPEG ends whose first scan's data starts at the
// offset: behind its EOI, or at size when it has none. It reads every byte at
// most once.
func endOfJPEG(r io.ReaderAt, size, at int64) (int64, error) {
	in := bufio.NewReaderSize(io.NewSectionReader(r, at, size-at), 64<<10)
	for {
		data, err := in.ReadSlice(0xff)
		at += int64(len(data))
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		marker := byte(0xff)
		for marker == 0xff && err == nil {
			marker, err = in.ReadByte()
			at++
		}
		if err == nil && marker == markerEOI {
			return at, nil
		}
		if err == nil && marker != 0 && (marker < 0xd0 || marker > 0xd7) {
			var skipped int
			skipped, err = skipSegment(in)
			at += int64(skipped)
		}
		if errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil {
			return size, err
		}
	}
}

// skipSegment skips the length and the body of a segment.
func skipSegment(in *bufio.Reader) (skipped int, err error) {
	length, err := in.Peek(2)
	if err != nil {
		return 0, err
	}
	return in.Discard(max(int(binary.BigEndian.Uint16(length)), 2))
}

// carriesMedia reports whether what follows a JPEG is another picture, the
// clip of a motion photo, or the trailer in which Samsung keeps both.
func carriesMedia(r io.ReaderAt, size, at int64) bool {
	var head [8]byte
	if n, _ := r.ReadAt(head[:], at); n < len(head) {
		return false
	}
	var tail [4]byte
	if n, _ := r.ReadAt(tail[:], size-int64(len(tail))); n < len(tail) {
		return false
	}
	return bytes.HasPrefix(head[:], []byte("\xff\xd8\xff")) || string(head[4:]) == "ftyp" || string(tail[:]) == "SEFT"
}
