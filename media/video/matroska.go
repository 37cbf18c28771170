package video

import (
	"bytes"
	"fmt"
	"math"
	"time"
)

// Identifiers of Matroska elements: RFC 9559, 5.1.
const (
	idEBML    = 0x1a45dfa3
	idDocType = 0x4282
	idVoid    = 0xec
	idCRC32   = 0xbf

	idSegment     = 0x18538067
	idSeekHead    = 0x114d9b74
	idInfo        = 0x1549a966
	idTracks      = 0x1654ae6b
	idCluster     = 0x1f43b675
	idCues        = 0x1c53bb6b
	idChapters    = 0x1043a770
	idAttachments = 0x1941a469
	idTags        = 0x1254c367

	idSeek         = 0x4dbb
	idSeekID       = 0x53ab
	idSeekPosition = 0x53ac

	idTimestampScale = 0x2ad7b1
	idDuration       = 0x4489
)

// segment is the header of a Matroska file.
type segment struct {
	in        *reader
	container string
	body, end int64 // file offsets

	scale    uint64  // nanoseconds a tick
	duration float64 // ticks; 0 when not told
	tracks   []trackEntry
	video    *trackEntry

	clusters int64            // file offset of the first cluster
	seen     map[uint32]int64 // file offsets of SeekHead, Info, Tracks and Cues
}

func isMatroska(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1a, 0x45, 0xdf, 0xa3}) }

func openMatroska(in *reader) (*segment, error) {
	s := &segment{in: in, scale: uint64(time.Millisecond), seen: make(map[uint32]int64)}
	start, err := s.readDocType()
	if err != nil {
		return nil, fmt.Errorf("read EBML header: %w", err)
	}
	if err := s.findSegment(start); err != nil {
		return nil, fmt.Errorf("find segment: %w", err)
	}
	if err := s.readHeader(); err != nil {
		return nil, fmt.Errorf("read segment: %w", err)
	}
	return s, s.chooseVideo()
}

// readDocType reads the EBML header and returns the offset of what follows.
func (s *segment) readDocType() (next int64, err error) {
	header, err := s.in.element(0, s.in.size)
	if err != nil {
		return 0, err
	}
	if header.unknown || header.cut {
		return 0, fmt.Errorf("%w: header without end", ErrDamaged)
	}
	for e, err := range s.in.elements(header) {
		if err == nil && e.id == idDocType {
			err = s.in.readString(e, &s.container)
		}
		if err != nil {
			return 0, err
		}
	}
	if s.container != "webm" && s.container != "matroska" {
		return 0, fmt.Errorf("%w: document type %q", ErrNotVideo, s.container)
	}
	return header.end, nil
}

func (s *segment) findSegment(off int64) error {
	for off < s.in.size {
		e, err := s.in.element(off, s.in.size)
		if err != nil {
			return err
		}
		switch {
		case e.cut:
			return fmt.Errorf("%w: cut off", ErrDamaged)
		case e.id == idSegment:
			s.body, s.end = e.body, e.end
			return nil
		case e.id != idVoid && e.id != idCRC32:
			return fmt.Errorf("%w: element %x before the segment", ErrDamaged, e.id)
		}
		off = e.end
	}
	return fmt.Errorf("%w: no segment", ErrDamaged)
}

// readHeader reads what comes before the first cluster, and then what the
// index of the segment says comes later.
func (s *segment) readHeader() error {
	for off := s.body; s.clusters == 0; {
		e, err := s.in.element(off, s.end)
		if err != nil {
			return err
		}
		if e.id == idCluster {
			s.clusters = e.start
			break
		}
		if e.unknown || e.cut {
			return fmt.Errorf("%w: element %x is larger than the segment", ErrDamaged, e.id)
		}
		if err := s.readPart(e); err != nil {
			return err
		}
		off = e.end
	}
	for _, id := range []uint32{idSeekHead, idInfo, idTracks} {
		if err := s.readLater(id); err != nil {
			return err
		}
	}
	if len(s.tracks) == 0 {
		return fmt.Errorf("%w: no tracks", ErrDamaged)
	}
	if s.scale == 0 {
		return fmt.Errorf("%w: time scale of 0", ErrDamaged)
	}
	return nil
}

