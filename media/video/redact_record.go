package video

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"regexp"
	"strings"
)

// Span is the bytes from Start to End of something.
type Span struct{ Start, End int }

// records are the kinds of boxes that Extra knows.
var records = map[string]bool{
	"avcC": true, "hvcC": true, "av1C": true, "vpcC": true, "auxi": true, "auxC": true, "ftyp": true, "styp": true, "sgpd": true, "colr": true, "esds": true,
}

// Extra returns what of a box's content no program needs: what is behind the fields of
// the record of a decoder's configuration, and messages among its parameter sets; names
// of auxiliary pictures and tracks, brands and groups of samples that are not known. Colour
// profiles are left to icc.Plain. Of boxes of other kinds it returns nothing.
func Extra(kind string, content []byte) []Span {
	r := record{rest: content, size: len(content)}
	switch kind {
	case "avcC":
		r.avc()
	case "hvcC":
		r.hevc()
	case "av1C":
		r.take(4)
		r.sequenceHeaders()
	case "vpcC":
		if head := r.take(12); len(head) == 12 {
			r.take(int(binary.BigEndian.Uint16(head[10:])))
		}
	case "auxi", "auxC":
		r.auxiliary()
	case "ftyp", "styp":
		r.brands()
	case "sgpd":
		r.groups()
	case "colr":
		r.colours()
	case "esds":
		r.descriptor()
	default:
		return nil
	}
	if len(r.rest) > 0 {
		r.extra = append(r.extra, Span{r.at(), r.size})
	}
	return r.extra
}

// record is a record that is gone through.
type record struct {
	rest  []byte
	size  int
	extra []Span
}

func (r *record) at() int { return r.size - len(r.rest) }

// take returns the next n bytes, or the rest if it is shorter.
func (r *record) take(n int) []byte {
	n = min(n, len(r.rest))
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *record) uint(n int) (v int) {
	for _, b := range r.take(n) {
		v = v<<8 | int(b)
	}
	return v
}

// units goes through n units with their lengths. Where they are messages, all behind the
// header of each is extra.
func (r *record) units(n int, messages bool) {
	const header = 2
	for range n {
		if len(r.rest) == 0 {
			return
		}
		unit := r.take(r.uint(2))
		if messages && len(unit) > header {
			r.extra = append(r.extra, Span{r.at() - len(unit) + header, r.at()})
		}
	}
}

// avc goes through a record of H.264 (ISO/IEC 14496-15, 5.3.3.1).
func (r *record) avc() {
	head := r.take(5)
	r.units(r.uint(1)&31, false)
	r.units(r.uint(1), false)
	if len(head) < 5 || len(r.rest) < 4 {
		return
	}
	switch head[1] { // high profiles have a few fields more
	case 100, 110, 122, 144, 244, 44, 118, 128, 138, 139, 134:
		r.take(3)
		r.units(r.uint(1), false)
	}
}

// hevc goes through a record of HEVC (8.3.3.1).
func (r *record) hevc() {
	const prefixMessage, suffixMessage = 39, 40
	r.take(22)
	for range r.uint(1) {
		if len(r.rest) == 0 {
			return
		}
		kind := r.uint(1) & 63
		r.units(r.uint(2), kind == prefixMessage || kind == suffixMessage)
	}
}

// sequenceHeaders goes through those of AV1 that come next (AV1 5.3).
func (r *record) sequenceHeaders() {
	const sequence, sized = 1, 2
	for len(r.rest) >= 2 {
		if head := r.rest[0]; head>>3&15 != sequence || head&sized == 0 {
			return
		}
		size, n := binary.Uvarint(r.rest[1:min(len(r.rest), 9)])
		if n <= 0 || size > uint64(len(r.rest)-1-n) {
			return
		}
		r.take(1 + n + int(size))
	}
}

// auxiliaries are the names of what a picture or a track is to another one: alpha, depth,
// and what phones add.
var auxiliaries = regexp.MustCompile(`^(urn:mpeg:mpegB:cicp:systems:auxiliary:(alpha|depth)|urn:mpeg:(hevc|avc):2015:auxid:[12]|` +
	`urn:com:apple:photo:20[0-9]{2}:aux:(hdrgainmap|depth|disparity|portraiteffectsmatte|semantic(skin|hair|teeth|glasses|sky)matte|linearthumbnail|styledeltamap))$`)

// auxiliary goes through a name, and the few bytes behind it that say more of it.
func (r *record) auxiliary() {
	const more = 8
	r.take(4)
	name, _, ends := bytes.Cut(r.rest, []byte{0})
	if !auxiliaries.Match(name) {
		return
	}
	r.take(len(name))
	if ends {
		r.take(1 + more)
	}
}

