package video

import (
	"encoding/binary"
	"regexp"
	"slices"
	"strings"

	"postern/media/codec/icc"
)

// inside are the boxes that are known to be harmless, by the box around them, or
// the sort of sample entry.
var inside = map[string]map[fourCC]bool{
	"moov": kinds("mvhd trak mvex udta meta"),
	"trak": kinds("tkhd edts tref tapt mdia udta meta"),
	"edts": kinds("elst"),
	"tref": kinds("cdsc font vdep vplx subt auxl sync"),
	"tapt": kinds("clef prof enof"),
	"mdia": kinds("mdhd hdlr minf"),
	"minf": kinds("vmhd smhd nmhd sthd gmhd hdlr dinf stbl"),
	"gmhd": kinds("gmin text"),
	"dinf": kinds("dref"),
	"mfra": kinds("tfra mfro"),
	"wave": kinds("frma mp4a enda esds alac"),
	"stbl": kinds("stsd stts stss ctts cslg stsc stsz stz2 stco co64 sbgp sgpd stsh stps subs"),
	"mvex": kinds("mehd trex trep"),
	"moof": kinds("mfhd traf"),
	"traf": kinds("tfhd tfdt trun sbgp sgpd subs"),
	"sv3d": kinds("svhd proj"),
	"vide": kinds("avcC hvcC vvcC av1C vpcC esds colr pasp clap fiel gama btrt mdcv SmDm clli CoLL cclv amve " +
		"dvcC dvvC dvwC hvcE lhvC st3d sv3d chrm glbl d263 ccst auxi"),
	"soun": kinds("esds wave chan chnl srat btrt dOps dfLa dac3 dec3 dac4 ddts alac pcmC SA3D damr"),
}

// maxPatchedBytes are what boxes of fixed fields may have. What is behind is no field.
var maxPatchedBytes = map[string]int64{
	"vmhd": 12, "smhd": 8, "nmhd": 4, "sthd": 4, "gmin": 16, "text": 36, "mehd": 12, "trex": 24, "mfhd": 8, "tfhd": 40,
	"tfdt": 12, "cslg": 44, "clef": 12, "prof": 12, "enof": 12, "pasp": 8, "clap": 32, "fiel": 2, "gama": 4, "btrt": 12,
	"mdcv": 24, "SmDm": 28, "clli": 4, "CoLL": 8, "st3d": 5, "chrm": 4, "srat": 8, "svhd": 4, "amve": 8, "ccst": 8, "mfro": 8,
	"frma": 4, "enda": 2, "mp4a": 4,
}

// strides are the lengths of the entries of tables that begin with their number
// behind version and flags.
var strides = map[string]int64{"stts": 8, "stss": 4, "ctts": 8, "stsc": 12, "stco": 4, "co64": 8, "stps": 4, "stsh": 8}

// contents looks into a box and hides what is not known to be harmless there.
func (m *movieRedaction) contents(b box) error {
	return m.children(b.kind.String(), b.body, b.end)
}

// children looks at the boxes from start to end, which are in one of a sort.
func (m *movieRedaction) children(parent string, start, end int64) error {
	return m.each(start, end, func(b box) error {
		if !inside[parent][b.kind] {
			return m.keepIf(false, b)
		}
		return m.look(b)
	})
}

func (m *movieRedaction) look(b box) error {
	kind := b.kind.String()
	switch kind {
	case "mvhd", "tkhd", "mdhd":
		return m.header(b)
	case "trak":
		return m.track(b)
	case "udta":
		return m.userData(b)
	case "meta":
		return m.meta(b)
	case "hdlr":
		const name = 24
		if b.end-b.body < name {
			m.blank(b.body, b.end)
			return nil
		}
		return m.name(b.body+name, b.end)
	case "cdsc", "font", "vdep", "vplx", "subt", "auxl", "sync":
		return m.trackIDs(b)
	case "dref":
		return m.references(b)
	case "stsd":
		return m.descriptions(b)
	}
	if inside[kind] != nil {
		return m.contents(b)
	}
	if err := m.record(b); err != nil {
		return err
	}
	if most, fixed := maxPatchedBytes[kind]; fixed {
		m.blank(min(b.body+most, b.end), b.end)
	}
	if stride := strides[kind]; stride > 0 {
		return m.behindTable(b, stride)
	}
	return nil
}

// record blanks what is behind the fields of a table, and what of a decoder's
// configuration none needs.
func (m *movieRedaction) record(b box) error {
	kind := b.kind.String()
	head, err := m.in.bytes(b.body, min(b.end-b.body, fieldHead))
	if err != nil {
		return err
	}
	if n, known := fieldBytes(kind, head); known {
		m.blank(min(b.body+n, b.end), b.end)
		return nil
	}
	if !records[kind] {
		return nil
	}
	if isProfile := len(head) >= 4 && (string(head[:4]) == "prof" || string(head[:4]) == "rICC"); kind == "colr" && isProfile {
		return m.profile(b.body+4, b.end)
	}
	const longest = 64 << 10
	content := make([]byte, min(b.end-b.body, longest))
	if err := readFull(m.in.src, content, b.body); err != nil {
		return err
	}
	for _, extra := range Extra(kind, content) {
		m.blank(b.body+int64(extra.Start), b.body+int64(extra.End))
	}
	m.blank(b.body+int64(len(content)), b.end)
	return nil
}

// profile overwrites a colour profile, with zeros where it, or all of them, are too large to look into.
func (m *movieRedaction) profile(start, end int64) error {
	const longest, most = 1 << 20, 4 << 20
	if end-start > longest || m.profiles > most {
		m.blank(start, end)
		return nil
	}
	m.profiles += end - start
	content := make([]byte, end-start)
	if err := readFull(m.in.src, content, start); err != nil {
		return err
	}
	m.patch(start, end, icc.PlainInPlace(content)...)
	return nil
}

