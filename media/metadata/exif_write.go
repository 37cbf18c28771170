package metadata

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"postern/media/metadata/phrase"
)

// maxValue bounds one value of a fresh block. In a stranger's block many
// entries can share one large value, and the copy would be a thousand times
// its size.
const maxValue = 16 << 10

// only returns the entries whose tags are listed, each tag once, in order, and
// of their values what they may say.
func only(entries []entry, tags map[uint16]saying) []entry {
	var kept []entry
	for _, e := range entries {
		what, listed := tags[e.tag]
		seen := slices.ContainsFunc(kept, func(k entry) bool { return k.tag == e.tag })
		if !listed || seen {
			continue
		}
		if e, ok := e.says(what); ok {
			kept = append(kept, e)
		}
	}
	slices.SortFunc(kept, func(a, b entry) int { return int(a.tag) - int(b.tag) })
	return kept
}

// says returns the entry, a text up to its end, and whether its value says what
// it may.
func (e entry) says(what saying) (entry, bool) {
	switch {
	case e.kind == typeIFD:
		return e, false
	case what == numbers:
		most := 8
		if e.tag == tagLensNumbers && e.kind == typeFraction {
			most = 32
		}
		return e, e.kind != typeText && len(e.value) <= most
	case what == dates && !phrase.IsDate(strings.Trim(string(e.value), "\x00 ")):
		return e, false
	}
	// The two names in a copyright are behind each other.
	if end := bytes.IndexByte(e.value, 0); e.kind == typeText && end >= 0 && e.tag != tagCopyright {
		e.value, e.count = e.value[:end+1], uint32(end+1)
	}
	return e, len(e.value) <= maxValue
}

// writeTIFF writes a block anew with the listed tags, or nil when there are
// none of them.
func writeTIFF(d directories, tags map[uint16]saying) []byte {
	main, sub := only(d.main, tags), only(d.exif, tags)
	if len(main)+len(sub) == 0 {
		return nil
	}
	if len(sub) > 0 {
		main = append(main, entry{tag: tagExifIFD, kind: typeLong, count: 1, value: make([]byte, 4)})
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
