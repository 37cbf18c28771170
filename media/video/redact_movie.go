package video

import (
	"fmt"
	"io"
	"strings"
)

var (
	// Boxes at the top that are known to be harmless.
	harmlessFile = kinds("ftyp styp mfra sidx")

	// Tracks that are there to be seen and heard. Time codes, hints and chapters
	// say more than that.
	harmlessHandler = kinds("vide auxv pict soun subt sbtl text clcp")
)

// sphericalUUID marks the box that says how a 360-degree picture is laid out:
// Google's Spherical Video RFC, version 1.
const sphericalUUID = "\xff\xcc\x82\x63\xf8\x55\x4a\x93\x88\x14\x58\x7a\x02\x52\x1f\xdd"

// kinds makes a set of four-character codes. © stands for the byte 0xa9.
func kinds(list string) map[fourCC]bool {
	set := make(map[fourCC]bool)
	for kind := range strings.FieldsSeq(strings.ReplaceAll(list, "©", "\xa9")) {
		set[fourCC([]byte(kind))] = true
	}
	return set
}

// movieRedaction is a redaction of an ISO base media file.
type movieRedaction struct {
	*redaction
	media    []stretch       // of media data, in the file's order
	chapters map[uint32]bool // IDs of their tracks
	handler  fourCC          // of the track that is looked at
	profiles int64           // bytes of colour profiles

	kept, hidden []track
	usage        // by the samples of those that are kept
}

// stretch is the bytes from start to end.
type stretch struct{ start, end int64 }

func (r *redaction) movie() error {
	m := movieRedaction{redaction: r}
	var moov box
	err := m.each(0, r.in.size, func(b box) error {
		switch kind := b.kind.String(); {
		case kind == "moov" && moov.end == 0: // the first one counts
			moov = b
		case kind == "mdat" || kind == "imda":
			m.media = append(m.media, stretch{b.body, b.end})
		case kind == "meta":
			return m.meta(b)
		case kind == "moof":
			*r.in.budget += tableCost * (b.end - b.body)
			return m.contents(b)
		case harmlessFile[b.kind]:
			return m.look(b)
		default:
			return m.keepIf(false, b)
		}
		return nil
	})
	if err != nil || moov.end == 0 {
		return err
	}
	if err := m.movieBox(moov); err != nil {
		return err
	}
	return m.fragments(moov)
}

// Patch is bytes that are to be overwritten: with its own ones at first, then with
// zeros.
type Patch struct {
	Start, End int64
	With       []byte
}

// Stretch is the bytes from Start to End.
type Stretch struct{ Start, End int64 }

// RedactSequence finds what Redact would overwrite in the movie and the fragments of a
// file of pictures, an AVIF or a HEIC. Other boxes are the caller's, and so is media data,
// of which samples tells what tracks that stay are made of. The error wraps ErrDamaged
// where that cannot be told, or is r's.
func RedactSequence(r io.ReaderAt, size int64, all bool) (patches []Patch, samples []Stretch, err error) {
	m := movieRedaction{redaction: &redaction{in: newReader(r, size), all: all}}
	if err := m.sequence(); err != nil {
		return nil, nil, fmt.Errorf("redact a sequence: %w", err)
	}
	if len(m.patches) > maxPatches {
		return nil, nil, fmt.Errorf("%w: metadata in %d places", ErrDamaged, len(m.patches))
	}
	for _, p := range m.patches {
		patches = append(patches, Patch{p.start, p.end, p.with})
	}
	for _, s := range m.stretches {
		samples = append(samples, Stretch{s.start, s.end})
	}
	return patches, samples, nil
}

