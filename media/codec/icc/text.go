package icc

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// noOwner is the copyright of a plain profile.
const noOwner = "n/a"

// sharedNames are the descriptions of profiles that many programs and devices write, less those of
// sRGB.
var sharedNames = []string{
	"RGB_D65_DCI_Rel_SRG", "RGB_D65_DCI_Per_SRG", // Display P3, as libjxl calls it
	"Display P3", "Image P3", "Adobe RGB (1998)", "Apple RGB", "Apple Wide Color Sharing Profile", "ProPhoto RGB", "Wide Gamut RGB", "eciRGB v2",
	"Generic RGB Profile", "Generic Gray Profile", "Generic Gray Gamma 2.2 Profile", "Generic CMYK Profile", "Gray Gamma 2.2", "Dot Gain 20%",
	"Rec. ITU-R BT.709-5", "Rec. ITU-R BT.2020-1", "Rec. ITU-R BT.2100 PQ", "Rec. ITU-R BT.2100 HLG",
	"U.S. Web Coated (SWOP) v2", "Coated FOGRA39 (ISO 12647-2:2004)", "ISO Coated v2 (ECI)",
}

// sRGBName is the description of the profile that most pictures have.
const sRGBName = "sRGB IEC61966-2.1"

// nameFor returns what a plain profile is called.
func nameFor(profile []byte) string {
	text := strings.TrimRight(Description(profile), "\x00")
	switch {
	case text == sRGBName || slices.Contains(sharedNames, text):
		return text
	case IsSRGB(profile):
		return "sRGB"
	}
	return strings.TrimSpace(string(profile[16:20]))
}

// IsSRGB tells by the description of a profile: that of each sRGB in use begins
// so.
func IsSRGB(profile []byte) bool {
	text := Description(profile)
	return strings.HasPrefix(text, "sRGB") || strings.HasPrefix(text, "IEC 61966-2.1") ||
		strings.HasPrefix(text, "RGB_D65_SRG_") && strings.HasSuffix(text, "_SRG") // as libjxl calls it
}

// Description returns the text of the tag desc (9.2.41), empty if there is none.
func Description(profile []byte) string {
	if len(profile) < headerBytes+4 {
		return ""
	}
	return textOf(tag(profile, "desc"))
}

// textOf reads a textDescriptionType (ICC.1:2001-04, 6.5.17) or the first text
// of a multiLocalizedUnicodeType (10.15), up to its first zero.
func textOf(data []byte) string {
	const shortest = 28
	if len(data) < shortest {
		return ""
	}
	text := ""
	switch string(data[:4]) {
	case "desc":
		text = string(data[12:])
	case "mluc":
		text = fromUTF16(cut(data, binary.BigEndian.Uint32(data[24:]), binary.BigEndian.Uint32(data[20:])))
	}
	text, _, _ = strings.Cut(text, "\x00")
	return text
}

func fromUTF16(b []byte) string {
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, binary.BigEndian.Uint16(b))
	}
	return string(utf16.Decode(units))
}

// writeText writes a text of the type that it has, or the one for its tag: old is a type of version
// 2.
func writeText(data []byte, kind string, old bool, text string) []byte {
	if len(data) >= 4 {
		switch has := string(data[:4]); {
		case has == "mluc":
			old = false
		case has == kind:
			old = true
		}
	}
	switch {
	case !old:
		const head = 28
		content := make([]byte, 4*4)
		binary.BigEndian.PutUint32(content, 1)
		binary.BigEndian.PutUint32(content[4:], 12) // bytes of an entry
		copy(content[8:], "enUS")
		binary.BigEndian.PutUint32(content[12:], uint32(2*len(text)))
		content = binary.BigEndian.AppendUint32(content, head)
		for _, unit := range utf16.Encode([]rune(text)) {
			content = binary.BigEndian.AppendUint16(content, unit)
		}
		return typed("mluc", content)
	case kind == "desc":
		length := binary.BigEndian.AppendUint32(nil, uint32(len(text)+1))
		const others = 4 + 4 + 2 + 1 + 67 // texts of other kinds: none
		return typed("desc", length, []byte(text), make([]byte, 1+others))
	}
	return typed(kind, []byte(text), make([]byte, 1))
}

// Join puts together the parts of a profile that the segments of a JPEG hold (B.4): each is its number,
// from 1 on, how many there are, and bytes. It is nil where they are not all there, once each.
func Join(parts [][]byte) []byte {
	var ordered [256][]byte
	for _, p := range parts {
		if len(p) < 2 || int(p[1]) != len(parts) || p[0] < 1 || int(p[0]) > len(parts) || ordered[p[0]] != nil {
			return nil
		}
		ordered[p[0]] = p[2:]
	}
	return bytes.Join(ordered[:], nil)
}

// Split is the inverse of Join. It is nil for a profile that needs more parts than there can be.
func Split(profile []byte) (parts [][]byte) {
	const most, longest = 255, 65519 // of a segment, less what stands before
	total := (len(profile) + longest - 1) / longest
	if total > most {
		return nil
	}
	for part := range slices.Chunk(profile, longest) {
		parts = append(parts, append([]byte{byte(len(parts) + 1), byte(total)}, part...))
	}
	return parts
}
