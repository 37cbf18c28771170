package metadata

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/rwcarlsen/goexif/exif"
	"github.com/rwcarlsen/goexif/tiff"
)

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
	facts.Taken = takenAt(x, d.exif, loc)
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

// takenAt is when the picture was taken, or else digitised, or else changed;
// in loc, unless the block has the offset from UTC that belongs to it.
func takenAt(x *exif.Exif, entries []entry, loc *time.Location) time.Time {
	const layout = "2006:01:02 15:04:05"
	for _, date := range []struct {
		name   exif.FieldName
		offset uint16
	}{{exif.DateTimeOriginal, 0x9011}, {exif.DateTimeDigitized, 0x9012}, {exif.DateTime, 0x9010}} {
		text := strings.TrimSpace(stringTag(x, date.name))
		t, err := time.Parse(layout+"-07:00", text+offsetText(entries, date.offset))
		if err != nil {
			t, err = time.ParseInLocation(layout, text, loc)
		}
		if err == nil && t.Year() > 1800 {
			return t
		}
	}
	return time.Time{}
}

// offsetText returns an OffsetTime tag, which goexif does not know.
func offsetText(entries []entry, tag uint16) string {
	for _, e := range entries {
		if e.tag == tag {
			return strings.Trim(string(e.value), "\x00 ")
		}
	}
	return ""
}
