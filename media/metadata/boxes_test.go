package metadata_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"postern/media/metadata"
)

func pictureFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../picture/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func isoBox(kind, content string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(content)))) + kind + content
}

// jxlOf is a JPEG XL container with boxes of kinds and contents in pairs.
func jxlOf(boxes ...string) string {
	file := isoBox("JXL ", "\r\n\x87\n") + isoBox("ftyp", "jxl \x00\x00\x00\x00jxl ")
	for i := 0; i+1 < len(boxes); i += 2 {
		file += isoBox(boxes[i], boxes[i+1])
	}
	return file
}

// freshTitle is a packet as Strip writes it.
func freshTitle(title string) string {
	return `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">` +
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""` +
		` xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"` +
		` xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
		`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + title + `</rdf:li></rdf:Alt></dc:title>` +
		`</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>`
}

func TestJXL(t *testing.T) {
	secret := "\x00\x00\x00\x00" + string(tiffBlock(0, [4]uint32{gpsPointer, long, 1, 26})) + "\x00\x00SECRET"
	title := `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:title="Tower"/></rdf:RDF></x:xmpmeta>`
	fresh, pixels := freshTitle("Tower"), string(pictureFile(t, "small.jxl"))
	for name, test := range map[string]struct{ file, want string }{
		"a position":                   {jxlOf("Exif", secret, "jxlc", pixels), jxlOf("jxlc", pixels)},
		"compressed metadata":          {jxlOf("jxlc", pixels, "brob", "Exif..."), jxlOf("jxlc", pixels)},
		"the JPEG that it was made of": {jxlOf("jbrd", "SECRET", "jxlc", pixels), jxlOf("jxlc", pixels)},
		"a box that is not known":      {jxlOf("jxlc", pixels, "jumb", "SECRET"), jxlOf("jxlc", pixels)},
		"a second packet of XMP":       {jxlOf("jxlc", pixels, "xml ", fresh, "xml ", title), jxlOf("jxlc", pixels, "xml ", fresh)},
		"a title alone":                {jxlOf("jxlc", pixels, "xml ", fresh), ""},
		"a title, written otherwise":   {jxlOf("jxlc", pixels, "xml ", title), jxlOf("jxlc", pixels, "xml ", fresh)},
		"a codestream without boxes":   {pixels, ""},
	} {
		t.Run(name, func(t *testing.T) {
			out, changed := strip(t, []byte(test.file), metadata.JXL, metadata.Private)
			if changed != (test.want != "") || changed && string(out) != test.want {
				t.Errorf("%s: changed %v: %q, want %q", name, changed, out, test.want)
			}
		})
	}
	for _, file := range []string{"\xff\x0apixels", jxlOf("jxlc", "pixels")} {
		if _, err := stripped([]byte(file), metadata.JXL, metadata.Private); !errors.Is(err, metadata.ErrDamaged) {
			t.Errorf("%q: %v", file, err)
		}
	}
	if facts := read(t, []byte(jxlOf("xml ", title)), metadata.JXL); facts.Title != "Tower" {
		t.Errorf("title %q", facts.Title)
	}
}

func deflated(b []byte) string {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write(b) // a Buffer never fails
	z.Close()
	return out.String()
}

// ImageMagick and exiftool put EXIF into texts of PNGs. Browsers do not turn a
// picture by it, nor by a chunk behind the image data.
func TestWhereBrowsersLookForTheOrientationOfPNG(t *testing.T) {
	const orientation = 0x0112
	tiff := tiffBlock(0, [4]uint32{orientation, 3, 1, 6 << 16}, [4]uint32{gpsPointer, long, 1, 8})
	block := append([]byte("Exif\x00\x00"), tiff...)
	profile := fmt.Sprintf("\nexif\n%8d\n%s\n", len(block), hex.EncodeToString(block))
	pixels := pngChunk("IDAT", "")
	exif := pngChunk("eXIf", string(tiff))
	for name, test := range map[string]struct {
		chunks []byte
		want   int
	}{
		"a chunk before the image data": {slices.Concat(exif, pixels), 6},
		"a chunk behind the image data": {slices.Concat(pixels, exif), 1},
		"both":                          {slices.Concat(exif, pixels, exif), 6},
		"a text":                        {slices.Concat(pngChunk("tEXt", "Raw profile type exif\x00"+profile), pixels), 1},
		"a deflated text":               {slices.Concat(pngChunk("zTXt", "Raw profile type APP1\x00\x00"+deflated([]byte(profile))), pixels), 1},
		"a text and a chunk":            {slices.Concat(pngChunk("tEXt", "Raw profile type exif\x00"+profile), exif, pixels), 6},
	} {
		t.Run(name, func(t *testing.T) {
			data := append([]byte("\x89PNG\r\n\x1a\n"), test.chunks...)
			if facts := read(t, data, metadata.PNG); facts.Orientation != test.want {
				t.Errorf("%s: orientation %d, want %d", name, facts.Orientation, test.want)
			}
			for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
				out, changed := strip(t, data, metadata.PNG, mode)
				if facts := read(t, out, metadata.PNG); !changed || facts.Orientation != test.want {
					t.Errorf("%s, %s: changed %v, orientation %d, want %d: %q", name, mode, changed, facts.Orientation, test.want, out)
				}
				if bytes.Contains(out, []byte("Raw profile")) {
					t.Errorf("%s, %s: the text is still there", name, mode)
				}
			}
		})
	}
}

