package icc

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Plain returns a profile that tells the same colours and nothing else: curves,
// primaries, tables, white, and how they were adapted. Of its texts the description
// and the copyright stay, which each profile must have, with words that are written here,
// or with the name that the profile shares with many. Dates, makers, numbers of
// devices, tags that are not known, and bytes that belong to no tag go. So do tables
// of floating point (D2B0, B2D0 and the like), which stand beside others.
//
// The result is never longer than the profile; texts are left out where they would
// make it so. It is nil for what is no profile of version 2 or 4 for grey, RGB or CMYK, and
// for one of which a part is damaged that tells colours. Plain of its own result, also with zeros
// behind it, returns the same.
func Plain(profile []byte) []byte {
	p, ok := readPlain(profile)
	if !ok {
		return nil
	}
	for _, texts := range []bool{true, false} {
		for _, fill := range []int{4, 1} { // not all programs fill up to four bytes, nor need it
			if out := p.bytes(texts, fill); len(out) <= len(profile) {
				return out
			}
		}
	}
	return nil
}

// PlainInPlace returns Plain of a profile, with zeros behind it to as many bytes as the profile has. It
// is zeros alone where Plain is nil.
func PlainInPlace(profile []byte) []byte {
	out := make([]byte, len(profile))
	copy(out, Plain(profile))
	return out
}

// plainProfile is what stays of a profile.
type plainProfile struct {
	header [headerBytes]byte
	tags   []plainTag
}

// plainTag is a tag that stays.
type plainTag struct {
	name         string
	offset, size uint32 // of its data in the profile: tags may share them
	data         []byte
	text         bool
}

// readPlain takes a profile apart. It is not ok for one that cannot be followed.
func readPlain(profile []byte) (p plainProfile, ok bool) {
	if len(profile) < headerBytes+4 || !p.readHeader(profile) {
		return p, false
	}
	table := profile[headerBytes+4:]
	count := binary.BigEndian.Uint32(profile[headerBytes:])
	if uint64(count)*tagBytes > uint64(len(table)) {
		return p, false
	}
	seen := make(map[string]bool)
	taken, most := 0, 4*len(profile) // tags may share data
	for ; count > 0; count-- {
		t := plainTag{string(table[:4]), binary.BigEndian.Uint32(table[4:]), binary.BigEndian.Uint32(table[8:]), nil, false}
		table = table[tagBytes:]
		if seen[t.name] {
			continue
		}
		seen[t.name] = true
		data := cut(profile, t.offset, t.size)
		switch take := colourTags[t.name]; {
		case t.name == "desc":
			t.data, t.text = writeText(data, t.name, p.isOld(), nameFor(profile)), true
		case t.name == "cprt":
			t.data, t.text = writeText(data, "text", p.isOld(), noOwner), true
		case take == nil:
			continue
		default:
			t.data = take(data)
			if taken += len(t.data); t.data == nil || taken > most {
				return p, false
			}
		}
		p.tags = append(p.tags, t)
	}
	return p, true
}

// readHeader takes what tells colours from the header (7.2).
func (p *plainProfile) readHeader(profile []byte) bool {
	const newest = 4
	version, class, space, connection := profile[8], string(profile[12:16]), string(profile[16:20]), string(profile[20:24])
	if string(profile[36:40]) != "acsp" || version > newest ||
		!slices.Contains([]string{"mntr", "scnr", "prtr", "spac"}, class) ||
		!slices.Contains([]string{"GRAY", "RGB ", "CMYK"}, space) ||
		!slices.Contains([]string{"XYZ ", "Lab "}, connection) {
		return false
	}
	copy(p.header[8:10], profile[8:])
	copy(p.header[12:24], profile[12:])
	copy(p.header[36:], "acsp")
	p.header[67] = profile[67] & 3                                          // the way of rendering
	copy(p.header[68:], "\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d") // D50, which all have
	return true
}

// isOld tells whether texts are those of version 2.
func (p *plainProfile) isOld() bool { return p.header[8] < 4 }

// bytes writes the profile, with or without its texts, and data filled up to a multiple of some bytes.
func (p *plainProfile) bytes(texts bool, fill int) []byte {
	tags := slices.DeleteFunc(slices.Clone(p.tags), func(t plainTag) bool { return t.text && !texts })
	out := append(p.header[:], make([]byte, 4+tagBytes*len(tags))...)
	binary.BigEndian.PutUint32(out[headerBytes:], uint32(len(tags)))
	for i, t := range tags {
		at, entry := len(out), headerBytes+4+tagBytes*i
		same := slices.IndexFunc(tags[:i], func(o plainTag) bool {
			return o.offset == t.offset && o.size == t.size && bytes.Equal(o.data, t.data)
		})
		if same >= 0 {
			copy(out[entry+4:], out[headerBytes+4+tagBytes*same+4:][:8])
		} else {
			out = filled(append(out, t.data...), fill)
			binary.BigEndian.PutUint32(out[entry+4:], uint32(at))
			binary.BigEndian.PutUint32(out[entry+8:], uint32(len(t.data)))
		}
		copy(out[entry:], t.name)
	}
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	return out
}

// filled adds zeros up to a multiple of n bytes, a power of two.
func filled(b []byte, n int) []byte { return append(b, make([]byte, -len(b)&(n-1))...) }

