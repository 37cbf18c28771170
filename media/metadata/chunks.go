package metadata

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
)

// chunk is a chunk of a PNG or of a WebP's RIFF.
type chunk struct {
	kind string
	at   int64 // of its header of 8 bytes
	size int64 // of its content
	next int64 // where the next one starts
}

// maxChunks is far beyond what real files have; frames of animations count.
const maxChunks = 100_000

// chunks visits the chunks of a PNG or WebP. It returns visit's error,
// errBroken, or that of r.
func chunks(r io.ReaderAt, size int64, kind Kind, visit func(chunk) error) error {
	at := int64(8)
	if kind == WebP {
		at = 12
		size = riffEnd(r, size)
	}
	var h [8]byte
	for range maxChunks {
		if at >= size {
			return nil
		}
		if _, err := r.ReadAt(h[:], at); err != nil {
			return err
		}
		c := chunk{at: at}
		if kind == PNG {
			c.kind, c.size = string(h[4:]), int64(binary.BigEndian.Uint32(h[:]))
			c.next = at + 12 + c.size
		} else {
			c.kind, c.size = string(h[:4]), int64(binary.LittleEndian.Uint32(h[4:]))
			c.next = at + 8 + c.size + c.size%2
		}
		if at+8+c.size > size {
			return errBroken
		}
		if err := visit(c); err != nil {
			return err
		}
		if c.kind == "IEND" {
			return nil
		}
		at = c.next
	}
	return errBroken
}

// riffEnd is where a RIFF file says that it ends. What follows is no chunk.
func riffEnd(r io.ReaderAt, size int64) int64 {
	var b [4]byte
	if n, _ := r.ReadAt(b[:], 4); n < len(b) {
		return size
	}
	return min(size, 8+int64(binary.LittleEndian.Uint32(b[:])))
}

// read returns the content.
func (c chunk) read(r io.ReaderAt) ([]byte, error) {
	content := make([]byte, c.size)
	if n, err := r.ReadAt(content, c.at+8); n < len(content) {
		return nil, err
	}
	return content, nil
}

// planChunks visits the chunks and plans an edit for each that plan changes, its
// kind too.
func (s *stripper) planChunks(kind Kind, plan func(c *chunk, content []byte) (with []byte, changed bool)) error {
	return chunks(s.r, s.size, kind, func(c chunk) error {
		if c.kind == "VP8X" {
			s.vp8x = c.at + 8
		}
		if !textual[c.kind] {
			return nil
		}
		if c.size > maxBlock {
			s.flagsGone |= webpFlags[c.kind]
			s.replace(c.at, min(c.next, s.size), nil)
			return nil
		}
		content, err := c.read(s.r)
		if err != nil {
			return err
		}
		with, changed := plan(&c, content)
		if changed {
			s.replace(c.at, min(c.next, s.size), newChunk(kind, c.kind, with))
		}
		return nil
	})
}

// textual are the chunks that hold metadata.
var textual = map[string]bool{
	"eXIf": true, "tEXt": true, "zTXt": true, "iTXt": true, "tIME": true, "EXIF": true, "XMP ": true,
	"zxIf": true, "caBX": true, "prVW": true, "mkBF": true, "mkBS": true, "mkTS": true,
}

// opaque are those of PNG that are not looked into: compressed EXIF, C2PA, and
// the previews and layers of Fireworks.
var opaque = []string{"zxIf", "caBX", "prVW", "mkBF", "mkBS", "mkTS"}

// webpFlags are the flags of VP8X that announce the chunks.
var webpFlags = map[string]byte{"EXIF": 0x08, "XMP ": 0x04}

func newChunk(format Kind, kind string, content []byte) []byte {
	if content == nil {
		return nil
	}
	if format == WebP {
		b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(content)))
		b = append(b, content...)
		return append(b, make([]byte, len(content)%2)...)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, kind...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// pngXMP is the keyword of XMP in an iTXt chunk, and xmpKeyword what stands
// before the text when it is not compressed and has no language.
const (
	pngXMP     = "XML:com.adobe.xmp"
	xmpKeyword = pngXMP + "\x00\x00\x00\x00\x00"
)

// hasEXIF reports whether a PNG has a chunk of EXIF.
func (s *stripper) hasEXIF() bool {
	found := false
	_ = chunks(s.r, s.size, PNG, func(c chunk) error {
		found = found || c.kind == "eXIf"
		return nil
	})
	return found
}

func (s *stripper) planPNG(c *chunk, content []byte) ([]byte, bool) {
	switch {
	case c.kind == "eXIf":
		return s.exifBlock(bytes.TrimPrefix(content, exifHeader))
	case s.mode != None && c.kind == "tIME":
		return content, false
	case slices.Contains(opaque, c.kind) || c.kind == "tIME":
		return nil, true
	}
	t, ok := parseText(c.kind, content)
	switch {
	case ok && slices.Contains(rawProfiles, t.keyword) && !s.exifSeen:
		return s.planRawEXIF(c, t), true
	case s.mode == None:
		return nil, true
	case bytes.HasPrefix(content, []byte(xmpKeyword)):
		with, changed := s.xmpPacket(content[len(xmpKeyword):])
		return prefixed([]byte(xmpKeyword), with), changed
	}
	if ok && slices.Contains(harmlessTexts, t.keyword) {
		_, ok = s.texts.text(t)
		return nil, !ok
	}
	return nil, true
}

// planRawEXIF makes a chunk of EXIF of a text, where browsers look for the
// orientation.
func (s *stripper) planRawEXIF(c *chunk, t pngText) []byte {
	text, ok := s.texts.text(t)
	raw := rawEXIF(text)
	if !ok || raw == nil {
		return nil
	}
	s.exifSeen, c.kind = true, "eXIf"
	with, _ := s.exifBlock(raw)
	return with
}

func (s *stripper) planWebP(c *chunk, content []byte) (with []byte, changed bool) {
	switch c.kind {
	case "EXIF":
		with, changed = s.exifBlock(bytes.TrimPrefix(content, exifHeader))
	case "XMP ":
		with, changed = s.xmpPacket(content)
	default: // a name of PNG's
		return content, false
	}
	if changed && with == nil {
		s.flagsGone |= webpFlags[c.kind]
	}
	return with, changed
}

// fixWebP corrects the size in the file's header and the flags of VP8X.
func (s *stripper) fixWebP() {
	grown := int64(0)
	for _, e := range s.edits {
		grown += int64(len(e.with)) - (e.end - e.start)
	}
	end := riffEnd(s.r, s.size)
	fixes := []edit{{start: 4, end: 8, with: binary.LittleEndian.AppendUint32(nil, uint32(end+grown-8))}}
	if flags := make([]byte, 1); s.vp8x > 0 && s.flagsGone != 0 {
		if _, err := s.r.ReadAt(flags, s.vp8x); err == nil {
			fixes = append(fixes, edit{start: s.vp8x, end: s.vp8x + 1, with: []byte{flags[0] &^ s.flagsGone}})
		}
	}
	s.edits = append(fixes, s.edits...)
}
