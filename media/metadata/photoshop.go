package metadata

import (
	"bytes"
	"encoding/binary"

	"postern/media/metadata/phrase"
)

// resourceIPTC is the Photoshop image resource that holds IPTC records.
const resourceIPTC = 0x0404

// harmlessIPTC are datasets of record 2 (IPTC IIM 4.2): version, title, dates,
// program, headline, copyright and caption. The others hold places, persons and
// free words.
var harmlessIPTC = map[byte]saying{
	0: numbers, 5: words, 55: dates, 60: dates, 62: dates, 63: dates, 65: words, 70: words, 105: words, 116: words, 120: words,
}

// photoshopResources returns the IPTC records of the image resources in b, nil
// for none. The other resources hold previews, paths, layers, XMP and EXIF
// blocks. What cannot be read, and all behind it, is left out.
func photoshopResources(b []byte) []byte {
	var out []byte
	for len(b) >= 12 && bytes.HasPrefix(b, []byte("8BIM")) {
		start := 6 + evenLength(1+int(b[6])) + 4
		if start > len(b) {
			break
		}
		length := uint64(binary.BigEndian.Uint32(b[start-4:]))
		if length > uint64(len(b)-start) {
			break
		}
		content := b[start : start+int(length)]
		if id := binary.BigEndian.Uint16(b[4:]); id == resourceIPTC {
			out = append(out, iptcResource(content)...)
		}
		b = b[min(start+evenLength(int(length)), len(b)):]
	}
	return out
}

// iptcResource returns a resource of the harmless ones of the records, without a
// name, nil for none.
func iptcResource(content []byte) []byte {
	records := iptcRecords(content)
	if len(records) == 0 {
		return nil
	}
	out := binary.BigEndian.AppendUint16([]byte("8BIM"), resourceIPTC)
	out = binary.BigEndian.AppendUint32(append(out, 0, 0), uint32(len(records)))
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
		if isHarmlessIPTC(b[1], b[2], b[5:end]) {
			out = append(out, b[:end]...)
		}
		b = b[end:]
	}
	return out
}

func isHarmlessIPTC(record, number byte, text []byte) bool {
	const version, charset = 0, 90
	what, known := harmlessIPTC[number]
	switch {
	case record == 1:
		return number == version && len(text) == 2 || number == charset && len(text) <= 4
	case record != 2 || !known:
		return false
	case what == numbers:
		return len(text) == 2
	case what == dates:
		return phrase.IsDate(string(text))
	}
	return true
}

func evenLength(n int) int { return n + n%2 }
