package metadata

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"regexp"
	"slices"
	"strings"

	"postern/media/metadata/phrase"
)

// harmlessTexts are the keywords of PNG texts (ISO/IEC 15948, 11.3.3.2, and the
// dates of ImageMagick) that may stay: what XMP may say as well. The others are
// free words, and can hold names, places and numbers of licences.
var harmlessTexts = []string{
	"Title", "Description", "Copyright", "Creation Time", "date:create", "date:modify", "date:timestamp",
}

// rawProfiles are the keywords by which ImageMagick and exiftool put EXIF into
// texts of PNGs.
var rawProfiles = []string{"Raw profile type exif", "Raw profile type APP1"}

// datedTexts are those of them that hold dates.
var datedTexts = harmlessTexts[3:]

// pngText is what a tEXt, zTXt or iTXt chunk holds.
type pngText struct {
	keyword  string
	language []byte
	body     []byte
	deflated bool
}

// parseText takes a chunk apart. It is not ok for one of another kind, or one
// that breaks off.
func parseText(kind string, content []byte) (t pngText, ok bool) {
	keyword, rest, ok := bytes.Cut(content, []byte{0})
	t.keyword = string(keyword)
	switch {
	case !ok:
	case kind == "tEXt":
		t.body = rest
	case kind == "zTXt" && len(rest) >= 1:
		t.body, t.deflated = rest[1:], true
	case kind == "iTXt" && len(rest) >= 2:
		t.deflated = rest[0] != 0
		t.language, rest, _ = bytes.Cut(rest[2:], []byte{0})
		_, t.body, ok = bytes.Cut(rest, []byte{0}) // translated keyword
	default:
		ok = false
	}
	return t, ok
}

// inflater counts the bytes that it made of deflated texts. A file of a few MB
// can hold thousands that become 1 MiB each.
type inflater struct {
	made int64
	left int // bytes behind the last deflated text
}

// text returns the text, and whether it could be read: it inflates to 1 MiB at
// most, and all of a file to 4 MiB.
func (i *inflater) text(t pngText) ([]byte, bool) {
	const most = 4 * maxBlock
	if !t.deflated {
		return t.body, true
	}
	body := bytes.NewReader(t.body)
	z, err := zlib.NewReader(body)
	if err != nil || i.made >= most {
		return nil, false
	}
	out, err := io.ReadAll(io.LimitReader(z, maxBlock+1))
	i.made, i.left = i.made+int64(len(out)), body.Len()
	return out, err == nil && len(out) <= maxBlock
}

// plainText returns the content of a chunk that says the text and nothing more,
// nil when the text cannot be read, or is no date where it should be.
func (s *stripper) plainText(kind string, t pngText) []byte {
	body := t.body
	text, ok := s.texts.text(t)
	if !ok || slices.Contains(datedTexts, t.keyword) && !phrase.IsDate(string(text)) {
		return nil
	}
	if t.deflated {
		body = body[:len(body)-s.texts.left]
	}
	head := []byte(t.keyword + "\x00")
	switch kind {
	case "zTXt":
		head = append(head, 0)
	case "iTXt":
		flag := byte(0)
		if t.deflated {
			flag = 1
		}
		head = append(head, flag, 0)
		if languageTag.Match(t.language) {
			head = append(head, t.language...)
		}
		head = append(head, 0, 0)
	}
	return append(head, body...)
}

// languageTag is a language and where it is spoken (RFC 5646).
var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z]{2})?$`)

// rawEXIF returns the TIFF block in a text, nil for none: a line with its type,
// one with its length, and lines of hexadecimal digits.
func rawEXIF(text []byte) []byte {
	lines := strings.Fields(string(text))
	if len(lines) < 3 {
		return nil
	}
	block, err := hex.DecodeString(strings.Join(lines[2:], ""))
	if err != nil || !bytes.HasPrefix(block, exifHeader) {
		return nil
	}
	return block[len(exifHeader):]
}

// pngBlocks finds the EXIF block and the XMP packet of a PNG, in a chunk or in
// a text, and the texts that tell title and description.
func pngBlocks(r io.ReaderAt, size int64) (b blocks, err error) {
	var texts inflater
	pixels := false // did the image data begin?
	_, err = chunks(r, size, PNG, func(c chunk) error {
		pixels = pixels || c.kind == "IDAT"
		if c.size > maxBlock || c.kind != "eXIf" && c.kind != "tEXt" && c.kind != "zTXt" && c.kind != "iTXt" {
			return nil
		}
		content, err := c.read(r)
		if err != nil {
			return err
		}
		if c.kind == "eXIf" {
			b.unturned = b.unturned || b.exif == nil && pixels
			b.takeEXIF(content)
		} else if t, ok := parseText(c.kind, content); ok {
			b.takeText(t, &texts)
		}
		return nil
	})
	if b.exif == nil {
		b.exif, b.unturned = b.rawEXIF, true
	}
	return b, err
}

// takeText keeps the first text of each keyword that matters.
func (b *blocks) takeText(t pngText, texts *inflater) {
	take := func(field *[]byte) {
		if text, ok := texts.text(t); ok && *field == nil {
			*field = text
		}
	}
	switch {
	case t.keyword == "Title":
		take(&b.title)
	case t.keyword == "Description":
		take(&b.description)
	case t.keyword == pngXMP:
		take(&b.xmp)
	case slices.Contains(rawProfiles, t.keyword) && b.rawEXIF == nil:
		if text, ok := texts.text(t); ok {
			b.rawEXIF = rawEXIF(text)
		}
	}
}
