package metadata_test

import (
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"

	"postern/media/metadata"
	"postern/media/picture"
)

func FuzzStripJPEG(f *testing.F) {
	f.Add(withEXIF(plainJPEG(f), tiffBlock(0, [4]uint32{gpsPointer, long, 1, 8})))
	f.Add(load(f, "m_gps.jpg")[:4000])
	f.Fuzz(func(t *testing.T, data []byte) { fuzzStrip(t, data, metadata.JPEG) })
}

func FuzzStripPNG(f *testing.F) {
	f.Add(append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("eXIf", string(tiffBlock(0, [4]uint32{gpsPointer, long, 1, 8})))...))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzStrip(t, data, metadata.PNG) })
}

func FuzzStripWebP(f *testing.F) {
	f.Add([]byte("RIFF\x20\x00\x00\x00WEBPEXIF\x0c\x00\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00"))
	f.Add(smallWebP)
	f.Add(webpWith("EXIF", string(tiffBlock(0, [4]uint32{gpsPointer, long, 1, 8}))))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzStrip(t, data, metadata.WebP) })
}

func FuzzStripJXL(f *testing.F) {
	for _, name := range []string{"small.jxl", "a98.jxl", "still/permuted.jxl"} {
		f.Add(pictureFile(f, name))
		f.Add(inBoxes([][]byte{pictureFile(f, name)}))
	}
	f.Add([]byte(jxlOf("jxlc", "\xff\x0a", "Exif", "\x00\x00\x00\x00"+string(tiffBlock(0, [4]uint32{gpsPointer, long, 1, 8})), "xml ", "<a/>")))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzStrip(t, data, metadata.JXL) })
}

// FuzzStripHEIF looks at what may differ only: a container whose items share
// bytes with its boxes is another one afterwards.
func FuzzStripHEIF(f *testing.F) {
	for _, name := range []string{"small.heic", "rotated.avif"} {
		f.Add(pictureFile(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
			out, err := stripped(data, metadata.HEIC, mode)
			if err != nil && !errors.Is(err, metadata.ErrDamaged) {
				t.Error(err)
			}
			if len(out) > len(data) {
				t.Errorf("%s: %d bytes became %d", mode, len(data), len(out))
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(load(f, "m_xmp.jpg")[:4000], "jpeg")
	f.Add(load(f, "m_iptc.jpg")[:4000], "jpeg")
	f.Add(withEXIF(plainJPEG(f), append(tiffBlock(26), tiffBlock(8)[8:]...)), "jpeg")
	f.Add(withEXIF(plainJPEG(f), tiffBlock(0, [4]uint32{0x010e, long, 0x40000001, 8})), "jpeg")
	f.Add(smallWebP, "webp")
	f.Add(pictureFile(f, "small.heic"), "heic")
	f.Add([]byte(jxlOf("xml ", xmpSegment(`xmlns:dc="http://purl.org/dc/elements/1.1/" dc:title="a"`)[29:])), "jxl")
	f.Add(append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("tEXt", "Title\x00a")...), "png")
	f.Fuzz(func(t *testing.T, data []byte, kind string) {
		facts := read(t, data, metadata.Kind(kind))
		if facts.Orientation < 1 || facts.Orientation > 8 {
			t.Errorf("orientation %d", facts.Orientation)
		}
		if !utf8.ValidString(facts.Title + facts.Description) {
			t.Errorf("title %q, description %q", facts.Title, facts.Description)
		}
	})
}

// fuzzStrip checks that nothing panics, that what decoded still does and to the
// same pixels, and that a second time changes nothing.
func fuzzStrip(t *testing.T, data []byte, kind metadata.Kind) {
	if c, err := picture.ReadConfig(bytes.NewReader(data), int64(len(data))); err == nil && c.Pixels() > 1<<18 {
		return
	}
	for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
		out, err := stripped(data, kind, mode)
		if err != nil && !errors.Is(err, metadata.ErrDamaged) {
			t.Error(err)
		}
		if err != nil || bytes.Equal(out, data) || len(data) > 1<<16 {
			continue
		}
		if again, err := stripped(out, kind, mode); err != nil || !bytes.Equal(again, out) {
			t.Errorf("%s: stripping again changes something: %v", mode, err)
		}
		sameAsShown(t, string(mode), data, out)
	}
}