func (s *segment) readPart(e element) error {
	switch e.id {
	case idSeekHead:
		return s.readSeekHead(e)
	case idInfo:
		s.seen[e.id] = e.start
		return s.readInfo(e)
	case idTracks:
		s.seen[e.id] = e.start
		return s.readTracks(e)
	case idCues:
		s.seen[e.id] = e.start
	}
	return nil
}

// readLater reads a part that lies behind the first cluster.
func (s *segment) readLater(id uint32) error {
	off := s.seen[id]
	if off <= s.clusters {
		return nil
	}
	e, err := s.partAt(s.in, off, id)
	if err != nil {
		return err
	}
	return s.readPart(e)
}

// partAt returns the element of that id at off.
func (s *segment) partAt(in *reader, off int64, id uint32) (element, error) {
	e, err := in.element(off, s.end)
	if err == nil && (e.id != id || e.cut || e.unknown && id != idCluster) {
		err = fmt.Errorf("%w: no element %x at %d", ErrDamaged, id, off)
	}
	return e, err
}

// readSeekHead notes where parts lie: RFC 9559, 5.1.1.
func (s *segment) readSeekHead(head element) error {
	for seek, err := range s.in.elements(head) {
		if err != nil {
			return err
		}
		if seek.id != idSeek {
			continue
		}
		var id, position uint64
		for e, err := range s.in.elements(seek) {
			switch {
			case err != nil:
			case e.id == idSeekID:
				err = s.in.readUnsigned(e, &id)
			case e.id == idSeekPosition:
				err = s.in.readUnsigned(e, &position)
			}
			if err != nil {
				return err
			}
		}
		s.note(id, position)
	}
	return nil
}

func (s *segment) note(id, position uint64) {
	if position >= uint64(s.end-s.body) {
		return
	}
	switch id {
	case idSeekHead, idInfo, idTracks, idCues:
		// Where a part was really met counts for more.
		if s.seen[uint32(id)] == 0 {
			s.seen[uint32(id)] = s.body + int64(position)
		}
	}
}

func (s *segment) readInfo(info element) error {
	for e, err := range s.in.elements(info) {
		switch {
		case err != nil:
		case e.id == idTimestampScale:
			err = s.in.readUnsigned(e, &s.scale)
		case e.id == idDuration:
			err = s.in.readFloat(e, &s.duration)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// chooseVideo takes the first enabled video track, or else the first.
func (s *segment) chooseVideo() error {
	for i := range s.tracks {
		t := &s.tracks[i]
		if t.isVideo() && (s.video == nil || t.enabled && !s.video.enabled) {
			s.video = t
		}
	}
	if s.video == nil {
		return ErrNoVideo
	}
	if w, h := s.video.width, s.video.height; w == 0 || h == 0 || w > maxSide || h > maxSide {
		return fmt.Errorf("%w: picture of %d x %d pixels", ErrDamaged, w, h)
	}
	return nil
}

func (s *segment) facts() (Facts, error) {
	f := Facts{Container: s.container, Codec: s.video.codec(), Colour: s.video.colour}
	s.video.geometry().apply(&f)
	for i := range s.tracks {
		f.HasAudio = f.HasAudio || s.tracks[i].isAudio()
	}
	if d := s.video.frameDuration; d > 0 {
		f.FrameRate = float64(time.Second) / float64(d)
	}
	if ns := math.Round(s.duration * float64(s.scale)); ns > 0 {
		f.Duration = time.Duration(math.MaxInt64)
		if ns < math.MaxInt64 {
			f.Duration = time.Duration(ns)
		}
		return f, nil
	}
	var err error
	f.Duration, err = s.measure()
	if err != nil {
		return Facts{}, fmt.Errorf("measure segment: %w", err)
	}
	return f, nil
}

// time returns the time of a tick.
func (s *segment) time(ticks int64) time.Duration {
	magnitude := uint64(max(ticks, -ticks))
	d := time.Duration(min(mulDiv(magnitude, s.scale, 1), math.MaxInt64))
	if ticks < 0 {
		return -d
	}
	return d
}
