package metadata_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"postern/media/metadata"
)

// dataset is one of IPTC IIM, by record and number.
func dataset(record, number byte, text string) string {
	return string(binary.BigEndian.AppendUint16([]byte{0x1c, record, number}, uint16(len(text)))) + text
}

// iptc is a JPEG with datasets.
func iptc(t *testing.T, datasets ...string) []byte {
	t.Helper()
	return withSegment(plainJPEG(t), 0xed, "Photoshop 3.0\x00"+resource(0x0404, strings.Join(datasets, "")))
}

// exifText is a JPEG with a tag of a text in its main directory.
func exifText(t *testing.T, tag, kind uint32, text string) []byte {
	t.Helper()
	const behind = 8 + 2 + 12 + 4
	return withEXIF(plainJPEG(t), append(tiffBlock(0, [4]uint32{tag, kind, uint32(len(text)), behind}), text...))
}

func utf16LE(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s + "\x00")) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func xmpPacket(description string) string {
	return `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" ` + description + `</rdf:RDF></x:xmpmeta>`
}

// inEachKind returns files with a packet, by format.
func inEachKind(t *testing.T, packet string) map[metadata.Kind][]byte {
	return map[metadata.Kind][]byte{
		metadata.JPEG: withSegment(plainJPEG(t), 0xe1, "http://ns.adobe.com/xap/1.0/\x00"+packet),
		metadata.PNG:  append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+packet)...),
		metadata.WebP: webpWith("XMP ", packet),
		metadata.JXL:  []byte(jxlOf("jxlc", string(pictureFile(t, "small.jxl")), "xml ", packet)),
	}
}

// Words are found wherever programs write them, in every script.
func TestTitlesAndDescriptions(t *testing.T) {
	const byteKind, ascii = 1, 2
	for _, test := range []struct {
		name               string
		data               []byte
		title, description string
	}{
		{"IPTC in UTF-8, said to be so", iptc(t, dataset(1, 90, "\x1b%G"), dataset(2, 5, "Köln 塔"), dataset(2, 120, "Ärger")), "Köln 塔", "Ärger"},
		{"IPTC in UTF-8, not said to be so", iptc(t, dataset(2, 5, "Köln 塔")), "Köln 塔", ""},
		{"IPTC in Latin-1", iptc(t, dataset(2, 5, "K\xf6ln"), dataset(2, 120, "\xc4rger")), "Köln", "Ärger"},
		{"XPTitle of Windows", exifText(t, 0x9c9b, byteKind, utf16LE("Köln 塔 🗼")), "Köln 塔 🗼", ""},
		{"ImageDescription in UTF-8", exifText(t, 0x010e, ascii, "Köln 塔\x00"), "", "Köln 塔"},
		{"ImageDescription in Latin-1", exifText(t, 0x010e, ascii, "K\xf6ln\x00"), "", "Köln"},
		{"control characters", exifText(t, 0x010e, ascii, " a\x07b\x1bc \x00"), "", "abc"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := read(t, test.data, metadata.JPEG)
			if got.Title != test.title || got.Description != test.description {
				t.Errorf("%s: title %q, description %q, want %q, %q", test.name, got.Title, got.Description, test.title, test.description)
			}
			out, _ := strip(t, test.data, metadata.JPEG, metadata.Private)
			if again := read(t, out, metadata.JPEG); again.Title != got.Title || again.Description != got.Description {
				t.Errorf("%s: private metadata took title or description: %q, %q", test.name, again.Title, again.Description)
			}
		})
	}
}

func TestWordsInXMP(t *testing.T) {
	for name, packet := range map[string]string{
		"a list of languages": xmpPacket(`><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Köln 塔</rdf:li><rdf:li xml:lang="en">Cologne</rdf:li></rdf:Alt></dc:title>` +
			`<dc:description><rdf:Alt><rdf:li xml:lang="x-default">&lt;b&gt; &amp; c</rdf:li></rdf:Alt></dc:description></rdf:Description>`),
		"elements":   xmpPacket(`><dc:title>Köln 塔</dc:title><dc:description>&lt;b&gt; &amp; c</dc:description></rdf:Description>`),
		"attributes": xmpPacket(`dc:title="Köln 塔" dc:description="&lt;b&gt; &amp; c"/>`),
	} {
		for kind, data := range inEachKind(t, packet) {
			if got := read(t, data, kind); got.Title != "Köln 塔" || got.Description != "<b> & c" {
				t.Errorf("%s in %s: title %q, description %q", name, kind, got.Title, got.Description)
			}
		}
	}
}

// Chevereto knows the attribute alone.
func TestPanoramas(t *testing.T) {
	for _, test := range []struct {
		name, packet string
		want         bool
	}{
		{"an attribute", xmpPacket(`GPano:ProjectionType="equirectangular"/>`), true},
		{"an element", xmpPacket(`><GPano:ProjectionType>equirectangular</GPano:ProjectionType></rdf:Description>`), true},
		{"another prefix", xmpPacket(`xmlns:p="http://ns.google.com/photos/1.0/panorama/" p:ProjectionType="equirectangular"/>`), true},
		{"a cylinder", xmpPacket(`GPano:ProjectionType="cylindrical"/>`), false},
		{"another namespace", xmpPacket(`xmlns:p="http://example.com/" p:ProjectionType="equirectangular"/>`), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for kind, data := range inEachKind(t, test.packet) {
				if got := read(t, data, kind).Is360; got != test.want {
					t.Errorf("%s in %s: %v, want %v", test.name, kind, got, test.want)
				}
				out, _ := strip(t, data, kind, metadata.Private)
				if got := read(t, out, kind).Is360; got != test.want {
					t.Errorf("%s in %s, after private metadata is gone: %v, want %v", test.name, kind, got, test.want)
				}
			}
		})
	}
}