// brands are those of the registration authority (mp4ra.org) that files have which are
// taken here.
var brands = wordSet("isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 isoa isob isoc mp41 mp42 mp71 avc1 hvc1 hev1 av01 vp08 vp09 dby1 " +
	"qt M4V M4A M4VH M4VP M4B f4v F4V 3gp4 3gp5 3gp6 3gp7 3gp8 3gp9 3ge6 3ge7 3gg6 3gr6 3gs6 3g2a 3g2b 3g2c dash msdh msix lmsg " +
	"cmfc cmf2 cmff cmfl cfhd cfsd chdf chd1 cud1 cmaf hlsf iml1 MSNV XAVC NDSC NDSH NDSM NDSP NDSS NDXC NDXH NDXM NDXP NDXS mmp4 " +
	"mif1 mif2 mif3 msf1 miaf MiHA MiHB MiHE MiPr MA1A MA1B heic heix heim heis hevc hevx hevm hevs avif avis avio mini tmap unif pred " +
	"geo1 1pic rred nras isml piff risx sims")

// brands goes through the brands of a file.
func (r *record) brands() {
	r.take(8) // the first one, and its version
	for len(r.rest) >= 4 {
		at := r.at()
		if brand := r.take(4); !brands[strings.TrimRight(string(brand), " ")] {
			r.extra = append(r.extra, Span{at, at + 4})
		}
	}
}

// colours goes through what tells of colours, in numbers or by a profile (ISO/IEC
// 14496-12, 12.1.5).
func (r *record) colours() {
	switch string(r.rest[:min(4, len(r.rest))]) {
	case "nclx":
		r.take(11)
	case "nclc":
		r.take(10)
	case "prof", "rICC":
		r.take(len(r.rest))
	}
}

// descriptor goes through that of a stream (ISO/IEC 14496-1, 7.2.6.5).
func (r *record) descriptor() {
	const stream, more = 3, 0x80
	r.take(4)
	if len(r.rest) == 0 || r.rest[0] != stream {
		return
	}
	r.take(1)
	size := 0
	for range 4 {
		b := r.uint(1)
		if size = size<<7 | b&^more; b&more == 0 {
			break
		}
	}
	r.take(size)
}

// groups goes through descriptions of groups of samples (ISO/IEC 14496-12, 8.9.3): where
// decoding may begin, and the layers of time.
func (r *record) groups() {
	const fields, longest = 16, 20
	head := r.take(fields)
	if len(head) < fields || head[0] != 1 || !sampleGroups[strings.TrimRight(string(head[4:8]), " ")] {
		return
	}
	if each := binary.BigEndian.Uint32(head[8:]); each <= longest {
		r.take(int(min(uint64(each)*uint64(binary.BigEndian.Uint32(head[12:])), uint64(len(r.rest)))))
	}
}

var sampleGroups = wordSet("roll prol rap tele sync tsas stsa tscl seig")

// fieldHead is how much of a table fieldBytes wants to see.
const fieldHead = 32

// fieldBytes returns how many bytes of a box of a table are its fields, from what it
// begins with; false where that cannot be told.
func fieldBytes(kind string, head []byte) (int64, bool) {
	if len(head) < fieldHead {
		head = append(make([]byte, 0, fieldHead), head...)[:fieldHead]
	}
	version, at := head[0], func(i int) int64 { return int64(binary.BigEndian.Uint32(head[i:])) }
	switch kind {
	case "stsz":
		if at(4) != 0 {
			return 12, true
		}
		return 12 + 4*at(8), true
	case "stz2":
		return 12 + (int64(head[7])*at(8)+7)/8, true
	case "elst":
		return 8 + at(4)*(12+8*int64(min(version, 1))), true
	case "sbgp":
		if version > 0 {
			return 16 + 8*at(12), true
		}
		return 12 + 8*at(8), true
	case "chan":
		return 16 + 20*at(12), true
	case "sidx":
		at := 22 + 8*int(min(version, 1))
		return int64(at) + 2 + 12*int64(binary.BigEndian.Uint16(head[at:])), true
	case "tfra":
		each := 8 + 8*int64(min(version, 1))
		for _, shift := range []int{0, 2, 4} {
			each += int64(head[11]>>shift&3) + 1
		}
		return 16 + each*at(12), true
	case "trun":
		flags := uint32(at(0))
		once := 4 * int64(bits.OnesCount32(flags&0x5))
		return 8 + once + 4*int64(bits.OnesCount32(flags&0xf00))*at(4), true
	}
	return 0, false
}

// wordSet returns the words of a list that are parted by spaces.
func wordSet(list string) map[string]bool {
	set := make(map[string]bool)
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}
