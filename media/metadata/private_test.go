package metadata_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"

	_ "golang.org/x/image/webp"

	"postern/media/codec/icc"
	"postern/media/codec/icc/icctest"
	"postern/media/metadata"
)

// withSegment puts a segment behind the first marker of a JPEG.
func withSegment(jpg []byte, marker byte, body string) []byte {
	segment := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return bytes.Join([][]byte{jpg[:2], append(segment, body...), jpg[2:]}, nil)
}

// p3 is a profile with words in it, of a version.
func p3(version byte) []byte {
	return icctest.WithWord(version, "Display P3", secretWord, icctest.Colours(icctest.DisplayP3, 2.2))
}

// resource is a Photoshop image resource without a name.
func resource(id uint16, content string) string {
	b := binary.BigEndian.AppendUint16([]byte("8BIM"), id)
	b = binary.BigEndian.AppendUint32(append(b, 0, 0), uint32(len(content)))
	return string(b) + content + strings.Repeat("\x00", len(content)%2)
}

func xmpSegment(property string) string {
	return "http://ns.adobe.com/xap/1.0/\x00" + `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description ` +
		property + `/></rdf:RDF></x:xmpmeta>`
}

// TestPrivateDataInOddPlaces hides the word SECRET where programs put private
// data, next to the word harmless, which may stay.
func TestPrivateDataInOddPlaces(t *testing.T) {
	plain := plainJPEG(t)
	const ifd = 13
	pointing := func(tag, kind uint32) []byte {
		block := tiffBlock(0, [4]uint32{tag, kind, 1, 26})
		return append(block, "\x00\x00SECRET"...)
	}
	tests := map[string][]byte{
		"a position behind a pointer of type IFD": withEXIF(plain, pointing(gpsPointer, ifd)),
		"a directory of further pictures":         withEXIF(plain, pointing(0x014a, long)),
		"a second Exif directory":                 withEXIF(plain, append(tiffBlock(0, [4]uint32{exifPointer, long, 1, 38}, [4]uint32{exifPointer, long, 1, 38}), "\x00\x00SECRET"...)),
		"a directory in the wrong place":          withEXIF(plain, pointing(0xa005, long)),
		"a directory that is cut off":             withEXIF(plain, []byte("MM\x00*\x00\x00\x00\x08\x00\x02\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00SECRET")),
		"an unknown tag":                          withEXIF(plain, pointing(0xfde8, long)),
		"a preview in the JFIF header":            withSegment(plain, 0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x02\x01SECRET"),
		"a preview in a JFXX segment":             withSegment(plain, 0xe0, "JFXX\x00\x10SECRET"),
		"EXIF in a Photoshop resource":            withSegment(plain, 0xed, "Photoshop 3.0\x00"+resource(0x0422, "SECRET")),
		"a preview in a Photoshop resource":       withSegment(plain, 0xed, "Photoshop 3.0\x00"+resource(0x040c, "SECRET")),
		"a city in IPTC":                          withSegment(plain, 0xed, "Photoshop 3.0\x00"+resource(0x0404, "\x1c\x02\x5a\x00\x06SECRET")),
		"the rest of a split Photoshop resource":  withSegment(plain, 0xed, "Photoshop 3.0\x00SECRET"),
		"a position in XMP, any prefix":           withSegment(plain, 0xe1, xmpSegment(`xmlns:q="http://ns.adobe.com/exif/1.0/" q:GPSLatitude="SECRET"`)),
		"an unknown namespace of XMP":             withSegment(plain, 0xe1, xmpSegment(`xmlns:q="http://example.com/" q:name="SECRET"`)),
		"XMP that breaks off":                     withSegment(plain, 0xe1, "http://ns.adobe.com/xap/1.0/\x00<a <SECRET"),
		"a comment":                               withSegment(plain, 0xfe, "SECRET"),
		"extended XMP":                            withSegment(plain, 0xe1, "http://ns.adobe.com/xmp/extension/\x00SECRET"),
		"a maker's segment":                       withSegment(plain, 0xe5, "SECRET"),
		"a second picture behind the first":       append(append(bytes.Clone(plain), plain...), "SECRET"...),
		"the video of a motion photo":             append(bytes.Clone(plain), "\x00\x00\x00\x18ftypmp42SECRET"...),
		"the trailer of a Samsung phone":          append(bytes.Clone(plain), "\x00\x00SECRET SEFT"...),
		"a line of code behind the end":           append(bytes.Clone(plain), "<?php echo 'SECRET';"...),
		"a directory of several pictures":         append(withSegment(plain, 0xe2, "MPF\x00II*\x00"), "SECRET"...),
	}
	for name, data := range tests {
		out, changed := strip(t, data, metadata.JPEG, metadata.Private)
		if !changed || bytes.Contains(out, []byte("SECRET")) {
			t.Errorf("%s: changed %v, and it is still there", name, changed)
		}
		samePixels(t, data, out)
		if _, again := strip(t, out, metadata.JPEG, metadata.Private); again {
			t.Errorf("%s: stripping again changes something", name)
		}
	}
}

func TestHarmlessMetadataStays(t *testing.T) {
	plain := plainJPEG(t)
	title := "\x1c\x02\x05\x00\x05Title"
	tests := map[string][]byte{
		"an IPTC title":            withSegment(plain, 0xed, "Photoshop 3.0\x00"+resource(0x0404, title)),
		"a title in XMP":           withSegment(plain, 0xe1, "http://ns.adobe.com/xap/1.0/\x00"+freshTitle("Tower")),
		"a colour profile":         withSegment(plain, 0xe2, "ICC_PROFILE\x00\x01\x01"+string(icc.Plain(p3(4)))),
		"a JFIF header":            withSegment(plain, 0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
		"Adobe's colour transform": withSegment(plain, 0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"),
	}
	for name, data := range tests {
		if _, changed := strip(t, data, metadata.JPEG, metadata.Private); changed {
			t.Errorf("%s: changed", name)
		}
	}
	mixed := withSegment(plain, 0xed, "Photoshop 3.0\x00"+resource(0x0404, title+"\x1c\x02\x5a\x00\x06SECRET"))
	out, _ := strip(t, mixed, metadata.JPEG, metadata.Private)
	if got := read(t, out, metadata.JPEG).Title; got != "Title" {
		t.Errorf("IPTC title %q after the city next to it was removed, want Title", got)
	}
	pano := withSegment(plain, 0xe1, xmpSegment(`xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" xmlns:q="http://example.com/" `+
		`GPano:ProjectionType="equirectangular" GPano:FullPanoWidthPixels="4000" q:name="SECRET"`))
	out, _ = strip(t, pano, metadata.JPEG, metadata.Private)
	if !read(t, out, metadata.JPEG).Is360 || !bytes.Contains(out, []byte("<GPano:FullPanoWidthPixels>4000<")) {
		t.Errorf("a panorama lost its facts: %q", out)
	}
}

// counting counts the bytes that are read.
type counting struct {
	*bytes.Reader
	read int64
}

func (c *counting) ReadAt(p []byte, offset int64) (int, error) {
	n, err := c.Reader.ReadAt(p, offset)
	c.read += int64(n)
	return n, err
}

func TestOfManyPhotoshopSegmentsTheFirstMiBStays(t *testing.T) {
	caption := dataset(2, 120, strings.Repeat("h", 30_000))
	harmless := resource(0x0404, caption+caption)
	data := plainJPEG(t)
	for range 100 {
		data = withSegment(data, 0xed, "Photoshop 3.0\x00"+harmless+resource(0x040c, "SECRET"))
	}
	out, changed := strip(t, data, metadata.JPEG, metadata.Private)
	if n := bytes.Count(out, []byte(harmless)); !changed || n != 1<<20/60_000+1 {
		t.Errorf("%d of 100 segments stay, want those of the first MiB", n)
	}
	if bytes.Contains(out, []byte("SECRET")) {
		t.Error("a private resource stays")
	}
}

func TestHostileJPEGsCostLittle(t *testing.T) {
	plain := plainJPEG(t)
	stuffed := withSegment(plain[:len(plain)-2], 0xe2, "MPF\x00II*\x00")
	stuffed = append(stuffed, bytes.Repeat([]byte{0xff, 0x00}, 8<<20)...)
	r := &counting{Reader: bytes.NewReader(stuffed)}
	if _, err := metadata.Strip(io.Discard, r, r.Size(), metadata.JPEG, metadata.Private); err != nil {
		t.Fatal(err)
	}
	if r.read > 3*r.Size() { // to find the end, and to copy
		t.Errorf("of 16 MiB of stuffed bytes %d MiB were read", r.read>>20)
	}
	// All entries share one value of nearly the whole block.
	var entries [][4]uint32
	for tag := range uint32(1000) {
		entries = append(entries, [4]uint32{0x9000 + tag, 2, 800_000, 0})
	}
	block := append(tiffBlock(0, entries...), make([]byte, 900_000)...)
	out, _ := strip(t, webpWith("EXIF", string(block)), metadata.WebP, metadata.Private)
	if len(out) > 200 {
		t.Errorf("a block of shared values became %d bytes", len(out))
	}
}

func TestTimesWithAnOffset(t *testing.T) {
	date, offset := "2015:06:07 08:09:10\x00", "+02:00\x00"
	block := tiffBlock(0, [4]uint32{exifPointer, long, 1, 26})
	sub := tiffBlock(0, [4]uint32{0x9003, 2, uint32(len(date)), 26 + 30}, [4]uint32{0x9011, 2, uint32(len(offset)), 26 + 30 + 20})[8:]
	block = append(append(append(block, sub...), date...), offset...)
	got := read(t, withEXIF(plainJPEG(t), block), metadata.JPEG).Taken
	if want := time.Date(2015, 6, 7, 6, 9, 10, 0, time.UTC); !got.Equal(want) {
		t.Errorf("taken %v, want %v", got, want)
	}
}

// smallWebP is one black pixel, lossless.
var smallWebP, _ = base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")

func webpChunk(kind, content string) string {
	return kind + string(binary.LittleEndian.AppendUint32(nil, uint32(len(content)))) + content + strings.Repeat("\x00", len(content)%2)
}

// webpWith puts VP8X in front of the picture and a chunk behind it.
func webpWith(kind, content string) []byte {
	body := "WEBP" + webpChunk("VP8X", "\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00") + string(smallWebP[12:]) + webpChunk(kind, content)
	return []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body)
}

func TestWebPOfOtherShapes(t *testing.T) {
	turned := string(tiffBlock(0, [4]uint32{orientation, short, 1, 6 << 16}, [4]uint32{gpsPointer, long, 1, 8}))
	data := webpWith("EXIF", turned)
	tail := webpChunk("EXIF", "tail that is no chunk")
	out, changed := strip(t, append(bytes.Clone(data), tail...), metadata.WebP, metadata.Private)
	if end := int(binary.LittleEndian.Uint32(out[4:])) + 8; !changed || string(out[end:]) != "" {
		t.Errorf("changed %v; behind the RIFF %q, want nothing", changed, out[end:])
	}
	// Browsers do not turn a WebP by its EXIF.
	if got := read(t, out, metadata.WebP).Orientation; got != 1 || bytes.Contains(out, []byte{0x88, 0x25}) {
		t.Errorf("orientation %d, want 1: %x", got, out)
	}
	samePixels(t, data, out)

	exif := webpChunk("EXIF", string(tiffBlock(0, [4]uint32{gpsPointer, long, 1, 8})))
	extended := webpChunk("VP8X", "\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	body := "WEBP" + exif + extended + string(smallWebP[12:])
	out, _ = strip(t, []byte("RIFF"+string(binary.LittleEndian.AppendUint32(nil, uint32(len(body))))+body), metadata.WebP, metadata.Private)
	want := "WEBP" + webpChunk("VP8X", "\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00") + string(smallWebP[12:])
	if string(out[8:]) != want {
		t.Errorf("EXIF in front of VP8X: %q, want %q", out[8:], want)
	}
}
