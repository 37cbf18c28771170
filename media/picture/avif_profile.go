package picture

import (
	"encoding/binary"
	"errors"
	"slices"
)

var errLayout = errors.New("AVIF of a layout that libavif does not write")

// withProfile puts a colour profile into an AVIF that libavif wrote, since its
// encoder here cannot be asked for it: as one property more of the primary item
// (ISO/IEC 14496-12, 12.1.5; ISO/IEC 23008-12, 9.3.1).
func withProfile(avif, icc []byte) ([]byte, error) {
	b := slices.Clone(avif)
	meta := boxIn(b, span{length: int64(len(b))}, "meta")
	inside := meta.behind(12) // with its version
	iloc, iprp := boxIn(b, inside, "iloc"), boxIn(b, inside, "iprp")
	ipco, ipma := boxIn(b, iprp.behind(8), "ipco"), boxIn(b, iprp.behind(8), "ipma")
	// Behind version and number of entries, the first is of the primary item:
	// its ID, how many properties it has, and their numbers.
	const count = 8 + 4 + 4 + 2
	if ipma.length <= count || ipco.length == 0 || ipma.offset < ipco.end() || iloc.length == 0 {
		return nil, errLayout
	}
	number := byte(1)
	for rest := ipco.behind(8); rest.length > 0 && number < 127; number++ {
		rest = rest.behind(boxAt(b, rest).length)
	}
	property := binary.BigEndian.AppendUint32(nil, uint32(12+len(icc)))
	property = append(append(property, "colrprof"...), icc...)
	last := ipma.offset + count + 1 + int64(b[ipma.offset+count])
	b[ipma.offset+count]++
	grown := uint32(len(property) + 1)
	for at, by := range map[int64]uint32{meta.offset: grown, iprp.offset: grown, ipco.offset: grown - 1, ipma.offset: 1} {
		addTo(b[at:], by)
	}
	if last > ipma.end() || !moveItems(b[iloc.offset:iloc.end()], grown) {
		return nil, errLayout
	}
	return slices.Concat(b[:ipco.end()], property, b[ipco.end():last], []byte{number}, b[last:]), nil
}

// moveItems adds to the offsets of an iloc box of version 0, with offsets and
// lengths of 4 bytes and no base.
func moveItems(iloc []byte, by uint32) bool {
	const head, entry = 8 + 4 + 2 + 2, 2 + 2 + 2
	if len(iloc) < head || iloc[8] != 0 || iloc[12] != 0x44 || iloc[13] != 0 {
		return false
	}
	for rest := iloc[head:]; len(rest) > 0; {
		if len(rest) < entry+8 || rest[entry-2] != 0 || rest[entry-1] != 1 { // one extent
			return false
		}
		addTo(rest[entry:], by)
		rest = rest[entry+8:]
	}
	return true
}

func addTo(b []byte, n uint32) { binary.BigEndian.PutUint32(b, binary.BigEndian.Uint32(b)+n) }

// boxIn is the first box of a kind in a part of b, empty for none.
func boxIn(b []byte, part span, kind string) span {
	for part.length > 0 {
		box := boxAt(b, part)
		if string(b[box.offset+4:box.offset+8]) == kind {
			return box
		}
		part = part.behind(box.length)
	}
	return span{}
}

// boxAt is the box that a part of b begins with, with its header. A part that
// does not begin with one is taken for one.
func boxAt(b []byte, part span) span {
	length := int64(binary.BigEndian.Uint32(b[part.offset:]))
	if length < 8 || length > part.length {
		length = part.length
	}
	return span{part.offset, length}
}
