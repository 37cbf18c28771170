package metadata

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/rwcarlsen/goexif/exif"
	"github.com/rwcarlsen/goexif/tiff"
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
	tagGPSIFD      = 0x8825
	tagInteropIFD  = 0xa005
	tagMakerNote   = 0x927c
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

// harmful tags make a block private. What is in neither list is padding and
// structure, which may stay until the block is written anew.
var harmful = []uint16{
	tagGPSIFD, tagMakerNote, 0x013b, 0x013c, 0x83bb, 0x8649, 0x9286, 0x9c9c, 0x9c9d, 0x9c9e, 0x02bc,
	0xa420, 0xa430, 0xa431, 0xa435, 0xc62f, 0xc634, 0xc65d, 0xc6d2, 0xc6d3, 0x0201, 0x0202,
}

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
	private bool    // something there is nobody's business
}

// typeSizes of TIFF 6.0 by type.
var typeSizes = []uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8}

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
	for _, e := range d.main {
		if e.tag == tagExifIFD && e.kind == 4 && e.count == 1 {
			d.exif, _ = w.dir(d.order.Uint32(e.value))
		}
	}
	for _, e := range slices.Concat(d.main, d.exif) {
		d.private = d.private || slices.Contains(harmful, e.tag)
	}
	return d, true
}

type walker struct {
	block   []byte
	dirs    *directories
	visited map[uint32]bool
	entries int
}

// dir reads one directory, and the offset of the next.
func (w *walker) dir(at uint32) (entries []entry, next uint32) {
	b, order := w.block, w.dirs.order
	if uint64(at)+2 > uint64(len(b)) || w.visited[at] || len(w.visited) >= maxDirs {
		return nil, 0
	}
	w.visited[at] = true
	count := int(order.Uint16(b[at:]))
	pos := int(at) + 2
	for ; count > 0 && pos+12 <= len(b) && w.entries < maxEntries; count-- {
		w.entries++
		if e, ok := w.entry(b[pos : pos+12]); ok {
			entries = append(entries, e)
		}
		pos += 12
	}
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

// only returns the entries whose tags are listed, each tag once, in order.
func only(entries []entry, tags []uint16) []entry {
	var kept []entry
	for _, e := range entries {
		seen := slices.ContainsFunc(kept, func(k entry) bool { return k.tag == e.tag })
		if slices.Contains(tags, e.tag) && !seen {
			kept = append(kept, e)
		}
	}
	slices.SortFunc(kept, func(a, b entry) int { return int(a.tag) - int(b.tag) })
	return kept
}

// writeTIFF writes a block anew with the listed tags, or nil when there are
// none of them.
func writeTIFF(d directories, tags []uint16) []byte {
	main, sub := only(d.main, tags), only(d.exif, tags)
	if len(main)+len(sub) == 0 {
		return nil
	}
	if len(sub) > 0 {
		main = append(main, entry{tag: tagExifIFD, kind: 4, count: 1, value: make([]byte, 4)})
	}
	var b []byte
	if d.order == binary.LittleEndian {
		b = []byte("II*\x00")
	} else {
		b = []byte("MM\x00*")
	}
	b = appendUint32(b, d.order, 8)
	b, pointer := appendDir(b, d.order, main)
	if len(sub) > 0 {
		d.order.PutUint32(b[pointer:], uint32(len(b)))
		b, _ = appendDir(b, d.order, sub)
	}
	return b
}

// appendDir appends a directory and the values that do not fit in its entries.
// It returns where the value of the last entry stands.
func appendDir(b []byte, order binary.ByteOrder, entries []entry) ([]byte, int) {
	slices.SortStableFunc(entries, func(a, b entry) int { return int(a.tag) - int(b.tag) })
	b = appendUint16(b, order, uint16(len(entries)))
	values := len(b) + 12*len(entries) + 4
	var tail []byte
	pointer := 0
	for _, e := range entries {
		b = appendUint16(appendUint16(b, order, e.tag), order, e.kind)
		b = appendUint32(b, order, e.count)
		if e.tag == tagExifIFD {
			pointer = len(b)
		}
		if len(e.value) <= 4 {
			b = append(append(b, e.value...), make([]byte, 4-len(e.value))...)
			continue
		}
		b = appendUint32(b, order, uint32(values+len(tail)))
		tail = append(tail, e.value...)
		if len(tail)%2 == 1 {
			tail = append(tail, 0)
		}
	}
	return append(appendUint32(b, order, 0), tail...), pointer
}

func appendUint16(b []byte, order binary.ByteOrder, n uint16) []byte {
	var p [2]byte
	order.PutUint16(p[:], n)
	return append(b, p[:]...)
}

func appendUint32(b []byte, order binary.ByteOrder, n uint32) []byte {
	var p [4]byte
	order.PutUint32(p[:], n)
	return append(b, p[:]...)
}

// readEXIF reads a block through goexif, which sees only harmless tags.
func readEXIF(facts *Facts, block []byte, loc *time.Location) {
	d, ok := walkTIFF(block)
	if !ok {
		return
	}
	clean := writeTIFF(d, harmless)
	if clean == nil {
		return
	}
	// The block is sound, but the reader is old: a panic costs the tags only.
	defer func() { _ = recover() }()
	x, err := exif.Decode(bytes.NewReader(clean))
	if err != nil && (x == nil || exif.IsCriticalError(err)) {
		return
	}
	facts.Tags = make(map[string]string)
	_ = x.Walk(tagWalker(facts.Tags))
	if tag, err := x.Get(exif.Orientation); err == nil {
		if o, err := tag.Int(0); err == nil && o >= 1 && o <= 8 {
			facts.Orientation = o
		}
	}
	if tag, err := x.Get(exif.XPTitle); err == nil {
		facts.Title = utf16Text(tag.Val)
	}
	facts.Description = stringTag(x, exif.ImageDescription)
	facts.Taken = takenAt(x, loc)
}

// tagWalker gathers tags as text.
type tagWalker map[string]string

// Walk implements exif.Walker.
func (w tagWalker) Walk(name exif.FieldName, tag *tiff.Tag) error {
	const longest = 1000
	if name == exif.ExifIFDPointer || name == exif.XPTitle || len(tag.Val) > longest {
		return nil
	}
	switch tag.Format() {
	case tiff.StringVal:
		if s, err := tag.StringVal(); err == nil && cleanText(s) != "" {
			w[string(name)] = cleanText(s)
		}
	case tiff.IntVal:
		if n, err := tag.Int64(0); err == nil && tag.Count == 1 {
			w[string(name)] = fmt.Sprint(n)
		}
	case tiff.RatVal:
		if n, d, err := tag.Rat2(0); err == nil && tag.Count == 1 {
			w[string(name)] = fmt.Sprintf("%d/%d", n, d)
		}
	}
	return nil
}

func stringTag(x *exif.Exif, name exif.FieldName) string {
	tag, err := x.Get(name)
	if err != nil {
		return ""
	}
	s, err := tag.StringVal()
	if err != nil {
		return ""
	}
	return s
}

// takenAt is when the picture was taken, or else digitised, or else changed.
func takenAt(x *exif.Exif, loc *time.Location) time.Time {
	for _, name := range []exif.FieldName{exif.DateTimeOriginal, exif.DateTimeDigitized, exif.DateTime} {
		t, err := time.ParseInLocation("2006:01:02 15:04:05", stringTag(x, name), loc)
		if err == nil && t.Year() > 1800 {
			return t
		}
	}
	return time.Time{}
}
