// Package icctest writes colour profiles for tests.
package icctest

import (
	"encoding/binary"
	"math"
	"slices"
)

// Tag is a tag of a profile, and its data.
type Tag struct {
	Name string
	Data []byte
}

// Profile writes a profile of a version with the tags, each behind padding of its own.
func Profile(version byte, space, connection string, padding []byte, tags []Tag) []byte {
	const header, entry = 128 + 4, 12
	p := make([]byte, header+entry*len(tags))
	p[8] = version
	copy(p[12:], "mntr"+space+connection)
	copy(p[36:], "acsp")
	copy(p[68:], "\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d")
	binary.BigEndian.PutUint32(p[header-4:], uint32(len(tags)))
	for i, tag := range tags {
		p = append(p, padding...)
		p = append(p, make([]byte, -len(p)&3)...)
		at := header + entry*i
		copy(p[at:], tag.Name)
		binary.BigEndian.PutUint32(p[at+4:], uint32(len(p)))
		binary.BigEndian.PutUint32(p[at+8:], uint32(len(tag.Data)))
		p = append(p, tag.Data...)
	}
	p = append(p, padding...)
	binary.BigEndian.PutUint32(p, uint32(len(p)))
	return p
}

// Colours are the tags of a profile for RGB by its primaries as seen under D50, and a curve of one power.
func Colours(primaries [3][3]float64, gamma float64) []Tag {
	curve := append(typed("curv"), 0, 0, 0, 1)
	curve = binary.BigEndian.AppendUint16(curve, uint16(math.Round(gamma*256)))
	tags := []Tag{{"wtpt", xyz(0.9642, 1, 0.8249)}}
	for i, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
		tags = append(tags, Tag{name, xyz(primaries[i][:]...)})
	}
	return append(tags, Tag{"rTRC", curve}, Tag{"gTRC", curve}, Tag{"bTRC", curve})
}

// The primaries of Display P3 and Adobe RGB (1998) as seen under D50.
var (
	DisplayP3 = [3][3]float64{{0.51512, 0.24120, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.15710, 0.06657, 0.78407}}
	AdobeRGB  = [3][3]float64{{0.60974, 0.31111, 0.01947}, {0.20528, 0.62567, 0.06087}, {0.14919, 0.06322, 0.74457}}
)

// WithWord is a profile with a word in every place where one can stand: the header, texts of all
// sorts, tags that are not known, behind the fields of those that are, between and behind all.
func WithWord(version byte, description, word string, colours []Tag) []byte {
	text := func(kind string) []byte { return append(typed(kind), word...) }
	localised := binary.BigEndian.AppendUint32(typed("mluc"), 2)
	localised = binary.BigEndian.AppendUint32(localised, 12)
	name := wide(description)
	for i, record := range []string{"enUS", "deDE"} {
		localised = append(localised, record...)
		localised = binary.BigEndian.AppendUint32(localised, uint32([]int{len(name), 2 * len(word)}[i]))
		localised = binary.BigEndian.AppendUint32(localised, uint32(40+i*len(name)))
	}
	localised = slices.Concat(localised, name, wide(word), []byte(word))
	old := binary.BigEndian.AppendUint32(typed("desc"), uint32(len(description)+1))
	old = slices.Concat(old, []byte(description), make([]byte, 1+4+4+2+1), []byte(word), make([]byte, 67-len(word)), []byte(word))
	tags := []Tag{{"desc", localised}, {"cprt", localised}}
	if version < 4 {
		tags = []Tag{{"desc", old}, {"cprt", text("text")}}
	}
	for _, name := range []string{"dmnd", "dmdd", "vued", "dscm", "mmod", "targ", "tech", "view", "meas", "vcgt", "pseq", "meta", "ABCD", "D2B0", "zzzz"} {
		tags = append(tags, Tag{name, text("text")})
	}
	for _, tag := range colours {
		tags = append(tags, Tag{tag.Name, slices.Concat(tag.Data, []byte(word))})
	}
	tags = append(tags, Tag{word[:4], localised}, Tag{"desc", text("text")})
	p := Profile(version, "RGB ", "XYZ ", []byte(word), tags)
	copy(p[80:100], word) // who made it, and its digest
	copy(p[100:128], word)
	copy(p[4:8], word)
	copy(p[24:36], word)
	copy(p[40:56], word)
	copy(p[68:80], word)
	return append(p, word...)
}

func typed(kind string) []byte { return []byte(kind + "\x00\x00\x00\x00") }

func xyz(values ...float64) []byte {
	b := typed("XYZ ")
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}

func wide(text string) (b []byte) {
	for _, c := range []byte(text) {
		b = append(b, 0, c)
	}
	return b
}
