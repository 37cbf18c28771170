package metadata

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// goexif trusts what it reads: two directories that point at each other keep
// it for ever, and a large count makes it allocate gigabytes. So it is never
// given the bytes of a stranger, but a block written anew (see writeTIFF) of
// entries that were checked one by one.

const (
	maxDirs    = 16
	maxEntries = 1024
)

// Tags of EXIF (CIPA DC-008) that matter here.
const (
	tagOrientation = 0x0112
	tagExifIFD     = 0x8769
	tagInteropIFD  = 0xa005
	tagXPTitle     = 0x9c9b
)

// harmless lists the tags that say nothing of place, person or device number.
var harmless = []uint16{
	0x010e, 0x010f, 0x0110, tagOrientation, 0x011a, 0x011b, 0x0128, 0x0131, 0x0132, 0x0213, 0x8298, tagXPTitle,
	0x829a, 0x829d, 0x8822, 0x8827, 0x8830, 0x9000, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9101, 0x9102,
	0x9201, 0x9202, 0x9203, 0x9204, 0x9205, 0x9206, 0x9207, 0x9208, 0x9209, 0x920a, 0x9290, 0x9291, 0x9292,
	0xa000, 0xa001, 0xa002, 0xa003, 0xa20e, 0xa20f, 0xa210, 0xa215, 0xa217, 0xa300, 0xa301, 0xa401, 0xa402,
	0xa403, 0xa404, 0xa405, 0xa406, 0xa407, 0xa408, 0xa409, 0xa40a, 0xa40c, 0xa432, 0xa433, 0xa434,
}

// structural tags are of no use in a fresh block, but say nothing either: the
// layout of the pixels, and padding.
var structural = []uint16{
	0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x0115, 0x011c, 0x013e, 0x013f, 0x0211, 0x0212, 0x0214, 0xa302,
	0xea1c, 0xea1d,
}

// interop are the tags of the interoperability directory.
var interop = []uint16{0x0001, 0x0002, 0x1000, 0x1001, 0x1002}

// entry is a checked directory entry: its value lies whole inside the block.
type entry struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

// directories are what was found sound in a block.
type directories struct {
	order   binary.ByteOrder
	main    []entry // IFD0
	exif    []entry // Exif IFD
	private bool    // something there is not known to be harmless
}

// Types of TIFF 6.0 and, for pointers, of its supplement 1.
const (
	typeLong = 4
	typeIFD  = 13
)

// typeSizes are in bytes, by type.
var typeSizes = []uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4}

// walkTIFF checks a block and collects the entries of its main and its Exif
// directory. Broken entries are left out.
func walkTIFF(b []byte) (directories, bool) {
	var d directories
	switch {
	case len(b) < 8:
		return d, false
	case bytes.HasPrefix(b, []byte("II*\x00")):
		d.order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("MM\x00*")):
		d.order = binary.BigEndian
	default:
		return d, false
	}
	w := walker{block: b, dirs: &d, visited: make(map[uint32]bool)}
	var next uint32
	d.main, next = w.dir(d.order.Uint32(b[4:]))
	if next != 0 {
		d.private = true // the directory of an embedded preview
	}
	d.exif = w.follow(d.main, tagExifIFD)
	shared := w.follow(d.exif, tagInteropIFD)
	d.private = d.private || beyond(d.main, harmless, structural, []uint16{tagExifIFD}) ||
		beyond(d.exif, harmless, structural, []uint16{tagInteropIFD}) ||
		beyond(shared, interop)
	return d, true
}

// beyond reports whether any tag is in none of the lists. What is not known to
// be harmless is private.
func beyond(entries []entry, lists ...[]uint16) bool {
	return slices.ContainsFunc(entries, func(e entry) bool {
		return !slices.ContainsFunc(lists, func(l []uint16) bool { return slices.Contains(l, e.tag) })
	})
}

type walker struct {
	block   []byte
	dirs    *directories
	visited map[uint32]bool
	entries int
}

// follow reads the directory that the tag points at. A second one, and a
// pointer of a strange shape, count as private.
func (w *walker) follow(entries []entry, tag uint16) (found []entry) {
	for _, e := range entries {
		switch {
		case e.tag != tag:
		case found != nil || e.count != 1 || e.kind != typeLong && e.kind != typeIFD:
			w.dirs.private = true
		default:
			found, _ = w.dir(w.dirs.order.Uint32(e.value))
		}
	}
	return found
}

// dir reads one directory, and the offset of the next. What cannot be read
// counts as private.
func (w *walker) dir(at uint32) (entries []entry, next uint32) {
	b, order := w.block, w.dirs.order
	if uint64(at)+2 > uint64(len(b)) || w.visited[at] || len(w.visited) >= maxDirs {
		w.dirs.private = true
		return nil, 0
	}
	w.visited[at] = true
	count := int(order.Uint16(b[at:]))
	pos := int(at) + 2
	for ; count > 0 && pos+12 <= len(b) && w.entries < maxEntries; count-- {
		w.entries++
		e, ok := w.entry(b[pos : pos+12])
		if ok {
			entries = append(entries, e)
		}
		w.dirs.private = w.dirs.private || !ok
		pos += 12
	}
	w.dirs.private = w.dirs.private || count > 0
	if count == 0 && pos+4 <= len(b) {
		next = order.Uint32(b[pos:])
	}
	return entries, next
}

func (w *walker) entry(b []byte) (entry, bool) {
	order := w.dirs.order
	e := entry{tag: order.Uint16(b), kind: order.Uint16(b[2:]), count: order.Uint32(b[4:])}
	if int(e.kind) >= len(typeSizes) || e.kind == 0 {
		return e, false
	}
	size := typeSizes[e.kind] * uint64(e.count)
	if size <= 4 {
		e.value = b[8 : 8+size]
		return e, true
	}
	at := uint64(order.Uint32(b[8:]))
	if at+size > uint64(len(w.block)) {
		return e, false
	}
	e.value = w.block[at : at+size]
	return e, true
}
