//go:build nodynamic

package handlers_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"postern/media/codec/heif"
	"postern/media/metadata"
	"postern/media/picture"
)

// short is a picture in the short form of HEIF (ISO/IEC 23008-12, annex O): one box
// "mini" of bits, and the parts behind them.
type short struct {
	minor, item, config      string // the last two only where the minor version does not tell them
	orientation              int
	icc, exif, xmp           []byte
	matrix                   int
	full, display, gain      bool
	sampling                 int
	width, height            int
	coded, alpha             []byte
	codedConfig, alphaConfig []byte
	behind                   []byte // the parts, in the box
	bits                     []byte
	used                     int
}

func (s *short) put(v, n int) {
	for i := n - 1; i >= 0; i-- {
		if s.used%8 == 0 {
			s.bits = append(s.bits, 0)
		}
		s.bits[s.used/8] |= byte(v>>i&1) << (7 - s.used%8)
		s.used++
	}
}

func (s *short) flags(set ...bool) {
	for _, b := range set {
		s.put(map[bool]int{true: 1}[b], 1)
	}
}

// shortOf takes the payload of a plain file, of 4:2:0 and 8 bits.
func shortOf(t *testing.T, file []byte) *short {
	t.Helper()
	p, err := heif.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	s := &short{minor: "avif", orientation: 1, sampling: 1, matrix: 6, full: true, width: p.Width, height: p.Height}
	kind := "av1C"
	part := func(it *heif.Item) (coded, config []byte) {
		for _, e := range it.Extents {
			coded = append(coded, file[e.Offset:e.Offset+e.Length]...)
		}
		b := p.Property(it, kind)
		return coded, file[b.Offset:b.End()]
	}
	it := p.Item(p.Primary)
	if it.Type == "hvc1" {
		s.minor, kind = "heic", "hvcC"
	}
	s.coded, s.codedConfig = part(it)
	if len(it.AlphaPlanes) > 0 {
		s.alpha, s.alphaConfig = part(p.Item(it.AlphaPlanes[0]))
	}
	return s
}

// file writes it.
func (s *short) file() []byte {
	s.bits, s.used = nil, 0
	exif, xmp, alpha := len(s.exif) > 0, len(s.xmp) > 0, len(s.alpha) > 0
	s.put(0, 2)
	s.flags(s.item != "", false, s.full, alpha, true, s.display || s.gain, s.icc != nil, exif, xmp)
	s.put(s.sampling, 2)
	s.put(s.orientation-1, 3)
	s.put(1, 1)
	s.put(s.width-1, 15)
	s.put(s.height-1, 15)
	if s.sampling == 1 {
		s.put(0, 2)
	}
	s.put(0, 1) // 8 bits
	if alpha {
		s.put(0, 1)
	}
	s.put(1, 8)
	s.put(13, 8)
	if s.sampling != 0 {
		s.put(s.matrix, 8)
	}
	for _, c := range []byte(s.item + s.config) {
		s.put(int(c), 8)
	}
	var gain []byte
	if s.gain {
		gain = s.coded
	}
	if s.display || s.gain {
		s.flags(s.gain)
		if s.gain {
			s.put(s.width-1, 15)
			s.put(s.height-1, 15)
			s.put(6, 8)
			s.flags(true)
			s.put(1, 2)
			s.put(0, 2)
			s.put(0, 1+1)
			s.flags(false, false)
		}
		s.flags(true, true, true, true, true, true)
		for range 4 + 24 {
			s.put(0x55, 8)
		}
		s.put(0b00_1_101_00, 8) // primaries, two of the three values
		for range 24 + 2*4 + 8 + 16 + 4 {
			s.put(0x55, 8)
		}
		if s.gain {
			s.put(0, 6)
		}
	}
	if s.icc != nil || exif || xmp || s.gain {
		s.put(1, 1)
	}
	s.put(1, 1)
	s.put(1, 1)
	if s.icc != nil {
		s.put(len(s.icc)-1, 20)
	}
	tone := []byte(nil)
	if s.gain {
		tone = []byte("what is made of the gain map")
		s.put(len(tone), 20)
		s.put(len(gain), 28)
		s.put(0, 12)
	}
	s.put(len(s.codedConfig), 12)
	s.put(len(s.coded)-1, 28)
	if alpha {
		s.put(len(s.alpha), 28)
		s.put(len(s.alphaConfig), 12)
	}
	if exif || xmp {
		s.put(0, 1)
	}
	if exif {
		s.put(len(s.exif)-1, 20)
	}
	if xmp {
		s.put(len(s.xmp)-1, 20)
	}
	mini := slices.Concat(s.bits, s.codedConfig, s.alphaConfig, s.icc, tone, s.alpha, gain, s.coded, s.exif, s.xmp, s.behind)
	minor := s.minor
	if minor == "" {
		minor = "\x00\x00\x00\x00"
	}
	head := append(binary.BigEndian.AppendUint32(nil, 16), "ftypmif3"+minor...)
	head = binary.BigEndian.AppendUint32(head, uint32(8+len(mini)))
	return append(append(head, "mini"...), mini...)
}

