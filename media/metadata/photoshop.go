package metadata

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// resourceIPTC is the Photoshop image resource that holds IPTC records.
const resourceIPTC = 0x0404

// harmlessResources are resolution, print flags, JPEG quality, the copyright
// flag and the digest of the IPTC records. The others hold previews, paths,
// layers, XMP and EXIF blocks.
var harmlessResources = []uint16{0x03ed, 0x03f3, 0x0406, 0x040a, 0x0425, 0x2710}

// harmlessIPTC are datasets of record 2 (IPTC IIM 4.2): version, title,
// urgency, category, dates, program, headline, copyright and caption. The
// others hold places, persons and free words.
var harmlessIPTC = []byte{0, 5, 10, 15, 55, 60, 62, 63, 65, 70, 105, 116, 120}

// photoshopResources returns the harmless ones of the image resources in b,
// nil for none. What cannot be read, and all behind it, is left out.
func photoshopResources(b []byte) []byte {
	var out []byte
	for len(b) >= 12 && bytes.HasPrefix(b, []byte("8BIM")) {
		id := binary.BigEndian.Uint16(b[4:])
		start := 6 + evenLength(1+int(b[6])) + 4
		if start > len(b) {
			break
		}
		length := uint64(binary.BigEndian.Uint32(b[start-4:]))
		if length > uint64(len(b)-start) {
			break
		}
		content := b[start : start+int(length)]
		end := min(start+evenLength(int(length)), len(b))
		switch {
		case id == resourceIPTC:
			out = append(out, iptcResource(b[:start], content, b[:end])...)
		case slices.Contains(harmlessResources, id):
			out = append(out, b[:end]...)
		}
		b = b[end:]
	}
	return out
}

// iptcResource returns the resource with its harmless records only, and the
// whole when there are no others.
func iptcResource(header, content, whole []byte) []byte {
	records := iptcRecords(content)
	if bytes.Equal(records, content) {
		return whole
	}
	if len(records) == 0 {
		return nil
	}
	out := bytes.Clone(header)
	binary.BigEndian.PutUint32(out[len(out)-4:], uint32(len(records)))
	out = append(out, records...)
	return append(out, make([]byte, len(records)%2)...)
}

// iptcRecords returns the harmless ones of the records in b, up to the first
// that cannot be read.
func iptcRecords(b []byte) []byte {
	var out []byte
	for len(b) >= 5 && b[0] == 0x1c {
		end := 5 + int(binary.BigEndian.Uint16(b[3:])) // 0x8000 marks an extended length, beyond any segment
		if end > len(b) {
			break
		}
		if b[1] == 1 && (b[2] == 0 || b[2] == 90) || b[1] == 2 && slices.Contains(harmlessIPTC, b[2]) {
			out = append(out, b[:end]...)
		}
		b = b[end:]
	}
	return out
}

func evenLength(n int) int { return n + n%2 }
