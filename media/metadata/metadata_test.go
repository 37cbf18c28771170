package metadata_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"postern/media/metadata"
)

func load(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t testing.TB, data []byte, kind metadata.Kind) metadata.Facts {
	t.Helper()
	facts, err := metadata.Read(bytes.NewReader(data), int64(len(data)), kind, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func strip(t testing.TB, data []byte, kind metadata.Kind, mode metadata.Mode) ([]byte, bool) {
	t.Helper()
	var b bytes.Buffer
	changed, err := metadata.Strip(&b, bytes.NewReader(data), int64(len(data)), kind, mode)
	if err != nil {
		t.Fatal(err)
	}
	if !changed {
		return data, false
	}
	return b.Bytes(), true
}

func TestWhatPicturesSay(t *testing.T) {
	tests := []struct{ file, title, description string }{
		{"m_iptc.jpg", "IptcTitle", ""},
		{"m_iptccap.jpg", "", "IptcCap"},
		{"m_xmp.jpg", "XmpTitle", ""},
		{"m_xpt.jpg", "XpTitle", ""},
		{"m_gps.jpg", "", ""},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			got := read(t, load(t, test.file), metadata.JPEG)
			if got.Title != test.title || got.Description != test.description || got.Orientation != 1 {
				t.Errorf("%s: %+v, want %q and %q", test.file, got, test.title, test.description)
			}
		})
	}
	taken := read(t, load(t, "m_date.jpg"), metadata.JPEG).Taken
	if want := time.Date(2015, 6, 7, 8, 9, 10, 0, time.UTC); !taken.Equal(want) {
		t.Errorf("taken %v, want DateTimeOriginal, %v", taken, want)
	}
}

// tiffBlock writes a big-endian TIFF with one directory of entries, each a tag, a
// type, a count and the 4 bytes of the value.
func tiffBlock(next uint32, entries ...[4]uint32) []byte {
	b := []byte("MM\x00*\x00\x00\x00\x08")
	b = binary.BigEndian.AppendUint16(b, uint16(len(entries)))
	for _, e := range entries {
		b = binary.BigEndian.AppendUint16(b, uint16(e[0]))
		b = binary.BigEndian.AppendUint16(b, uint16(e[1]))
		b = binary.BigEndian.AppendUint32(b, e[2])
		b = binary.BigEndian.AppendUint32(b, e[3])
	}
	return binary.BigEndian.AppendUint32(b, next)
}

// withEXIF puts a block behind the first marker of a JPEG.
func withEXIF(jpg, block []byte) []byte {
	body := append([]byte("Exif\x00\x00"), block...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return bytes.Join([][]byte{jpg[:2], segment, body, jpg[2:]}, nil)
}

func plainJPEG(t testing.TB) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 24, 16))
	for i := range m.Pix {
		m.Pix[i] = byte(i * 7)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	short, long = 3, 4
	orientation = 0x0112
	gpsPointer  = 0x8825
	exifPointer = 0x8769
)

// TestKillersOfEXIFReaders holds blocks that make goexif hang or allocate
// gigabytes when it sees them.
func TestKillersOfEXIFReaders(t *testing.T) {
	pair := append(tiffBlock(26), tiffBlock(8)[8:]...)
	tests := map[string][]byte{
		"directories that point at each other": pair,
		"a directory that points at itself":    tiffBlock(8, [4]uint32{orientation, short, 1, 6 << 16}),
		"a count that overflows":               tiffBlock(0, [4]uint32{0x010e, long, 0x40000001, 8}),
		"a count beyond the block":             tiffBlock(0, [4]uint32{0x010e, 2, 0xffffffff, 8}),
		"a value outside the block":            tiffBlock(0, [4]uint32{0x010e, 2, 100, 0xfffffff0}),
		"an Exif directory at itself":          tiffBlock(0, [4]uint32{exifPointer, long, 1, 8}),
		"unknown types":                        tiffBlock(0, [4]uint32{orientation, 99, 1, 0}, [4]uint32{orientation, 0, 1, 0}),
		"no entries":                           []byte("MM\x00*\x00\x00\x00\x08\xff\xff"),
		"an offset outside":                    []byte("MM\x00*\xff\xff\xff\xff"),
	}
	for name, block := range tests {
		data := withEXIF(plainJPEG(t), block)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		read(t, data, metadata.JPEG)
		out, _ := strip(t, data, metadata.JPEG, metadata.Private)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
			t.Errorf("%s: %d bytes allocated", name, grown)
		}
		if _, err := jpeg.Decode(bytes.NewReader(out)); err != nil {
			t.Errorf("%s: stripped picture: %v", name, err)
		}
	}
}