// colourTags are the tags that tell colours (9.2), and what takes their data, less what is behind
// the fields. It returns nil for data that are damaged.
var colourTags = map[string]func(data []byte) []byte{
	"rXYZ": takeXYZ, "gXYZ": takeXYZ, "bXYZ": takeXYZ, "wtpt": takeXYZ, "bkpt": takeXYZ,
	"rTRC": takeOneCurve, "gTRC": takeOneCurve, "bTRC": takeOneCurve, "kTRC": takeOneCurve,
	"A2B0": takeTable, "A2B1": takeTable, "A2B2": takeTable, "B2A0": takeTable, "B2A1": takeTable, "B2A2": takeTable, "gamt": takeTable,
	"chad": fields("sf32", 8+9*4), "cicp": fields("cicp", 12),
}

var takeXYZ = fields("XYZ ", 8+3*4)

// fields takes so many bytes of data of a type (10).
func fields(kind string, size int) func(data []byte) []byte {
	return func(data []byte) []byte {
		if len(data) < size || string(data[:4]) != kind {
			return nil
		}
		return typed(kind, data[8:size])
	}
}

// typed writes data of a type, behind four bytes that are reserved.
func typed(kind string, content ...[]byte) []byte {
	return append([]byte(kind+"\x00\x00\x00\x00"), bytes.Join(content, nil)...)
}

func takeOneCurve(data []byte) []byte { return takeCurve(data) }

// takeCurve takes a curveType (10.6) or a parametricCurveType (10.18).
func takeCurve(b []byte) []byte {
	if len(b) < 12 {
		return nil
	}
	switch string(b[:4]) {
	case "curv":
		if size := 12 + 2*int64(binary.BigEndian.Uint32(b[8:])); size <= int64(len(b)) {
			return typed("curv", b[8:size])
		}
	case "para":
		counts := []int{1, 3, 4, 5, 7}
		kind := int(binary.BigEndian.Uint16(b[8:]))
		if kind < len(counts) && 12+4*counts[kind] <= len(b) {
			return typed("para", b[8:10], make([]byte, 2), b[12:12+4*counts[kind]])
		}
	}
	return nil
}

// maxChannels are those of pictures, and of the connection space.
const maxChannels = 4

// takeTable takes a lut8Type, a lut16Type, a lutAToBType or a lutBToAType (10.10 to 10.13).
func takeTable(b []byte) []byte {
	if len(b) < 32 || b[8] < 1 || b[8] > maxChannels || b[9] < 1 || b[9] > maxChannels {
		return nil
	}
	in, out, grid := int64(b[8]), int64(b[9]), int64(b[10])
	nodes := out
	for range in {
		nodes *= grid
	}
	size := int64(0)
	switch string(b[:4]) {
	case "mft1":
		size = 48 + 256*in + nodes + 256*out
	case "mft2":
		if len(b) >= 52 {
			before, after := int64(binary.BigEndian.Uint16(b[48:])), int64(binary.BigEndian.Uint16(b[50:]))
			size = 52 + 2*(before*in+nodes+after*out)
		}
	case "mAB ":
		return takeParts(b, int(out), int(in))
	case "mBA ":
		return takeParts(b, int(in), int(out))
	}
	if size == 0 || size > int64(len(b)) {
		return nil
	}
	return typed(string(b[:4]), b[8:11], make([]byte, 1), b[12:size])
}

// takeParts takes the parts of a table: some are by the side of the connection space, the
// others by the side of the device.
func takeParts(b []byte, connection, device int) []byte {
	out := append(typed(string(b[:4]), b[8:10]), make([]byte, 22)...)
	parts := []func(rest []byte) []byte{
		curvesTaker(connection), takeMatrix, curvesTaker(connection),
		func(rest []byte) []byte { return takeNodes(rest, int(b[8]), int(b[9])) }, curvesTaker(device),
	}
	for i, take := range parts {
		at := 12 + 4*i
		offset := binary.BigEndian.Uint32(b[at:])
		if offset == 0 {
			continue
		}
		part := take(b[min(int64(offset), int64(len(b))):])
		if part == nil {
			return nil
		}
		binary.BigEndian.PutUint32(out[at:], uint32(len(out)))
		out = filled(append(out, part...), 4)
	}
	return out
}

// curvesTaker takes so many curves, each filled up to four bytes.
func curvesTaker(n int) func(rest []byte) []byte {
	return func(rest []byte) (all []byte) {
		for range n {
			curve := takeCurve(rest)
			if curve == nil {
				return nil
			}
			all = filled(append(all, curve...), 4)
			rest = rest[min((len(curve)+3)&^3, len(rest)):]
		}
		return all
	}
}

func takeMatrix(rest []byte) []byte {
	const size = 12 * 4
	if len(rest) < size {
		return nil
	}
	return bytes.Clone(rest[:size])
}

// takeNodes takes the nodes of a table, behind how many there are a side (10.12.3).
func takeNodes(rest []byte, in, out int) []byte {
	const head, sides, precision = 20, 16, 16
	if len(rest) < head || rest[precision] < 1 || rest[precision] > 2 {
		return nil
	}
	size := int64(rest[precision]) * int64(out)
	for _, side := range rest[:in] {
		size *= int64(side)
	}
	if size > int64(len(rest)-head) {
		return nil
	}
	taken := append(make([]byte, 0, head+size), rest[:in]...)
	taken = append(append(taken, make([]byte, sides-in)...), rest[precision], 0, 0, 0)
	return append(taken, rest[head:head+size]...)
}