// headerBytes are what headers have in their versions 0 and 1.
var headerBytes = map[string][2]int64{"mvhd": {100, 112}, "tkhd": {84, 96}, "mdhd": {24, 36}}

// header blanks what is behind the fields of a header, QuickTime's times of
// previews and selections and, if all is to go, its dates.
func (m *movieRedaction) header(b box) error {
	c, version, err := m.in.versioned(b, 12, 20)
	if err != nil {
		return err
	}
	end := b.body + headerBytes[b.kind.String()][min(version, 1)]
	if m.all {
		m.blank(b.body+4, b.body+int64(len(c)))
	}
	if b.kind.String() == "mvhd" && end <= b.end {
		const times, nextTrack = 28, 4
		m.blank(end-times, end-nextTrack)
	}
	m.blank(min(end, b.end), b.end)
	return nil
}

// stockNames are what programs call handlers and coders.
var stockNames = regexp.MustCompile(`^(|(Apple |Core Media |GPAC ISO |L-SMASH |Mainconcept |ISO )?` +
	`(Video|Sound|Audio|Subtitle|Data|Alias|Text)? ?(Media |Data )?(Handler?|Video|Audio)|` +
	`Lavc[0-9.]+ lib[a-z0-9-]+|(AVC|HEVC|VPC|AOM|AV1) Coding|H\.264|HEVC)$`)

// name blanks a name that programs do not give to everything.
func (m *movieRedaction) name(start, end int64) error {
	const longest = 64
	c, err := m.in.bytes(start, min(end-start, longest))
	if err != nil {
		return err
	}
	// C's strings end with a zero, and Pascal's begin with their length.
	text := strings.TrimFunc(string(c), func(r rune) bool { return r <= ' ' })
	if end-start > longest || !stockNames.MatchString(text) {
		m.blank(start, end)
	}
	return nil
}

// trackIDs blanks what is no number of a track that programs would give.
func (m *movieRedaction) trackIDs(b box) error {
	const most = 1 << 24
	at := b.body
	for ; b.end-at >= 4; at += 4 {
		id, err := m.in.bytes(at, 4)
		if err != nil {
			return err
		}
		if binary.BigEndian.Uint32(id) >= most {
			break
		}
	}
	m.blank(at, b.end)
	return nil
}

// references blanks addresses and paths: the media is in this very file.
func (m *movieRedaction) references(b box) error {
	return m.each(min(b.body+8, b.end), b.end, func(b box) error {
		m.blank(min(b.body+4, b.end), b.end)
		return nil
	})
}

// behindTable blanks what is behind the entries of a table.
func (m *movieRedaction) behindTable(b box, stride int64) error {
	t, err := m.in.table(b, 4, stride)
	if err == nil {
		m.blank(t.start+int64(t.count)*stride, b.end)
	}
	if isDamage(err) {
		err = nil
	}
	return err
}

// descriptions looks into the sample entries of a track.
func (m *movieRedaction) descriptions(b box) error {
	head, err := m.in.head(b, 8)
	if err != nil {
		return err
	}
	version := head[0]
	return m.each(b.body+8, b.end, func(e box) error {
		switch m.handler.String() {
		case "vide", "auxv", "pict":
			return m.visualEntry(e)
		case "soun":
			return m.soundEntry(e, version)
		}
		return nil
	})
}

// visualEntry blanks QuickTime's vendor and the coder's name: ISO/IEC 14496-12,
// 12.1.3.
func (m *movieRedaction) visualEntry(e box) error {
	const vendor, size, name, depth = 12, 24, 42, 74
	if e.end-e.body < visualEntrySize {
		m.blank(e.body, e.end)
		return nil
	}
	m.blank(e.body+vendor, e.body+size)
	if err := m.name(e.body+name, e.body+depth); err != nil {
		return err
	}
	return m.children("vide", e.body+visualEntrySize, e.end)
}

// soundEntry blanks the vendor in a sample entry: ISO/IEC 14496-12, 12.2.3, and
// QuickTime's versions of it.
func (m *movieRedaction) soundEntry(e box, version byte) error {
	const vendor, size, plain = 10, 16, 28
	if e.end-e.body < plain {
		m.blank(e.body, e.end)
		return nil
	}
	c, err := m.in.head(e, plain)
	if err != nil {
		return err
	}
	extra := int64(0)
	if own := binary.BigEndian.Uint16(c[8:]); version == 0 && own <= 2 {
		extra = [...]int64{0, 16, 36}[own]
	}
	m.blank(e.body+vendor, e.body+size)
	return m.children("soun", min(e.body+plain+extra, e.end), e.end)
}

// findChapters returns the IDs of the tracks that others have chapters in.
func (m *movieRedaction) findChapters(moov box) (map[uint32]bool, error) {
	ids := make(map[uint32]bool)
	err := m.in.eachIn(moov, []string{"trak", "tref", "chap"}, func(b box) error {
		n := min(b.end-b.body, 4*maxTracks)
		c, err := m.in.bytes(b.body, n-n%4)
		for id := range slices.Chunk(c, 4) {
			ids[binary.BigEndian.Uint32(id)] = true
		}
		return err
	})
	return ids, err
}

// eachIn visits the boxes on a path of kinds.
func (r *reader) eachIn(parent box, path []string, visit func(box) error) error {
	for b, err := range r.children(parent) {
		switch {
		case isDamage(err):
			return nil
		case err != nil:
		case b.kind.String() != path[0]:
		case len(path) > 1:
			err = r.eachIn(b, path[1:], visit)
		default:
			err = visit(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