func TestPrivateDataIsRemovedAndTheRestKept(t *testing.T) {
	plain := plainJPEG(t)
	private := withEXIF(plain, tiffBlock(0, [4]uint32{orientation, short, 1, 6 << 16}, [4]uint32{gpsPointer, long, 1, 8}))
	out, changed := strip(t, private, metadata.JPEG, metadata.Private)
	if !changed || bytes.Contains(out, []byte{0x88, 0x25}) {
		t.Errorf("changed %v, the GPS pointer is still there: %x", changed, out[:60])
	}
	if got := read(t, out, metadata.JPEG).Orientation; got != 6 {
		t.Errorf("orientation %d, want 6", got)
	}
	samePixels(t, private, out)
	if _, changed := strip(t, out, metadata.JPEG, metadata.Private); changed {
		t.Error("stripping again changes something")
	}
	for name, data := range map[string][]byte{
		"no metadata":       plain,
		"orientation alone": withEXIF(plain, tiffBlock(0, [4]uint32{orientation, short, 1, 6 << 16})),
		"cut off":           plain[:len(plain)-20],
	} {
		if _, changed := strip(t, data, metadata.JPEG, metadata.Private); changed {
			t.Errorf("%s: changed", name)
		}
	}
	for name, data := range map[string][]byte{"cut off before its scan": plain[:len(plain)/2], "a header alone": plain[:3]} {
		_, err := metadata.Strip(io.Discard, bytes.NewReader(data), int64(len(data)), metadata.JPEG, metadata.Private)
		if !errors.Is(err, metadata.ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", name, err)
		}
	}
	none, _ := strip(t, private, metadata.JPEG, metadata.None)
	if got := read(t, none, metadata.JPEG); got.Orientation != 6 || len(got.Tags) > 1 {
		t.Errorf("mode none leaves %+v", got)
	}
	if _, changed := strip(t, private, metadata.JPEG, metadata.Keep); changed {
		t.Error("mode keep changed something")
	}
}

func samePixels(t *testing.T, a, b []byte) {
	t.Helper()
	ma, _, errA := image.Decode(bytes.NewReader(a))
	mb, _, errB := image.Decode(bytes.NewReader(b))
	if errA != nil || errB != nil || ma.Bounds() != mb.Bounds() {
		t.Fatalf("decode: %v, %v", errA, errB)
	}
	for y := range ma.Bounds().Dy() {
		for x := range ma.Bounds().Dx() {
			if ma.At(x, y) != mb.At(x, y) {
				t.Fatalf("pixel %d,%d differs", x, y)
			}
		}
	}
}

func TestXMPOfPlacesIsWrittenAnew(t *testing.T) {
	packet := `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description ` +
		`xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" ` +
		`exif:GPSLatitude="1,2N" GPano:ProjectionType="equirectangular"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">A &amp; B</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>`
	body := append([]byte("http://ns.adobe.com/xap/1.0/\x00"), packet...)
	plain := plainJPEG(t)
	data := bytes.Join([][]byte{plain[:2], binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2)), body, plain[2:]}, nil)
	out, changed := strip(t, data, metadata.JPEG, metadata.Private)
	if got := read(t, out, metadata.JPEG); !changed || bytes.Contains(out, []byte("GPS")) || got.Title != "A & B" || !got.Is360 {
		t.Errorf("changed %v, facts %+v", changed, got)
	}
	samePixels(t, data, out)
}

func pngChunk(kind, content string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, kind...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func TestPNG(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 5, 4))); err != nil {
		t.Fatal(err)
	}
	plain := b.Bytes()
	const header = 8 + 25 // signature and IHDR
	gps := string(tiffBlock(0, [4]uint32{orientation, short, 1, 3 << 16}, [4]uint32{gpsPointer, long, 1, 8}))
	data := bytes.Join([][]byte{plain[:header], pngChunk("eXIf", gps), pngChunk("tEXt", "Raw profile type exif\x00secret"), pngChunk("tEXt", "Title\x00hello"), plain[header:]}, nil)
	out, changed := strip(t, data, metadata.PNG, metadata.Private)
	if !changed || bytes.Contains(out, []byte("secret")) || !bytes.Contains(out, []byte("hello")) {
		t.Errorf("changed %v: %q", changed, out)
	}
	if got := read(t, out, metadata.PNG).Orientation; got != 3 {
		t.Errorf("orientation %d, want 3", got)
	}
	samePixels(t, data, out)
	if _, changed := strip(t, plain, metadata.PNG, metadata.Private); changed {
		t.Error("a plain PNG was changed")
	}
}

func TestWebP(t *testing.T) {
	chunk := func(kind, content string) string {
		return kind + string(binary.LittleEndian.AppendUint32(nil, uint32(len(content)))) + content + strings.Repeat("\x00", len(content)%2)
	}
	gps := string(tiffBlock(0, [4]uint32{gpsPointer, long, 1, 8}))
	body := "WEBP" + chunk("VP8X", "\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00") + chunk("VP8L", "pixels") + chunk("EXIF", gps) + chunk("XMP ", "<x exif:GPSLatitude='1'/>")
	data := []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body)
	out, changed := strip(t, data, metadata.WebP, metadata.Private)
	want := "WEBP" + chunk("VP8X", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00") + chunk("VP8L", "pixels")
	if !changed || string(out[8:]) != want || binary.LittleEndian.Uint32(out[4:]) != uint32(len(want)) {
		t.Errorf("changed %v: %q", changed, out)
	}
}