// What beats what: of titles XMP, IPTC, Windows; of descriptions EXIF, XMP, IPTC.
func TestOrderOfWords(t *testing.T) {
	data := iptc(t, dataset(2, 5, "IPTC"), dataset(2, 120, "caption"))
	if got := read(t, data, metadata.JPEG); got.Title != "IPTC" || got.Description != "caption" {
		t.Errorf("IPTC alone: %q, %q", got.Title, got.Description)
	}
	data = withSegment(data, 0xe1, "http://ns.adobe.com/xap/1.0/\x00"+xmpPacket(`dc:title="XMP" dc:description="of XMP"/>`))
	if got := read(t, data, metadata.JPEG); got.Title != "XMP" || got.Description != "of XMP" {
		t.Errorf("XMP and IPTC: %q, %q", got.Title, got.Description)
	}
	exif := exifText(t, 0x010e, 2, "of EXIF\x00")
	data = bytes.Join([][]byte{exif[:len(exif)-len(plainJPEG(t))+2], data[2:]}, nil)
	if got := read(t, data, metadata.JPEG); got.Title != "XMP" || got.Description != "of EXIF" {
		t.Errorf("all three: %q, %q", got.Title, got.Description)
	}
}

// Words of cameras and programs are no words of whoever took the picture.
func TestStockWordsAreNotTaken(t *testing.T) {
	for _, stock := range []string{
		"OLYMPUS DIGITAL CAMERA         ", "Created with GIMP", "Created with The GIMP", "SAMSUNG", "SAMSUNG CAMERA PICTURES",
		"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90", "SONY DSC", "KONICA MINOLTA DIGITAL CAMERA",
		"Exif_JPEG_PICTURE", "Digital StillCamera", "DCIM\\100MEDIA\\DJI_0001.JPG", "<Digimax S600 / Kenox S600>", "default",
		"Processed with VSCO with c1 preset",
	} {
		for name, data := range map[string][]byte{
			"EXIF": exifText(t, 0x010e, 2, stock+"\x00"), "IPTC": iptc(t, dataset(2, 5, stock), dataset(2, 120, stock)),
			"Windows": exifText(t, 0x9c9b, 1, utf16LE(stock)),
		} {
			if got := read(t, data, metadata.JPEG); got.Title != "" || got.Description != "" {
				t.Errorf("%q in %s: title %q, description %q, want none", stock, name, got.Title, got.Description)
			}
		}
		data := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("tEXt", "Description\x00"+stock)...)
		if got := read(t, data, metadata.PNG).Description; got != "" {
			t.Errorf("%q in a PNG: description %q, want none", stock, got)
		}
	}
	data := iptc(t, dataset(2, 5, "Samsung factory"), dataset(2, 120, "A camera on a table"))
	if got := read(t, data, metadata.JPEG); got.Title != "Samsung factory" || got.Description != "A camera on a table" {
		t.Errorf("title %q, description %q", got.Title, got.Description)
	}
	next := iptc(t, dataset(2, 120, "A walk"))
	exif := exifText(t, 0x010e, 2, "OLYMPUS DIGITAL CAMERA\x00")
	both := bytes.Join([][]byte{exif[:len(exif)-len(plainJPEG(t))+2], next[2:]}, nil)
	if got := read(t, both, metadata.JPEG).Description; got != "A walk" {
		t.Errorf("behind a camera's words: description %q, want A walk", got)
	}
}

// A text in an encoding that cannot be told is dropped, not mangled.
func TestTextsInOtherEncodings(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"Shift-JIS, kanji", "\x93\x8c\x8b\x9e\x83\x5e\x83\x8f\x81\x5b", ""},
		{"Shift-JIS, katakana", "\x83A\x83C", ""},
		{"Shift-JIS behind ASCII", "Tokyo \x93\x8c\x8b\x9e", ""},
		{"EUC-JP", "\xc5\xec\xb5\xfe", ""},
		{"GBK", "\xb1\xb1\xbe\xa9", ""},
		{"Windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2", ""},
		{"Windows-1253", "\xe1\xe2\xe3", ""},
		{"Windows-1252", "It\x92s \x93K\xf6ln\x94 \x96 10 \x80", "It\u2019s \u201cK\u00f6ln\u201d \u2013 10 \u20ac"},
		{"Latin-1, two in a row", "Gr\xfc\xdfe aus S\xe3o Paulo", "Gr\u00fc\u00dfe aus S\u00e3o Paulo"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, data := range map[string][]byte{
				"EXIF": exifText(t, 0x010e, 2, test.text+"\x00"), "IPTC": iptc(t, dataset(2, 120, test.text)),
			} {
				if got := read(t, data, metadata.JPEG).Description; got != test.want {
					t.Errorf("%s in %s: %q, want %q", test.name, name, got, test.want)
				}
			}
		})
	}
}
