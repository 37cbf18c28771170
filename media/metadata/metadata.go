// Package metadata reads what pictures say of themselves in EXIF, IPTC and
// XMP, and removes from them what is nobody's business, without touching the
// pixels.
//
// Metadata comes from strangers and its formats are full of lengths and
// offsets, so no parser sees more than a bounded copy of it that was walked
// first; see guard.go.
package metadata

import (
	"bytes"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/bep/imagemeta"

	"postern/media/metadata/phrase"
)

// Kind is the format of a picture, by the name that package picture gives it.
type Kind string

// The kinds whose metadata is known. Any other has none.
const (
	JPEG Kind = "jpeg"
	PNG  Kind = "png"
	WebP Kind = "webp"
	AVIF Kind = "avif"
	HEIC Kind = "heic"
	JXL  Kind = "jxl"
	GIF  Kind = "gif" // Strip only: what Read looks for is not in GIFs
)

// Mode says what Strip removes.
type Mode string

// The modes of Strip.
const (
	Private Mode = "private" // places, serial numbers, maker notes, previews
	Keep    Mode = "keep"    // nothing
	None    Mode = "none"    // all but orientation and colour profile
)

// Facts is what a picture's metadata says.
type Facts struct {
	Orientation int // of EXIF, 1 to 8; 1 when absent, or where browsers do not heed it
	Title       string
	Description string
	Taken       time.Time         // zero when absent
	Is360       bool              // an equirectangular panorama
	Tags        map[string]string // what is harmless of the EXIF tags, by name
}

// maxBlock bounds a block of EXIF or XMP.
const maxBlock = 1 << 20

// Read reads the metadata of the picture in the first size bytes of r. Times
// without a zone are taken to be in loc. Damaged metadata is no error: what
// can be read of it is returned. The error is that of r.
func Read(r io.ReaderAt, size int64, kind Kind, loc *time.Location) (Facts, error) {
	facts := Facts{Orientation: 1}
	b, err := findBlocks(r, size, kind)
	if err != nil {
		return facts, err
	}
	readEXIF(&facts, b.exif, loc)
	if unturned[kind] || b.unturned {
		facts.Orientation = 1
	}
	described := facts.Description
	x, iptc := parseXMP(bytes.NewReader(b.xmp)), texts{}
	if kind == JPEG {
		x, iptc = readXMPAndIPTC(r, size)
	}
	facts.Title = facts.firstText(x.texts().title, iptc.title, facts.Title, string(b.title))
	facts.Description = facts.firstText(described, x.texts().description, iptc.description, string(b.description))
	facts.Is360 = strings.EqualFold(x.panorama("ProjectionType"), "equirectangular")
	return facts, nil
}

// unturned are the kinds that browsers do not turn by EXIF: WebP, and those whose
// orientation is a property of the pixels. So the orientation of EXIF means nothing.
// Of a PNG, browsers heed that of an eXIf chunk before the image data alone.
var unturned = map[Kind]bool{WebP: true, AVIF: true, HEIC: true, JXL: true}

// firstText returns the first text that is one, and is not what cameras and
// programs write into every picture.
func (f *Facts) firstText(texts ...string) string {
	for _, s := range texts {
		if s = cleanText(s); s != "" && !phrase.IsStock(s, f.Tags) {
			return s
		}
	}
	return ""
}

// cleanText makes one line or several of valid text without control characters.
func cleanText(s string) string {
	if !utf8.ValidString(s) {
		s = phrase.Western(s)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s))
}

// texts are what XMP or IPTC say in words.
type texts struct{ title, description string }

// readXMPAndIPTC reads those of a JPEG.
func readXMPAndIPTC(r io.ReaderAt, size int64) (x packet, iptc texts) {
	// Its errors say that the metadata is damaged: what came before counts.
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: io.NewSectionReader(r, 0, size), ImageFormat: imagemeta.JPEG,
		Sources: imagemeta.XMP | imagemeta.IPTC, LimitNumTags: 1000,
		// Its default leaves out all that is not EXIF's.
		ShouldHandleTag: func(imagemeta.TagInfo) bool { return true },
		HandleTag: func(t imagemeta.TagInfo) error {
			text, _ := t.Value.(string)
			switch t.Tag {
			case "ObjectName":
				iptc.title = misread(text)
			case "Caption-Abstract":
				iptc.description = misread(text)
			}
			return nil
		},
		HandleXMP: func(r io.Reader) error {
			x = parseXMP(r)
			_, err := io.Copy(io.Discard, r)
			return err
		},
	})
	return x, iptc
}

// misread returns the UTF-8 of a text that was read as Latin-1, or else the text.
// Many programs write UTF-8 into IPTC and do not say so.
func misread(text string) string {
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return text
		}
		b = append(b, byte(r))
	}
	return string(b) // cleanText knows other encodings
}

// utf16Text decodes the little-endian text that Windows writes.
func utf16Text(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		u := uint16(b[i]) | uint16(b[i+1])<<8
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}
