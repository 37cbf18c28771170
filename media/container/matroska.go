package container

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strings"
	"time"
)

const ebmlMagic = "\x1a\x45\xdf\xa3"

// IDs of the elements that matter (RFC 8794, RFC 9559).
const (
	idEBML          = 0x1a45dfa3
	idDocType       = 0x4282
	idSegment       = 0x18538067
	idInfo          = 0x1549a966
	idTimestampUnit = 0x2ad7b1
	idDuration      = 0x4489
	idTracks        = 0x1654ae6b
	idTrackEntry    = 0xae
	idTrackType     = 0x83
	idCodecID       = 0x86
	idVideo         = 0xe0
	idPixelWidth    = 0xb0
	idPixelHeight   = 0xba
	idCropBottom    = 0x54aa
	idCropTop       = 0x54bb
	idCropLeft      = 0x54cc
	idCropRight     = 0x54dd
	idDisplayWidth  = 0x54b0
	idDisplayHeight = 0x54ba
	idDisplayUnit   = 0x54b2
	idCluster       = 0x1f43b675
	idTimestamp     = 0xe7
	idBlockGroup    = 0xa0
	idBlock         = 0xa1
	idSimpleBlock   = 0xa3
)

// unknownSize marks an element that ends where its parent or the next one of
// its kind does.
const unknownSize = -1

// matroska is what is gathered of a WebM or Matroska file.
type matroska struct {
	*source
	docType  string
	unit     uint64  // nanoseconds of a timestamp
	duration float64 // units, as told
	last     int64   // units, of the last block seen
	cluster  int64   // units, of the cluster being read
	audio    bool
	video    *mkvTrack
	track    *mkvTrack
}

type mkvTrack struct {
	kind                uint64
	codec               string
	width, height       uint64
	displayWidth        uint64
	displayHeight, unit uint64
	cropX, cropY        uint64
}

func readMatroska(s *source) (Facts, error) {
	m := &matroska{source: s, unit: 1_000_000}
	if err := m.elements(0, s.size, 0); err != nil {
		return Facts{}, err
	}
	container := map[string]string{"webm": "webm", "matroska": "matroska"}[m.docType]
	if container == "" {
		return Facts{}, fmt.Errorf("%w: document type %.20q", ErrNotClip, m.docType)
	}
	if m.video == nil {
		return Facts{}, ErrNoVideo
	}
	f := m.video.facts()
	f.Container, f.HasAudio = container, m.audio
	f.Duration = m.length()
	return f, nil
}

func (m *matroska) length() time.Duration {
	units := m.duration
	if !(units > 0) {
		units = float64(m.last)
	}
	ns := units * float64(m.unit)
	if !(ns >= 0) || ns >= math.MaxInt64 {
		return 0
	}
	return time.Duration(math.Round(ns))
}

var mkvCodecs = map[string]string{
	"V_VP8": "vp8", "V_VP9": "vp9", "V_AV1": "av1", "V_MPEG4/ISO/AVC": "h264", "V_MPEGH/ISO/HEVC": "hevc",
}

func (t *mkvTrack) facts() Facts {
	f := Facts{CodedWidth: side(t.width), CodedHeight: side(t.height), Codec: mkvCodecs[t.codec]}
	if f.Codec == "" {
		f.Codec = t.codec
	}
	f.Width, f.Height = f.CodedWidth-side(t.cropX), f.CodedHeight-side(t.cropY)
	switch {
	case t.displayWidth == 0 || t.displayHeight == 0:
	case t.unit == 0:
		f.Width, f.Height = side(t.displayWidth), side(t.displayHeight)
	case t.unit == 3: // an aspect ratio
		ratio := float64(t.displayWidth) / float64(t.displayHeight)
		f.Width = int(math.Min(math.Round(float64(f.Height)*ratio), maxSide+1))
	}
	return f
}

// side is a number of pixels, cut to where it is too many anyway.
func side(n uint64) int { return int(min(n, maxSide+1)) }

// elements visits the elements between start and end. That a file is cut off,
// or goes on with something else, is no fault once there is a video track.
func (m *matroska) elements(start, end int64, depth int) error {
	for at := start; at < end; {
		if err := m.step(); err != nil {
			return err
		}
		id, body, size, err := m.header(at)
		if err != nil {
			if m.video != nil {
				return nil
			}
			return err
		}
		next := end
		if size != unknownSize && size < end-body {
			next = body + size
		}
		if err := m.visit(id, body, next, depth); err != nil {
			return err
		}
		at = next
		if size == unknownSize && id == idCluster {
			at = body // its children are read as its siblings
		}
	}
	return nil
}

