package clip

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// Identifiers of what a Matroska file says in words: RFC 9559, 5.1.2 and 5.1.8.
const (
	idDateUTC         = 0x4461
	idTitle           = 0x7ba9
	idSegmentFilename = 0x7384
	idPrevFilename    = 0x3c83ab
	idNextFilename    = 0x3e83bb

	idTag       = 0x7373
	idSimpleTag = 0x67c8
	idTagName   = 0x45a3
)

// Elements of tags that say what a tag is of, and what.
var harmlessInTag = map[uint32]bool{
	0x63c0: true, idTagName: true, 0x447a: true, 0x447b: true, 0x4484: true, 0x44b4: true, 0x4487: true, 0x4485: true,
}

// Elements of a segment, and of a cluster whose size is not told.
var harmlessSegment = map[uint32]bool{
	idSeekHead: true, idInfo: true, idTracks: true, idCluster: true, idCues: true, idChapters: true, idCRC32: true,
	0xe7: true, 0x5854: true, 0xa7: true, 0xab: true, 0xa3: true, 0xa0: true, 0xaf: true,
}

// harmlessTags are names of tags, most of them from RFC 9559's registry and
// from the words that ffmpeg takes over from other containers.
var harmlessTags = wordSet("TITLE SUBTITLE ARTIST ALBUM COMMENT COMMENTS DESCRIPTION SYNOPSIS SUMMARY KEYWORDS GENRE COPYRIGHT LICENSE " +
	"AUTHOR DIRECTOR PRODUCER PUBLISHER DATE DATE_RELEASED DATE_RECORDED DATE_DIGITIZED DATE_ENCODED DATE_TAGGED DATE_WRITTEN YEAR " +
	"CREATION_TIME LANGUAGE ENCODER ENCODER_SETTINGS HANDLER_NAME VENDOR_ID MAJOR_BRAND MINOR_VERSION COMPATIBLE_BRANDS " +
	"DURATION BPS NUMBER_OF_FRAMES NUMBER_OF_BYTES SOURCE_ID ALPHA_MODE STEREO_MODE " +
	"_STATISTICS_WRITING_APP _STATISTICS_WRITING_DATE_UTC _STATISTICS_TAGS " +
	"MAKE MODEL SOFTWARE COM.APPLE.QUICKTIME.MAKE COM.APPLE.QUICKTIME.MODEL COM.APPLE.QUICKTIME.SOFTWARE " +
	"COM.APPLE.QUICKTIME.CREATIONDATE COM.ANDROID.VERSION COM.ANDROID.CAPTURE.FPS")

func (r *redaction) matroska() error {
	s := &segment{in: r.in}
	start, err := s.readDocType()
	if err != nil {
		return err
	}
	if err := s.findSegment(start); err != nil {
		return err
	}
	// A live recording has to be gone through block by block.
	*r.in.budget += r.in.size
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
		case e.id == idCluster && e.unknown:
			off = e.body // what follows its blocks has no other mark
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

// nextPart looks behind off for what may be the start of a part, as players
// do where a recording has a gap. It returns end if there is none.
func (r *redaction) nextPart(off, end int64) (int64, error) {
	buf := make([]byte, mostHeld)
	for at := off + 1; at < end; {
		b := buf[:min(end-at, mostHeld)]
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

// part redacts an element of the segment.
func (r *redaction) part(e element) error {
	whole := !e.cut && !e.unknown
	switch {
	case e.id == idVoid && whole:
		r.blank(e.body, e.end)
	case e.id == idTags && whole && !r.all:
		_, err := r.master(e, r.tag(0))
		return err
	case e.id == idInfo && whole:
		_, err := r.master(e, r.info)
		return err
	case harmlessSegment[e.id]:
	case whole:
		r.void(e)
	default:
		r.blank(e.start, e.end)
	}
	return nil
}

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

func (r *redaction) info(e element) (changed bool, err error) {
	switch e.id {
	case idSegmentFilename, idPrevFilename, idNextFilename:
		changed = true
	case idTitle, idDateUTC:
		changed = r.all
	case idVoid:
		r.blank(e.body, e.end)
	}
	if changed {
		r.void(e)
	}
	return changed, nil
}

// maxTagDepth is how deep tags may lie in tags.
const maxTagDepth = 8

// tag redacts an element of Tags, of a Tag or of a SimpleTag.
func (r *redaction) tag(depth int) func(element) (changed bool, err error) {
	return func(e element) (bool, error) {
		harmless := false
		switch e.id {
		case idTag:
			return r.master(e, r.tag(depth+1))
		case idVoid:
			r.blank(e.body, e.end)
			return false, nil
		case idSimpleTag:
			name, err := r.tagName(e)
			if err != nil {
				return false, err
			}
			if harmlessTags[strings.ToUpper(name)] && depth < maxTagDepth {
				return r.master(e, r.tag(depth+1))
			}
		default:
			harmless = harmlessInTag[e.id]
		}
		if !harmless {
			r.void(e)
		}
		return !harmless, nil
	}
}

// tagName returns the name of a SimpleTag, "" for one that has none.
func (r *redaction) tagName(tag element) (string, error) {
	for e, err := range r.in.elements(tag) {
		if isDamage(err) {
			return "", nil
		}
		if err != nil {
			return "", fmt.Errorf("tag: %w", err)
		}
		if e.id == idTagName {
			name, err := r.in.contents(e, 64)
			if isDamage(err) {
				return "", nil
			}
			return string(name), err
		}
	}
	return "", nil
}
