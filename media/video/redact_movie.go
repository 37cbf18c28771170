package video

import (
	"strings"
)

var (
	// Boxes at the top that are known to be harmless.
	harmlessFile = kinds("ftyp styp mfra sidx ssix pdin")

	// Tracks that are there to be seen and heard. Time codes, hints and chapters
	// say more than that.
	harmlessHandler = kinds("vide auxv soun subt sbtl text clcp")
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

	kept, hidden []track
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
		default:
			return m.keepIf(harmlessFile[b.kind], b)
		}
		return nil
	})
	if err != nil || moov.end == 0 {
		return err
	}
	*r.in.budget += tableCost * (moov.end - moov.body)
	if m.chapters, err = m.findChapters(moov); err != nil {
		return err
	}
	if err := m.contents(moov); err != nil {
		return err
	}
	return m.fragments(moov)
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
	if !private {
		var err error
		if private, err = m.isTelemetry(trak); err != nil {
			return err
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
