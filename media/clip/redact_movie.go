package clip

import (
	"encoding/binary"
	"strings"
)

// Boxes that are known to be harmless, by the box around them. Some of them
// are looked into.
var (
	harmlessFile = kinds("ftyp styp moov moof mdat imda mfra sidx ssix prft emsg pdin")
	harmlessMoov = kinds("mvhd trak mvex iods pssh ctab clip udta meta")
	harmlessTrak = kinds("tkhd edts tref trgr mdia load tapt txas imap matt clip udta meta")
	harmlessMeta = kinds("hdlr mhdr keys ilst ctry lang")

	// Words that people chose to show, what made the clip, and hints for
	// players: QuickTime File Format, User Data Atoms; 3GPP TS 26.244, 8.
	harmlessUserData = kinds("meta name titl dscp cprt perf auth gnre rtng clsf kywd albm yrrc " +
		"©nam ©ART ©aut ©alb ©cmt ©des ©cpy ©day ©dir ©prd ©prf ©wrt ©gen ©grp ©inf ©key ©src ©too ©swr ©enc ©req ©fmt ©mak ©mod " +
		"WLOC LOOP SelO AllF hnti hinf hinv strk tsel kind ludt elng chpl tagc")
	// iTunes metadata, without covers and accounts.
	harmlessItem = kinds("©nam ©ART aART ©alb ©day ©cmt ©gen gnre ©too ©wrt ©cpy cprt ©des desc ldes ©grp ©lyr ©enc ©swr " +
		"trkn disk cpil pgap tmpo rtng stik hdvd tvsh tven tvsn tves tvnn catg keyw")

	// Tracks that are there to be seen and heard, or to help with it.
	harmlessHandler = kinds("vide soun subt sbtl text clcp tmcd hint auxv odsm ocsm sdsm")
)

// harmlessKeys are metadata keys of QuickTime, without the prefixes of Apple
// and Android.
var harmlessKeys = wordSet("title displayname name comment description copyright author artist album genre keywords year " +
	"make model manufacturer software encoder version creationdate director producer publisher performer information " +
	"full-frame-rate-playback-intent capture.fps major_brand minor_version compatible_brands")

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

func wordSet(list string) map[string]bool {
	set := make(map[string]bool)
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// movieRedaction is a redaction of an ISO base media file.
type movieRedaction struct {
	*redaction
	media  []stretch // of media data, in the file's order
	hidden []track   // of timed metadata
}

// stretch is the bytes from start to end.
type stretch struct{ start, end int64 }

func (r *redaction) movie() error {
	m := movieRedaction{redaction: r}
	var moov box
	err := m.each(0, r.in.size, func(b box) error {
		switch b.kind.String() {
		case "moov":
			moov = b
		case "mdat", "imda":
			m.media = append(m.media, stretch{b.body, b.end})
		case "meta":
			return m.meta(b)
		default:
			return m.keepIf(harmlessFile[b.kind], b)
		}
		return nil
	})
	if err != nil || moov.end == 0 {
		return err
	}
	if err := m.moov(moov); err != nil {
		return err
	}
	return m.fragments(moov)
}

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

func (m *movieRedaction) moov(moov box) error {
	return m.each(moov.body, moov.end, func(b box) error {
		switch b.kind.String() {
		case "mvhd":
			return m.dates(b)
		case "trak":
			return m.track(b)
		case "udta":
			return m.userData(b)
		case "meta":
			return m.meta(b)
		}
		return m.keepIf(harmlessMoov[b.kind], b)
	})
}

// dates blanks the two dates that mvhd, tkhd and mdhd begin with, if all is to
// go.
func (m *movieRedaction) dates(b box) error {
	if !m.all {
		return nil
	}
	c, _, err := m.in.versioned(b, 12, 20)
	if err == nil {
		m.blank(b.body+4, b.body+int64(len(c)))
	}
	return err
}

func (m *movieRedaction) track(trak box) error {
	var t track
	if err := t.read(m.in, trak, 0); err != nil {
		return err
	}
	private := !harmlessHandler[t.handler]
	if !private {
		var err error
		if private, err = m.isTelemetry(trak); err != nil {
			return err
		}
	}
	if private {
		m.hidden = append(m.hidden, t)
		m.hide(trak)
		return m.samples(&t)
	}
	return m.each(trak.body, trak.end, func(b box) error {
		switch b.kind.String() {
		case "tkhd":
			return m.dates(b)
		case "mdia":
			return m.mediaDates(b)
		case "udta":
			return m.userData(b)
		case "meta":
			return m.meta(b)
		}
		return m.keepIf(harmlessTrak[b.kind], b)
	})
}

func (m *movieRedaction) mediaDates(mdia box) error {
	for b, err := range m.in.children(mdia) {
		if err == nil && b.kind.String() == "mdhd" {
			err = m.dates(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
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

// samples blanks the samples that the track's own tables tell of.
func (m *movieRedaction) samples(t *track) error {
	sizes, err := newSizes(m.in, t.sizes)
	if err != nil {
		return err
	}
	chunks, err := newChunks(m.in, t)
	if err != nil {
		return err
	}
	for sample := uint32(0); ; {
		c, ok, err := chunks.step()
		if !ok || err != nil {
			return err
		}
		end := c.offset
		for ; c.samples > 0 && sample < sizes.count; c.samples-- {
			n, err := sizes.at(sample)
			if err == nil {
				err = m.in.charge(stepCost)
			}
			if err != nil {
				return err
			}
			end, sample = min(end+n, m.in.size), sample+1
		}
		m.blankMedia(c.offset, end)
	}
}

// blankMedia blanks what of the bytes from start to end is media data, so that
// a table that lies cannot make the file unreadable.
func (m *movieRedaction) blankMedia(start, end int64) {
	for _, s := range m.media {
		if s.start >= end {
			return
		}
		m.blank(max(start, s.start), min(end, s.end))
	}
}

// fragments hides what fragments hold of hidden tracks.
func (m *movieRedaction) fragments(moov box) error {
	if len(m.hidden) == 0 {
		return nil
	}
	hidden := &movie{in: m.in, tracks: m.hidden, fragments: moov.end}
	for b, err := range m.in.children(moov) {
		if err == nil && b.kind.String() == "mvex" {
			err = hidden.readExtends(b)
		}
		if err != nil {
			return err
		}
	}
	if !hidden.fragmented {
		return nil
	}
	err := hidden.eachRun(m.in.fork(), func(run trackRun) error {
		m.blankMedia(run.data, run.data+int64(run.size))
		return nil
	})
	if err != nil {
		return err
	}
	return m.trackFragments(hidden)
}

// trackFragments makes free space of the headers of hidden tracks' fragments.
func (m *movieRedaction) trackFragments(hidden *movie) error {
	return m.each(hidden.fragments, m.in.size, func(moof box) error {
		if moof.kind.String() != "moof" {
			return nil
		}
		return m.each(moof.body, moof.end, func(traf box) error {
			if traf.kind.String() != "traf" {
				return nil
			}
			for b, err := range m.in.children(traf) {
				if err != nil {
					return err
				}
				if b.kind.String() != "tfhd" {
					continue
				}
				c, err := m.in.head(b, 8)
				if err != nil {
					return err
				}
				if hidden.trackIndex(binary.BigEndian.Uint32(c[4:])) >= 0 {
					m.hide(traf)
				}
				return nil
			}
			return nil
		})
	})
}
