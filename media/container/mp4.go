package container

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

// startsMP4 reports whether a file may be MP4 or QuickTime by its first box.
func startsMP4(head []byte) bool {
	first := []string{"ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"}
	return slices.Contains(first, string(head[4:8]))
}

// pictureBrands are those of still pictures in the same container.
var pictureBrands = []string{"avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "jxl ", "crx "}

// movie is what is gathered of an MP4.
type movie struct {
	*source
	facts     Facts
	found     bool // a moov box
	duration  time.Duration
	timescale uint64 // of the movie
	fragment  fragments
	video     *track // the first
	track     *track // being read
}

type track struct {
	id         uint32
	handler    string
	timescale  uint64
	duration   uint64
	matrix     [4]int32 // a b c d
	codec      string
	width      int
	height     int
	parH, parV uint32
}

func readMP4(s *source) (Facts, error) {
	m := &movie{source: s, facts: Facts{Container: "mov"}}
	if err := m.boxes(0, s.size, 0, ""); err != nil {
		return Facts{}, err
	}
	if !m.found {
		return Facts{}, fmt.Errorf("%w: no moov box", ErrDamaged)
	}
	if m.video == nil {
		return Facts{}, ErrNoVideo
	}
	return m.result(), nil
}

func (m *movie) result() Facts {
	f, t := m.facts, m.video
	f.Codec, f.CodedWidth, f.CodedHeight = t.codec, t.width, t.height
	f.Width, f.Height = scaleSide(t.width, t.parH, t.parV), t.height
	if f.Rotation = t.rotation(); f.Rotation%180 != 0 {
		f.Width, f.Height = f.Height, f.Width
	}
	f.Duration = m.duration
	if f.Duration == 0 {
		f.Duration = span(t.duration, t.timescale)
	}
	if f.Duration == 0 {
		f.Duration = span(m.fragment.end(t.id), t.timescale)
	}
	return f
}

// rotation reads the quarter turns of a track's matrix.
func (t *track) rotation() int {
	a, b, c, d := t.matrix[0], t.matrix[1], t.matrix[2], t.matrix[3]
	switch {
	case a == 0 && d == 0 && b > 0 && c < 0:
		return 90
	case b == 0 && c == 0 && a < 0 && d < 0:
		return 180
	case a == 0 && d == 0 && b < 0 && c > 0:
		return 270
	}
	return 0
}

// maxDepth is that of the boxes that matter.
const maxDepth = 8

// boxes visits the boxes between start and end.
func (m *movie) boxes(start, end int64, depth int, parent string) error {
	for at := start; end-at >= 8; {
		if err := m.step(); err != nil {
			return err
		}
		kind, body, next, err := m.box(at, end)
		if err != nil {
			if parent == "" && m.found {
				return nil // trailing bytes after a whole movie
			}
			return err
		}
		if err := m.visit(kind, body, next, depth, parent); err != nil {
			return err
		}
		at = next
	}
	return nil
}

// box reads a box's header: its kind, where its body starts and where it ends.
func (m *movie) box(at, end int64) (kind string, body, next int64, err error) {
	var h [16]byte
	if err := m.read(h[:8], at); err != nil {
		return "", 0, 0, err
	}
	size, body := int64(binary.BigEndian.Uint32(h[:])), at+8
	switch size {
	case 0:
		size = end - at
	case 1:
		if err := m.read(h[:], at); err != nil {
			return "", 0, 0, err
		}
		size, body = int64(binary.BigEndian.Uint64(h[8:])), at+16
	}
	if size < body-at {
		return "", 0, 0, fmt.Errorf("%w: box of %d bytes", ErrDamaged, size)
	}
	// A clip cut short has an mdat that claims more than there is.
	next = end
	if size < end-at {
		next = at + size
	}
	return string(h[4:8]), body, next, nil
}

// containers are the boxes that are entered, and the parents they count under.
var containers = map[string]string{
	"moov": "", "trak": "moov", "mdia": "trak", "minf": "mdia", "stbl": "minf",
	"mvex": "moov", "moof": "", "traf": "moof",
}

func (m *movie) visit(kind string, body, end int64, depth int, parent string) error {
	if want, ok := containers[kind]; ok && want == parent && depth < maxDepth {
		return m.enter(kind, body, end, depth)
	}
	path := parent + "/" + kind
	if !leaves[path] {
		return nil
	}
	buf := make([]byte, min(end-body, maxLeaf))
	if err := m.read(buf, body); err != nil {
		return err
	}
	return m.leaf(path, buf)
}

func (m *movie) enter(kind string, body, end int64, depth int) error {
	switch kind {
	case "moov":
		m.found = true
	case "trak":
		m.track = &track{}
	case "traf":
		m.fragment.begin()
	}
	if err := m.boxes(body, end, depth+1, kind); err != nil {
		return err
	}
	if t := m.track; kind == "trak" {
		m.facts.HasAudio = m.facts.HasAudio || t.handler == "soun"
		if t.handler == "vide" && m.video == nil && t.width > 0 {
			m.video = t
		}
	}
	return nil
}

// maxLeaf is how much is read of a box without boxes in it.
const maxLeaf = 64 << 10

// leaves are the boxes that are read, by parent and kind. A box that is too
// short for what it should say is passed over.
var leaves = map[string]bool{
	"/ftyp": true, "moov/mvhd": true, "moov/cmov": true, "trak/tkhd": true, "mdia/mdhd": true, "mdia/hdlr": true,
	"stbl/stsd": true, "mvex/mehd": true, "mvex/trex": true, "traf/tfhd": true, "traf/tfdt": true, "traf/trun": true,
}

func (m *movie) leaf(path string, b []byte) error {
	switch path {
	case "/ftyp":
		return m.ftyp(b)
	case "moov/cmov":
		return fmt.Errorf("%w: compressed movie header", ErrDamaged)
	case "moov/mvhd":
		m.mvhd(b)
	case "trak/tkhd":
		m.tkhd(b)
	case "mdia/mdhd":
		m.mdhd(b)
	case "mdia/hdlr":
		m.hdlr(b)
	case "stbl/stsd":
		m.stsd(b)
	case "mvex/mehd":
		m.mehd(b)
	case "mvex/trex":
		m.trex(b)
	case "traf/tfhd":
		m.tfhd(b)
	case "traf/tfdt":
		m.tfdt(b)
	case "traf/trun":
		m.trun(b)
	}
	return nil
}

func (m *movie) ftyp(b []byte) error {
	if len(b) < 4 {
		return ErrNotClip
	}
	major := string(b[:4])
	if slices.Contains(pictureBrands, major) {
		return fmt.Errorf("%w: brand %q", ErrNotClip, major)
	}
	if major != "qt  " {
		m.facts.Container = "mp4"
	}
	return nil
}

// timed reads version, timescale and duration, which stand alike in mvhd and
// mdhd, and returns what follows them.
func timed(b []byte) (timescale, duration uint64, rest []byte, ok bool) {
	be := binary.BigEndian
	switch {
	case len(b) >= 32 && b[0] == 1:
		return uint64(be.Uint32(b[20:])), known(be.Uint64(b[24:]), 1<<64-1), b[32:], true
	case len(b) >= 20 && b[0] == 0:
		return uint64(be.Uint32(b[12:])), known(uint64(be.Uint32(b[16:])), 1<<32-1), b[20:], true
	}
	return 0, 0, nil, false
}

// known is 0 for the value that stands for an unknown duration.
func known(n, unknown uint64) uint64 {
	if n == unknown {
		return 0
	}
	return n
}

func (m *movie) mvhd(b []byte) {
	if scale, duration, _, ok := timed(b); ok {
		m.timescale, m.duration = scale, span(duration, scale)
	}
}

func (m *movie) mehd(b []byte) {
	var n uint64
	switch {
	case len(b) >= 12 && b[0] == 1:
		n = binary.BigEndian.Uint64(b[4:])
	case len(b) >= 8:
		n = uint64(binary.BigEndian.Uint32(b[4:]))
	}
	if m.duration == 0 {
		m.duration = span(n, m.timescale)
	}
}

func (m *movie) tkhd(b []byte) {
	id, matrix := 12, 40
	if len(b) > 0 && b[0] == 1 {
		id, matrix = 20, 52
	}
	if len(b) < matrix+36 {
		return
	}
	m.track.id = binary.BigEndian.Uint32(b[id:])
	for i, at := range []int{0, 4, 12, 16} {
		m.track.matrix[i] = int32(binary.BigEndian.Uint32(b[matrix+at:]))
	}
}

func (m *movie) mdhd(b []byte) {
	if scale, duration, _, ok := timed(b); ok {
		m.track.timescale, m.track.duration = scale, duration
	}
}

func (m *movie) hdlr(b []byte) {
	if len(b) >= 12 {
		m.track.handler = string(b[8:12])
	}
}

var mp4Codecs = map[string]string{
	"avc1": "h264", "avc3": "h264", "hvc1": "hevc", "hev1": "hevc", "dvh1": "hevc", "dvhe": "hevc",
	"vp08": "vp8", "vp09": "vp9", "av01": "av1",
}

// stsd reads the first sample entry; that of video has its size at fixed places
// and may hold a pasp box.
func (m *movie) stsd(b []byte) {
	if m.track.handler != "vide" || len(b) < 8+86 {
		return
	}
	be := binary.BigEndian
	entry := b[8:]
	code := string(entry[4:8])
	m.track.codec = mp4Codecs[code]
	if m.track.codec == "" {
		m.track.codec = strings.TrimSpace(code)
	}
	m.track.width, m.track.height = int(be.Uint16(entry[32:])), int(be.Uint16(entry[34:]))
	for rest := entry[86:]; len(rest) >= 8; {
		size := be.Uint32(rest)
		if size < 8 || uint64(size) > uint64(len(rest)) {
			break
		}
		if string(rest[4:8]) == "pasp" && size >= 16 {
			m.track.parH, m.track.parV = be.Uint32(rest[8:]), be.Uint32(rest[12:])
		}
		rest = rest[size:]
	}
}