func TestTextsOfPNG(t *testing.T) {
	plain := "\x89PNG\r\n\x1a\n"
	for name, test := range map[string]struct {
		chunk []byte
		stays bool
	}{
		"a title":                       {pngChunk("tEXt", "Title\x00Tower"), true},
		"a deflated title":              {pngChunk("zTXt", "Title\x00\x00"+deflated([]byte("Tower"))), true},
		"a title in Greek":              {pngChunk("iTXt", "Title\x00\x00\x00el\x00\x00\u03c0\u03cd\u03c1\u03b3\u03bf\u03c2"), true},
		"a title that does not inflate": {pngChunk("zTXt", "Title\x00\x00SECRET"), false},
		"a title that breaks off":       {pngChunk("iTXt", "Title\x00\x00\x00el"), false},
		"a bomb of a title":             {pngChunk("zTXt", "Title\x00\x00"+deflated(make([]byte, 2<<20))), false},
		"an author":                     {pngChunk("tEXt", "Author\x00SECRET"), false},
		"a comment":                     {pngChunk("tEXt", "Comment\x00SECRET"), false},
		"a tag of ImageMagick":          {pngChunk("tEXt", "exif:GPSLatitude\x00SECRET"), false},
		"deflated XMP":                  {pngChunk("iTXt", "XML:com.adobe.xmp\x00\x01\x00\x00\x00SECRET"), false},
	} {
		t.Run(name, func(t *testing.T) {
			data := append([]byte(plain), test.chunk...)
			out, changed := strip(t, data, metadata.PNG, metadata.Private)
			if changed == test.stays || changed && string(out) != plain {
				t.Errorf("%s: changed %v: %q", name, changed, out)
			}
		})
	}
}

// A few MB of deflated texts can be thousands of times as much.
func TestTextsOfPNGInflateToABoundedSize(t *testing.T) {
	one := pngChunk("zTXt", "Title\x00\x00"+deflated(make([]byte, 1<<20)))
	data := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat(one, 20_000)...)
	out, changed := strip(t, data, metadata.PNG, metadata.Private)
	if !changed || strings.Count(string(out), "zTXt") != 4 {
		t.Errorf("%d texts of %d are left, want 4", strings.Count(string(out), "zTXt"), 20_000)
	}
}

// Items of a HEIF may lie anywhere, and in the same place.
func TestManyItemsOfAHEIFInTheSamePlace(t *testing.T) {
	const items = 3000
	be16 := func(n int) string { return string(binary.BigEndian.AppendUint16(nil, uint16(n))) }
	be32 := func(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }
	var infe, iloc strings.Builder
	for id := 1; id <= items; id++ {
		kind, length := "Exif", 1<<20
		switch {
		case id == 1:
			kind, length = "hvc1", 1
		case id%2 == 0:
			kind = "mime"
		}
		infe.WriteString(isoBox("infe", "\x02\x00\x00\x00"+be16(id)+"\x00\x00"+kind+"\x00application/rdf+xml\x00"))
		iloc.WriteString(be16(id) + "\x00\x00" + be16(1) + be32(0) + be32(length))
	}
	meta := "\x00\x00\x00\x00" + isoBox("pitm", "\x00\x00\x00\x00\x00\x01") +
		isoBox("iinf", "\x00\x00\x00\x00"+be16(items)+infe.String()) +
		isoBox("iloc", "\x00\x00\x00\x00\x44\x00"+be16(items)+iloc.String()) +
		isoBox("iprp", isoBox("ipco", isoBox("ispe", "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01"))+isoBox("ipma", "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x01\x01"))
	file := isoBox("mdat", strings.Repeat("<a>", 400_000)) + isoBox("ftyp", "heic\x00\x00\x00\x00") + isoBox("meta", meta)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	out, changed := strip(t, []byte(file), metadata.HEIC, metadata.Private)
	runtime.ReadMemStats(&after)
	if !changed || len(out) != len(file) || strings.Contains(string(out[:1<<20]), "<a>") {
		t.Errorf("changed %v: %d bytes, want %d", changed, len(out), len(file))
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 100<<20 {
		t.Errorf("%d MiB were allocated", allocated>>20)
	}
}