// shortFiles are of the corners red, green, blue and white, and of alpha.
func shortFiles(t *testing.T) map[string]*short {
	t.Helper()
	plain := func() *short { return shortOf(t, encodedOf(t, corners(640, 480), picture.AVIF)) }
	files := map[string]*short{"plain.avif": plain(), "turned.avif": plain(), "named.avif": plain(), "display.avif": plain(), "gain.avif": plain()}
	files["turned.avif"].orientation = 6
	files["named.avif"].minor, files["named.avif"].item, files["named.avif"].config = "", "av01", "av1C"
	files["display.avif"].display, files["gain.avif"].gain = true, true
	files["profile.avif"] = plain()
	files["profile.avif"].icc = wideProfile()
	return files
}

// A picture in the short form is shown as the plain file of the same payload is. It
// has a frame, since browsers do not show it.
func TestPicturesInTheShortForm(t *testing.T) {
	t.Parallel()
	s := newSite(t, everyFormat)
	for name, short := range shortFiles(t) {
		a := s.upload(name, short.file())
		if a.StatusCode != 200 {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
			continue
		}
		m, size, want := a.image(t), "640x480", "RGBW"
		if short.orientation == 6 {
			size, want = "480x640", "WRGB"
		}
		if got := fmt.Sprintf("%vx%v %v", m["width"], m["height"], text(m, "mime")); got != size+" image/avif" {
			t.Errorf("%s: %s, want %s", name, got, size)
		}
		for _, variant := range []string{"frame", "thumb"} {
			v, ok := m[variant].(map[string]any)
			if !ok {
				t.Errorf("%s: there is no %s", name, variant)
				continue
			}
			if got := cornersOf(decodeWhole(t, s.read(strings.TrimPrefix(text(v, "url"), s.URL+"/")))); got != want {
				t.Errorf("%s: corners of the %s are %s, want %s", name, variant, got, want)
			}
		}
	}
}

func TestShortFormWithAlphaOrOfHEVC(t *testing.T) {
	t.Parallel()
	s := newSite(t, everyFormat)
	for short, plain := range map[string]string{"alpha.avif": "still/alpha.avif", "small.heic": "small.heic"} {
		a := s.upload(short, shortOf(t, pictureFile(t, plain)).file())
		if a.StatusCode != 200 {
			t.Errorf("%s: %d %s", short, a.StatusCode, a.body)
			continue
		}
		s.wantSamePixels(short, pictureFile(t, plain), strings.TrimPrefix(text(a.image(t), "url"), s.URL+"/"))
	}
}

// What is private goes out of the one box, and out of all that follows its parts.
func TestMetadataOfTheShortForm(t *testing.T) {
	t.Parallel()
	const word = "HAUPTSTRASSE-17"
	for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
		s := newSite(t, everyFormat, func(set *settings) { set.Policy.Metadata = mode })
		short := shortOf(t, encodedOf(t, corners(640, 480), picture.AVIF))
		short.exif = tiffOf(word)
		short.xmp = []byte(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description ` +
			`xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="` + word + `">` +
			`<dc:title><rdf:Alt><rdf:li>A gate</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>` + strings.Repeat(" ", 2000))
		short.behind = []byte(word)
		a := s.upload("a.avif", append(short.file(), "\x00\x00\x00\x17mini"+word...))
		if a.StatusCode != 200 {
			t.Fatalf("%s: %d %s", mode, a.StatusCode, a.body)
		}
		m := a.image(t)
		stored := s.read(strings.TrimPrefix(text(m, "url"), s.URL+"/"))
		if bytes.Contains(stored, []byte(word)) {
			t.Errorf("%s: the word is stored", mode)
		}
		if kept := bytes.Contains(stored, []byte("A gate")) && bytes.Contains(stored, []byte("Canon")); kept != (mode == metadata.Private) {
			t.Errorf("%s: title and camera are kept: %t", mode, kept)
		}
		if got := text(m, "title"); got != "A gate" {
			t.Errorf("%s: title %q", mode, got)
		}
		s.wantSamePixels("a.avif", short.file(), strings.TrimPrefix(text(m, "url"), s.URL+"/"))
	}
}

// tiffOf is a block of EXIF: the camera, and an artist.
func tiffOf(artist string) []byte {
	const camera = "Canon\x00"
	artist += "\x00"
	b := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x02")
	at := uint32(8 + 2 + 2*12 + 4)
	for _, tag := range []struct {
		number uint16
		text   string
	}{{0x10f, camera}, {0x13b, artist}} {
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, tag.number), 2)
		b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, uint32(len(tag.text))), at)
		at += uint32(len(tag.text))
	}
	return append(b, "\x00\x00\x00\x00"+camera+artist...)
}

// A box of the short form that lies is refused in words.
func TestDamagedShortForms(t *testing.T) {
	t.Parallel()
	s := newSite(t, everyFormat)
	plain := func() *short { return shortOf(t, encodedOf(t, corners(640, 480), picture.AVIF)) }
	cut, large, unknown := plain().file(), plain(), plain()
	cut = cut[:len(cut)-100]
	large.width, large.height = 1<<15, 1<<15
	unknown.minor = "mp42"
	for name, data := range map[string][]byte{"cut.avif": cut, "head.avif": cut[:30], "large.avif": large.file(), "unknown.avif": unknown.file()} {
		a := s.upload(name, data)
		if code, message := a.fault(t); a.StatusCode != 400 || code == 0 || message == "" {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
	if files := s.stored(); len(files) > 0 {
		t.Errorf("stored: %v", files)
	}
}