// sequence looks at the first movie and at all fragments, and notes the samples.
func (m *movieRedaction) sequence() error {
	var moov box
	for b, err := range m.in.boxes(0, m.in.size) {
		if isDamage(err) {
			break // nor does anybody else read on
		}
		switch kind := b.kind.String(); {
		case err != nil:
		case kind == "moov" && moov.end == 0:
			moov = b
			err = m.movieBox(moov)
		case kind == "moof":
			*m.in.budget += tableCost * (b.end - b.body)
			err = m.contents(b)
		}
		if err != nil {
			return err
		}
	}
	used, err := m.used(moov, m.kept)
	if err != nil {
		return err
	}
	m.usage = *used
	if len(m.hidden) == 0 {
		return nil
	}
	return m.trackFragments(&movie{in: m.in, tracks: m.hidden, fragments: moov.end})
}

// movieBox looks into the movie.
func (m *movieRedaction) movieBox(moov box) (err error) {
	*m.in.budget += tableCost * (moov.end - moov.body)
	if m.chapters, err = m.findChapters(moov); err != nil {
		return err
	}
	return m.contents(moov)
}

// tableCost bounds what is charged for going through tables twice, by their
// length.
const tableCost = 16

// each visits the boxes from start to end. What is no box, or cut off, is
// blanked, but for media data: a recording may break off there.
func (m *movieRedaction) each(start, end int64, visit func(box) error) error {
	for off := start; off < end; {
		b, err := m.in.box(off, end)
		junk := errIsJunk(err) || err == nil && (b.kind == fourCC{} && b.end == end || b.cut && b.kind.String() != "mdat")
		switch {
		case junk:
			m.blank(off, end)
			return nil
		case err == nil:
			err = visit(b)
		}
		if err != nil {
			return err
		}
		off = b.end
	}
	return nil
}

// keepIf leaves a box as it is, or makes free space of it.
func (m *movieRedaction) keepIf(harmless bool, b box) error {
	switch b.kind.String() {
	case "free", "skip", "wide":
		m.blank(b.body, b.end)
		return nil
	case "uuid":
		id, err := m.in.head(b, 16)
		if err != nil && !isDamage(err) {
			return err
		}
		harmless = err == nil && string(id) == sphericalUUID
	}
	if !harmless {
		m.hide(b)
	}
	return nil
}

// hide makes free space of a box.
func (m *movieRedaction) hide(b box) {
	m.patch(b.start+4, b.start+8, []byte("free")...)
	m.blank(b.body, b.end)
}

func (m *movieRedaction) track(trak box) error {
	var t track
	if err := t.read(m.in, trak, 0); err != nil {
		return err
	}
	chapters := m.chapters[t.id] && !t.isVideo() && !t.isAudio()
	private := !harmlessHandler[t.handler] || chapters
	for _, tells := range []func(box) (bool, error){m.isTelemetry, m.isPreview} {
		if !private {
			var err error
			if private, err = tells(trak); err != nil {
				return err
			}
		}
	}
	if private {
		m.hidden = append(m.hidden, t)
		m.hide(trak)
		return nil
	}
	m.kept, m.handler = append(m.kept, t), t.handler
	return m.contents(trak)
}

// isPreview tells a track of previews of another one.
func (m *movieRedaction) isPreview(trak box) (preview bool, err error) {
	err = m.in.eachIn(trak, []string{"tref", "thmb"}, func(box) error {
		preview = true
		return nil
	})
	return preview, err
}

// isTelemetry tells the subtitles in which drones of DJI write where they are.
func (m *movieRedaction) isTelemetry(trak box) (bool, error) {
	for mdia, err := range m.in.children(trak) {
		if err != nil {
			return false, err
		}
		if mdia.kind.String() != "mdia" {
			continue
		}
		for b, err := range m.in.children(mdia) {
			if err != nil {
				return false, err
			}
			if b.kind.String() != "hdlr" || b.end-b.body <= 24 {
				continue
			}
			name, err := m.in.bytes(b.body+24, min(b.end-b.body-24, 64))
			if err != nil || strings.Contains(string(name), "DJI") {
				return err == nil, err
			}
		}
	}
	return false, nil
}
