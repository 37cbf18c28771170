package video

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// Identifiers of what a Matroska file says in words: RFC 9559, 5.1.2 and 5.1.8.
const (
	idDateUTC = 0x4461
	idTitle   = 0x7ba9

	idTag       = 0x7373
	idSimpleTag = 0x67c8
	idTagName   = 0x45a3
	idTagString = 0x4487
	idTargets   = 0x63c0
	idAudio     = 0xe1
)

// What an element may have besides a number of bytes.
const (
	master   = 0  // elements, which are looked at
	anything = -1 // any bytes
)

// tagSays tells what tags may say, most of them from RFC 9559's registry and from
// the words that ffmpeg takes over from other containers.
var tagSays = sayings("TITLE SUBTITLE DESCRIPTION SYNOPSIS SUMMARY COPYRIGHT LICENSE ENCODER ENCODER_SETTINGS MAKE MODEL SOFTWARE "+
	"COM.APPLE.QUICKTIME.MAKE COM.APPLE.QUICKTIME.MODEL COM.APPLE.QUICKTIME.SOFTWARE COM.ANDROID.VERSION _STATISTICS_WRITING_APP",
	"DATE DATE_RELEASED DATE_RECORDED DATE_DIGITIZED DATE_ENCODED DATE_TAGGED DATE_WRITTEN YEAR CREATION_TIME DURATION BPS "+
		"NUMBER_OF_FRAMES NUMBER_OF_BYTES ALPHA_MODE STEREO_MODE MINOR_VERSION _STATISTICS_WRITING_DATE_UTC "+
		"COM.APPLE.QUICKTIME.CREATIONDATE COM.ANDROID.CAPTURE.FPS")

func (r *redaction) matroska() error {
	s := &segment{in: r.in}
	start, err := s.readDocType()
	if err != nil {
		return err
	}
	if err := s.findSegment(start); err != nil {
		return err
	}
	if err := r.ahead(s); err != nil {
		return err
	}
	// All blocks are looked at.
	*r.in.budget += 2 * r.in.size
	for off := s.body; off < s.end; {
		e, err := r.in.element(off, s.end)
		switch {
		case errIsJunk(err):
			next, err := r.nextPart(off, s.end)
			if err != nil {
				return err
			}
			r.blank(off, next)
			off = next
			continue
		case err != nil:
			return err
		case e.id == idCluster:
			off = e.body // what follows its blocks may have no other mark
			continue
		}
		if err := r.part(e); err != nil {
			return err
		}
		off = e.end
	}
	r.blank(s.end, r.in.size)
	return nil
}

// ahead redacts what stands before the segment.
func (r *redaction) ahead(s *segment) error {
	for off := int64(0); off < s.body; {
		e, err := r.in.element(off, s.end)
		if err != nil || e.id == idSegment {
			return err
		}
		if e.id == idEBML {
			_, err = r.master(e, r.look(idEBML))
		} else {
			r.blank(e.body, e.end)
		}
		if err != nil {
			return err
		}
		off = e.end
	}
	return nil
}

// nextPart looks behind off for what may be the start of a part, as players
// do where a recording has a gap. It returns end if there is none.
func (r *redaction) nextPart(off, end int64) (int64, error) {
	buf := make([]byte, maxHeld)
	for at := off + 1; at < end; {
		b := buf[:min(end-at, maxHeld)]
		if err := readFull(r.in.src, b, at); err != nil {
			return 0, err
		}
		first := -1
		for _, id := range []uint32{idCluster, idCues, idTags, idInfo, idTracks} {
			i := bytes.Index(b, binary.BigEndian.AppendUint32(nil, id))
			if i >= 0 && (first < 0 || i < first) {
				first = i
			}
		}
		if first >= 0 {
			return at + int64(first), nil
		}
		at += int64(max(1, len(b)-3)) // an identifier may lie across
	}
	return end, nil
}

// part redacts an element of the segment or of a cluster.
func (r *redaction) part(e element) error {
	whole := !e.cut && !e.unknown
	most, known := within[idSegment][e.id]
	switch {
	case known && most == anything:
	case whole:
		_, err := r.look(idSegment)(e)
		return err
	default:
		r.blank(e.start, e.end)
	}
	return nil
}

// look returns what redacts an element of a master, and tells whether that
// changed it.
func (r *redaction) look(parent uint32) func(element) (changed bool, err error) {
	return func(e element) (bool, error) {
		most, known := within[parent][e.id]
		switch {
		case e.id == idVoid:
			r.blank(e.body, e.end)
			return false, nil
		case e.id == idTags && known && !r.all:
			return r.master(e, r.tag(0))
		case !known, most > 0 && e.end-e.body > most, r.all && saysMore[e.id]:
			r.void(e)
			return true, nil
		case most == master:
			return r.master(e, r.look(e.id))
		}
		return false, nil
	}
}

// saysMore are the elements that go with all the words and dates.
var saysMore = map[uint32]bool{idTitle: true, idDateUTC: true, idTags: true}

// void makes a Void element of another one: RFC 8794, 11.3.2.
func (r *redaction) void(e element) {
	header := []byte{idVoid, 0x80 | byte(e.end-e.start-2)}
	if n := e.end - e.start; n > 128 {
		header = binary.BigEndian.AppendUint64(header[:1], 1<<56|uint64(n-9))
	}
	r.patch(e.start, e.end, header...)
}

// master lets visit redact the elements of a master, and voids the checksums
// of what was changed: RFC 8794, 11.3.1.
func (r *redaction) master(master element, visit func(element) (bool, error)) (changed bool, err error) {
	var sums []element
	for e, err := range r.in.elements(master) {
		if errIsJunk(err) {
			r.void(master)
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if e.id == idCRC32 {
			sums = append(sums, e)
			continue
		}
		here, err := visit(e)
		if err != nil {
			return false, err
		}
		changed = changed || here
	}
	if changed {
		for _, e := range sums {
			r.void(e)
		}
	}
	return changed, nil
}

// maxTagDepth is how deep tags may lie in tags.
const maxTagDepth = 8

// tag redacts an element of Tags, of a Tag or of a SimpleTag.
func (r *redaction) tag(depth int) func(element) (changed bool, err error) {
	return func(e element) (bool, error) {
		switch e.id {
		case idTag:
			return r.master(e, r.tag(depth+1))
		case idSimpleTag:
			return r.simpleTag(e, depth)
		}
		return r.look(idSimpleTag)(e)
	}
}

func (r *redaction) simpleTag(e element, depth int) (changed bool, err error) {
	name, value, err := r.tagTexts(e)
	if err != nil {
		return false, err
	}
	what := tagSays[strings.ToUpper(name)]
	if what == saysWords || what == saysNumbers && isPlain(value) {
		if depth < maxTagDepth {
			return r.master(e, r.tag(depth+1))
		}
	}
	r.void(e)
	return true, nil
}

// tagTexts returns the name of a SimpleTag, "" for one that has none, and the
// beginning of its text.
func (r *redaction) tagTexts(tag element) (name string, value []byte, err error) {
	for e, err := range r.in.elements(tag) {
		if isDamage(err) {
			return "", nil, nil
		}
		if err != nil {
			return "", nil, fmt.Errorf("tag: %w", err)
		}
		if e.id != idTagName && e.id != idTagString {
			continue
		}
		const longest = 64
		c, err := r.in.bytes(e.body, min(e.end-e.body, longest))
		if err != nil {
			return "", nil, err
		}
		if e.id == idTagName {
			name = string(c)
		} else {
			value = append(value, c...)
		}
	}
	return name, value, nil
}
