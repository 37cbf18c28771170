package metadata

import (
	"bytes"
	"encoding/binary"
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
	tagCopyright   = 0x8298
	tagXPTitle     = 0x9c9b
	tagLensNumbers = 0xa432 // four fractions
)

// saying is what the value of a tag may say.
type saying int

const (
	numbers saying = iota // few of them, and no letters
	dates
	words
)

// harmless are the tags that say nothing of place, person or device number.
var harmless = map[uint16]saying{
	0x010e: words, 0x010f: words, 0x0110: words, tagOrientation: numbers, 0x011a: numbers, 0x011b: numbers, 0x0128: numbers,
	0x0131: words, 0x0132: dates, 0x0213: numbers, tagCopyright: words, tagXPTitle: words,
	0x829a: numbers, 0x829d: numbers, 0x8822: numbers, 0x8827: numbers, 0x8830: numbers, 0x9000: numbers,
	0x9003: dates, 0x9004: dates, 0x9010: dates, 0x9011: dates, 0x9012: dates, 0x9101: numbers, 0x9102: numbers,
	0x9201: numbers, 0x9202: numbers, 0x9203: numbers, 0x9204: numbers, 0x9205: numbers, 0x9206: numbers, 0x9207: numbers,
	0x9208: numbers, 0x9209: numbers, 0x920a: numbers, 0x9290: dates, 0x9291: dates, 0x9292: dates,
	0xa000: numbers, 0xa001: numbers, 0xa002: numbers, 0xa003: numbers, 0xa20e: numbers, 0xa20f: numbers, 0xa210: numbers,
	0xa215: numbers, 0xa217: numbers, 0xa300: numbers, 0xa301: numbers, 0xa401: numbers, 0xa402: numbers,
	0xa403: numbers, 0xa404: numbers, 0xa405: numbers, 0xa406: numbers, 0xa407: numbers, 0xa408: numbers, 0xa409: numbers,
	0xa40a: numbers, 0xa40c: numbers, tagLensNumbers: numbers, 0xa433: words, 0xa434: words,
}

// upright is the tag that says how a picture is turned.
var upright = map[uint16]saying{tagOrientation: numbers}

// entry is a checked directory entry: its value lies whole inside the block.
type entry struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

// directories are what was found sound in a block.
type directories struct {
	order binary.ByteOrder
	main  []entry // IFD0
	exif  []entry // Exif IFD
}

// Types of TIFF 6.0 and, for pointers, of its supplement 1.
const (
	typeText     = 2
	typeLong     = 4
	typeFraction = 5
	typeIFD      = 13
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
	w := walker{block: b, order: d.order, visited: make(map[uint32]bool)}
	d.main = w.dir(d.order.Uint32(b[4:]))
	for _, e := range d.main {
		if e.tag == tagExifIFD && e.count == 1 && (e.kind == typeLong || e.kind == typeIFD) {
			d.exif = w.dir(d.order.Uint32(e.value))
			break
		}
	}
	return d, true
}

type walker struct {
	block   []byte
	order   binary.ByteOrder
	visited map[uint32]bool
	entries int
}

// dir reads one directory as far as it can be read.
func (w *walker) dir(at uint32) (entries []entry) {
	if uint64(at)+2 > uint64(len(w.block)) || w.visited[at] || len(w.visited) >= maxDirs {
		return nil
	}
	w.visited[at] = true
	count := int(w.order.Uint16(w.block[at:]))
	pos := int(at) + 2
	for ; count > 0 && pos+12 <= len(w.block) && w.entries < maxEntries; count-- {
		w.entries++
		if e, ok := w.entry(w.block[pos : pos+12]); ok {
			entries = append(entries, e)
		}
		pos += 12
	}
	return entries
}

func (w *walker) entry(b []byte) (entry, bool) {
	order := w.order
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