// header reads an element's ID and size.
func (m *matroska) header(at int64) (id uint64, body, size int64, err error) {
	var b [12]byte
	p := b[:min(int64(len(b)), m.size-at)]
	if err := m.read(p, at); err != nil {
		return 0, 0, 0, err
	}
	idLength := bits.LeadingZeros8(p[0]) + 1
	if idLength > 4 || len(p) <= idLength {
		return 0, 0, 0, fmt.Errorf("%w: element at %d", ErrDamaged, at)
	}
	for _, c := range p[:idLength] {
		id = id<<8 | uint64(c)
	}
	n, length, ok := vint(p[idLength:])
	if !ok {
		return 0, 0, 0, fmt.Errorf("%w: size of the element at %d", ErrDamaged, at)
	}
	body, size = at+int64(idLength+length), int64(n)
	if n == 1<<(7*length)-1 {
		size = unknownSize
	}
	return id, body, size, nil
}

// vint reads a variable-length number without its marker.
func vint(p []byte) (n uint64, length int, ok bool) {
	if len(p) == 0 {
		return 0, 0, false
	}
	length = bits.LeadingZeros8(p[0]) + 1
	if length > 8 || length > len(p) {
		return 0, 0, false
	}
	n = uint64(p[0]) & (1<<(8-length) - 1)
	for _, c := range p[1:length] {
		n = n<<8 | uint64(c)
	}
	return n, length, true
}

func (m *matroska) visit(id uint64, body, end int64, depth int) error {
	switch id {
	case idEBML, idSegment, idInfo, idTracks, idVideo, idBlockGroup:
		if depth >= maxDepth {
			return nil
		}
		return m.elements(body, end, depth+1)
	case idTrackEntry:
		if depth >= maxDepth {
			return nil
		}
		return m.trackEntry(body, end, depth)
	case idCluster:
		return m.readCluster(body, end, depth)
	case idBlock, idSimpleBlock:
		return m.block(body, end)
	}
	return m.leaf(id, body, end)
}

func (m *matroska) trackEntry(body, end int64, depth int) error {
	m.track = &mkvTrack{}
	if err := m.elements(body, end, depth+1); err != nil {
		return err
	}
	switch {
	case m.track.kind == 1 && m.video == nil:
		m.video = m.track
	case m.track.kind == 2:
		m.audio = true
	}
	m.track = nil
	return nil
}

// readCluster looks for the last timestamp only where no duration is told.
func (m *matroska) readCluster(body, end int64, depth int) error {
	if m.duration > 0 || depth >= maxDepth {
		return nil
	}
	return m.elements(body, end, depth+1)
}

// block reads the timestamp of a block, which counts from its cluster's.
func (m *matroska) block(body, end int64) error {
	var b [12]byte
	p := b[:min(int64(len(b)), end-body)]
	if err := m.read(p, body); err != nil {
		return err
	}
	if _, n, ok := vint(p); ok && len(p) >= n+2 {
		m.last = max(m.last, m.cluster+int64(int16(binary.BigEndian.Uint16(p[n:]))))
	}
	return nil
}

// maxText bounds the texts that are read.
const maxText = 64

func (m *matroska) leaf(id uint64, body, end int64) error {
	if !isLeaf[id] {
		return nil
	}
	b := make([]byte, min(end-body, maxText))
	if err := m.read(b, body); err != nil {
		return err
	}
	switch id {
	case idDocType:
		m.docType = strings.TrimRight(string(b), "\x00")
	case idTimestampUnit:
		m.unit = number(b)
	case idDuration:
		m.duration = float(b)
	case idTimestamp:
		m.cluster = int64(min(number(b), math.MaxInt64/2))
	}
	if m.track != nil {
		m.track.set(id, b)
	}
	return nil
}

var isLeaf = map[uint64]bool{
	idDocType: true, idTimestampUnit: true, idDuration: true, idTimestamp: true, idTrackType: true, idCodecID: true,
	idPixelWidth: true, idPixelHeight: true, idDisplayWidth: true, idDisplayHeight: true, idDisplayUnit: true,
	idCropBottom: true, idCropTop: true, idCropLeft: true, idCropRight: true,
}

func (t *mkvTrack) set(id uint64, b []byte) {
	switch id {
	case idTrackType:
		t.kind = number(b)
	case idCodecID:
		t.codec = strings.TrimRight(string(b), "\x00")
	case idPixelWidth:
		t.width = number(b)
	case idPixelHeight:
		t.height = number(b)
	case idDisplayWidth:
		t.displayWidth = number(b)
	case idDisplayHeight:
		t.displayHeight = number(b)
	case idDisplayUnit:
		t.unit = number(b)
	case idCropTop, idCropBottom:
		t.cropY += min(number(b), maxSide)
	case idCropLeft, idCropRight:
		t.cropX += min(number(b), maxSide)
	}
}

// number reads an unsigned integer of up to 8 bytes.
func number(b []byte) uint64 {
	var n uint64
	for _, c := range b[:min(len(b), 8)] {
		n = n<<8 | uint64(c)
	}
	return n
}

// float reads a float of 4 or 8 bytes; of any other length it is 0.
func float(b []byte) float64 {
	switch len(b) {
	case 4:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	case 8:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	}
	return 0
}
