package metadata_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"postern/media/metadata"
	"postern/media/picture"
)

// secretWord is what must not be found in a stored byte.
const secretWord = "HAUPTSTRASSE-17"

// container is a picture in parts, between each two of which words can stand.
type container struct {
	kind    metadata.Kind
	parts   [][]byte
	plants  map[string][]byte           // what holds the word, to be put there
	rebuild func(parts [][]byte) []byte // a file of them; joined for nil
}

func (c container) file(parts [][]byte) []byte {
	if c.rebuild != nil {
		return c.rebuild(parts)
	}
	return bytes.Join(parts, nil)
}

// planted are files with the word at each place behind the first part, and then
// in several places at random.
func (c container) planted() iter.Seq2[string, []byte] {
	names := make([]string, 0, len(c.plants))
	for name := range c.plants {
		names = append(names, name)
	}
	slices.Sort(names)
	return func(yield func(string, []byte) bool) {
		for at := 1; at <= len(c.parts); at++ {
			for _, name := range names {
				parts := slices.Insert(slices.Clone(c.parts), at, c.plants[name])
				if !yield(fmt.Sprintf("%s before part %d", name, at), c.file(parts)) {
					return
				}
			}
		}
		random := rand.New(rand.NewPCG(1, 2))
		for i := range 60 {
			parts := slices.Clone(c.parts)
			var what []string
			for range 2 + random.IntN(4) {
				name := names[random.IntN(len(names))]
				parts = slices.Insert(parts, 1+random.IntN(len(parts)), c.plants[name])
				what = append(what, name)
			}
			if !yield(fmt.Sprintf("random %d: %s", i, strings.Join(what, ", ")), c.file(parts)) {
				return
			}
		}
	}
}

// jpegParts are the segments of a JPEG, its coded data, and its end.
func jpegParts(data []byte) (parts [][]byte) {
	parts = append(parts, data[:2])
	for at := 2; ; {
		end := at + 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		parts = append(parts, data[at:end])
		if data[at+1] == 0xda {
			// What is coded belongs to the header of the scan.
			parts[len(parts)-1] = data[at : len(data)-2]
			return append(parts, data[len(data)-2:])
		}
		at = end
	}
}

// scanParts are a JPEG up to the end of its first scan, and the rest.
func scanParts(data []byte) [][]byte {
	at := bytes.Index(data, []byte("\xff\xda"))
	for at += 2; data[at] != 0xff || data[at+1] == 0; at++ {
	}
	return [][]byte{data[:at], data[at:]}
}

// withScan are a JPEG up to the end of its first scan, a segment, and the rest.
func withScan(data []byte, segment string) [][]byte {
	parts := scanParts(data)
	return [][]byte{parts[0], []byte(segment), parts[1]}
}

// restartParts are a JPEG up to each of its restart markers, and the rest.
func restartParts(data []byte) (parts [][]byte) {
	start := 0
	for at := bytes.Index(data, []byte("\xff\xda")) + 2; at < len(data)-2; at++ {
		if data[at] == 0xff && data[at+1] >= 0xd0 && data[at+1] <= 0xd9 {
			parts = append(parts, data[start:at])
			start = at
		}
	}
	return append(parts, data[start:len(data)-2], data[len(data)-2:])
}

func jpegPlants() map[string][]byte {
	plants := map[string][]byte{
		"stray bytes": []byte(secretWord), "a stray marker": []byte("\xff\x01" + secretWord), "fill": []byte("\xff\xff\xff" + secretWord),
		"a reserved marker": []byte("\xff\x02" + secretWord), "an offset into nothing": []byte("\xff\xd0" + secretWord),
		"a second beginning": []byte("\xff\xd8" + secretWord),
		"a comment":          jpegSegment(0xfe, secretWord), "a reserved segment": jpegSegment(0xf3, secretWord),
		"an unused quantizer":    jpegSegment(0xdb, "\x03"+filledTo(64)),
		"two unused quantizers":  jpegSegment(0xdb, "\x02"+filledTo(64)+"\x13"+filledTo(128)),
		"an unused code":         jpegSegment(0xc4, "\x13\x00\x01\x0f"+strings.Repeat("\x00", 13)+"0"+secretWord),
		"conditions of nothing":  jpegSegment(0xcc, secretWord),
		"a restart interval":     jpegSegment(0xdd, "\x00\x00"+secretWord),
		"JFIF":                   jpegSegment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"+secretWord),
		"JFXX":                   jpegSegment(0xe0, "JFXX\x00\x10"+secretWord),
		"Adobe":                  jpegSegment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"+secretWord),
		"MPF":                    jpegSegment(0xe2, "MPF\x00"+secretWord),
		"XMP":                    jpegSegment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+xmpWithWord),
		"more XMP":               jpegSegment(0xe1, "http://ns.adobe.com/xmp/extension/\x00"+secretWord),
		"IPTC":                   jpegSegment(0xed, "Photoshop 3.0\x00"+resource(0x0404, dataset(2, 90, secretWord)+dataset(2, 80, secretWord))),
		"the name of a resource": jpegSegment(0xed, "Photoshop 3.0\x008BIM\x04\x04\x0f"+secretWord+"\x00\x00\x00\x00"),
		"a resource":             jpegSegment(0xed, "Photoshop 3.0\x00"+resource(0x03ed, secretWord)),
	}
	for name, block := range exifWithWord {
		plants["EXIF: "+name] = jpegSegment(0xe1, "Exif\x00\x00"+block)
	}
	for marker := byte(0xe0); marker <= 0xef; marker++ {
		plants[fmt.Sprintf("APP%d", marker&15)] = jpegSegment(marker, "maker\x00"+secretWord)
	}
	return plants
}

// filledTo is the word in so many bytes.
func filledTo(n int) string { return secretWord + strings.Repeat("\x01", n-len(secretWord)) }

// withoutRestarts leaves out words behind a restart marker: they are pixels.
func withoutRestarts(plants map[string][]byte) map[string][]byte {
	maps.DeleteFunc(plants, func(_ string, plant []byte) bool { return bytes.HasPrefix(plant, []byte("\xff\xd0")) })
	return plants
}

func jpegSegment(marker byte, body string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

// exifWithWord are blocks with the word in every sort of place.
var exifWithWord = map[string]string{
	"a pointer":         string(tiffBlock(0, [4]uint32{gpsPointer, long, 1, 26})) + "\x00\x00" + secretWord,
	"behind the values": string(tiffBlock(0, [4]uint32{orientation, short, 1, 1 << 16})) + secretWord,
	"an artist":         string(tiffBlock(0, [4]uint32{0x013b, 2, uint32(len(secretWord)), 26})) + secretWord,
	"a text of numbers": string(tiffBlock(0, [4]uint32{0x011a, 2, uint32(len(secretWord)), 26})) + secretWord,
	"bytes of numbers":  string(tiffBlock(0, [4]uint32{0x8827, 7, uint32(len(secretWord)), 26})) + secretWord,
	"a date":            string(tiffBlock(0, [4]uint32{0x0132, 2, uint32(len(secretWord)), 26})) + secretWord,
	"behind a text":     string(tiffBlock(0, [4]uint32{0x010f, 2, uint32(5 + len(secretWord)), 26})) + "Acme\x00" + secretWord,
	"a next directory":  string(tiffBlock(26)) + secretWord,
	"no block":          secretWord,
}

var xmpWithWord = `<?xpacket begin="" id="` + secretWord + `"?><!-- ` + secretWord + ` --><x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="` + secretWord + `">` +
	secretWord + `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="` + secretWord + `"` +
	` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"` +
	` xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" xmlns:q="http://` + secretWord + `/" tiff:Make="` + secretWord + `"` +
	` xmp:CreateDate="` + secretWord + `" xmp:Label="` + secretWord + `" GPano:ProjectionType="` + secretWord + `" GPano:` + secretWord + `="1"` +
	` q:name="` + secretWord + `"><dc:title><rdf:Alt><rdf:li xml:lang="` + secretWord + `">A</rdf:li></rdf:Alt></dc:title>` +
	`<dc:creator>` + secretWord + `</dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>` + secretWord + `<?xpacket end="` + secretWord + `"?>`

// chunkParts are the chunks of a PNG or a WebP behind a header of some bytes.
func chunkParts(data []byte, header int, kind metadata.Kind) (parts [][]byte) {
	parts = append(parts, data[:header])
	for at := header; at < len(data); {
		size := int(binary.BigEndian.Uint32(data[at:])) + 12
		if kind == metadata.WebP {
			size = int(binary.LittleEndian.Uint32(data[at+4:]))
			size += size%2 + 8
		}
		parts = append(parts, data[at:at+size])
		at += size
	}
	return parts
}

func pngPlants() map[string][]byte {
	plants := map[string][]byte{
		"stray bytes": []byte(secretWord), "a cut chunk": append([]byte("\x00\x00\xff\xfftEXt"), secretWord...),
		"XMP":                 pngChunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmpWithWord),
		"a language":          pngChunk("iTXt", "Title\x00\x00\x00"+secretWord+"\x00\x00A"),
		"another keyword":     pngChunk("iTXt", "Title\x00\x00\x00\x00"+secretWord+"\x00A"),
		"behind a deflated":   pngChunk("zTXt", "Title\x00\x00"+deflated([]byte("A"))+secretWord),
		"a date in words":     pngChunk("tEXt", "Creation Time\x00"+secretWord),
		"an author":           pngChunk("tEXt", "Author\x00"+secretWord),
		"a raw profile":       pngChunk("tEXt", "Raw profile type exif\x00\nexif\n 6\n"+secretWord),
		"a suggested palette": pngChunk("sPLT", secretWord+"\x00\x08"),
		"the end":             pngChunk("IEND", secretWord),
		"a gamma":             pngChunk("gAMA", secretWord),
	}
	for _, kind := range []string{"eXIf", "zxIf", "tIME", "caBX", "iDOT", "vpAg", "pCAL", "sCAL", "teST", "ABCD", "abcd", "tEXt", "zTXt", "iTXt"} {
		plants["a chunk "+kind] = pngChunk(kind, secretWord)
	}
	for name, block := range exifWithWord {
		plants["EXIF: "+name] = pngChunk("eXIf", block)
	}
	return plants
}

func webpPlants() map[string][]byte {
	plants := map[string][]byte{"stray bytes": []byte(secretWord), "XMP": []byte(webpChunk("XMP ", xmpWithWord))}
	for _, kind := range []string{"EXIF", "XMP ", "META", "abcd", "JUNK", "eXIf", "ANIM"} {
		plants["a chunk "+kind] = []byte(webpChunk(kind, secretWord))
	}
	for name, block := range exifWithWord {
		plants["EXIF: "+name] = []byte(webpChunk("EXIF", block))
	}
	return plants
}

// riff joins the parts of a WebP and tells its size.
func riff(parts [][]byte) []byte {
	data := bytes.Join(parts, nil)
	binary.LittleEndian.PutUint32(data[4:], uint32(len(data)-8))
	return data
}

// animatedWebP has two frames, each with the plants' room beside its pixels.
func animatedWebP(inFrame string) []byte {
	frame := webpChunk("ANMF", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x64\x00\x00\x00"+string(smallWebP[12:])+inFrame)
	return riff([][]byte{[]byte("RIFF0000WEBP" + webpChunk("VP8X", "\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00") + webpChunk("ANIM", "\x00\x00\x00\x00\x00\x00") + frame + frame)})
}

func gifParts(data []byte) [][]byte {
	loop := bytes.Index(data, []byte("\x21\xff\x0bNETSCAPE"))
	second := bytes.LastIndex(data, []byte("\x21\xf9\x04"))
	return [][]byte{data[:loop], data[loop : loop+19], data[loop+19 : second], data[second : len(data)-1], data[len(data)-1:]}
}

func gifPlants() map[string][]byte {
	block := string([]byte{byte(len(secretWord))}) + secretWord + "\x00"
	return map[string][]byte{
		"stray bytes": []byte(secretWord), "a comment": []byte("\x21\xfe" + block), "an unknown extension": []byte("\x21\x42" + block),
		"XMP":                []byte("\x21\xff\x0bXMP DataXMP" + block),
		"a program's data":   []byte("\x21\xff\x0bSECRET  1.0" + block),
		"a colour profile":   []byte("\x21\xff\x0bICCRGBG1012" + block),
		"behind a loop":      []byte("\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00" + block),
		"behind a control":   []byte("\x21\xf9\x04\x00\x05\x00\x00" + block),
		"a plain text":       []byte("\x21\x01\x0c\x00\x00\x00\x00\x09\x00\x07\x00\x08\x08\x00\x01" + block),
		"zeros":              []byte("\x00\x00" + secretWord),
		"an extension's end": []byte("\x21\xfe\xff" + secretWord),
	}
}

// boxParts are the boxes at the top of a file.
func boxParts(data []byte) (parts [][]byte) {
	for at := 0; at < len(data); {
		size := int(binary.BigEndian.Uint32(data[at:]))
		if size == 0 {
			size = len(data) - at
		}
		parts = append(parts, data[at:at+size])
		at += size
	}
	return parts
}

func boxPlants(kinds ...string) map[string][]byte {
	plants := map[string][]byte{}
	for _, kind := range append(kinds, "free", "skip", "uuid", "mpvd", "sefd", "abcd", "udta", "XML ", "jumb") {
		plants["a box "+kind] = []byte(isoBox(kind, secretWord))
	}
	return plants
}

func containers(t testing.TB) map[string]container {
	jpg, gif := plainJPEG(t), plainGIF(t)
	webp := webpWith("EXIF", string(tiffBlock(0, [4]uint32{orientation, short, 1, 1 << 16})))
	jxlPlants := boxPlants("Exif", "xml ", "brob", "jbrd", "jxli", "jxll", "ftyp")
	jxlPlants["XMP"] = []byte(isoBox("xml ", xmpWithWord))
	for name, block := range exifWithWord {
		jxlPlants["EXIF: "+name] = []byte(isoBox("Exif", "\x00\x00\x00\x00"+block))
		jxlPlants["EXIF behind words: "+name] = []byte(isoBox("Exif", "\x00\x00\x00\x0f"+secretWord+block))
	}
	small := pictureFile(t, "small.jxl")
	boxed := []byte(isoBox("JXL ", "\r\n\x87\n") + isoBox("ftyp", "jxl \x00\x00\x00\x00jxl ") + isoBox("jxlc", string(small)))
	progressive := pictureFile(t, "video-001.progressive.jpeg")
	all := map[string]container{
		"scans": {kind: metadata.JPEG, parts: scanParts(progressive), plants: jpegPlants()},
		"restarts": {kind: metadata.JPEG, parts: restartParts(pictureFile(t, "odd/restart.jpg")), plants: map[string][]byte{
			"stray bytes": []byte(secretWord), "zeros": []byte("\x00\x00" + secretWord), "stuffing": []byte("\xff\x00" + secretWord + "\xff\xff\x00\xff\x00"),
		}},
		"many restarts":              {kind: metadata.JPEG, parts: restartParts(pictureFile(t, "odd/restart.jpg")), plants: withoutRestarts(jpegPlants())},
		"a scan that makes no sense": {kind: metadata.JPEG, parts: withScan(progressive, "\xff\xda\x00\x08\x01\x01\x00\x05\x01\x00"), plants: jpegPlants()},
		"a second frame":             {kind: metadata.JPEG, parts: withScan(progressive, "\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00"), plants: jpegPlants()},
		"tables that are none":       {kind: metadata.JPEG, parts: withScan(progressive, "\xff\xc4\x00\x14"+secretWord+"\x00\x00\x00"), plants: jpegPlants()},
		"an arithmetic code":         {kind: metadata.JPEG, parts: jpegParts(pictureFile(t, "odd/arithmetic.jpg")), plants: jpegPlants()},
		"a JPEG":                     {kind: metadata.JPEG, parts: jpegParts(jpg), plants: jpegPlants()},
		"a PNG":                      {kind: metadata.PNG, parts: chunkParts(pictureFile(t, "small.png"), 8, metadata.PNG), plants: pngPlants()},
		"a WebP":                     {kind: metadata.WebP, parts: chunkParts(webp, 12, metadata.WebP), plants: webpPlants(), rebuild: riff},
		"a plain WebP":               {kind: metadata.WebP, parts: [][]byte{smallWebP}, plants: webpPlants()},
		"WebP frames":                {kind: metadata.WebP, parts: chunkParts(animatedWebP(""), 12, metadata.WebP), plants: webpPlants(), rebuild: riff},
		"a GIF":                      {kind: metadata.GIF, parts: gifParts(gif), plants: gifPlants()},
		"a bare JXL":                 {kind: metadata.JXL, parts: [][]byte{small}, plants: boxPlants("Exif")},
		"a profile":                  {kind: metadata.JXL, parts: [][]byte{pictureFile(t, "a98.jxl")}, plants: boxPlants("Exif")},
		"another one":                {kind: metadata.JXL, parts: [][]byte{pictureFile(t, "still/a98-lossless.jxl")}, plants: boxPlants("Exif")},
		"an order":                   {kind: metadata.JXL, parts: [][]byte{pictureFile(t, "still/permuted.jxl")}, plants: boxPlants("Exif")},
		"a boxed JXL":                {kind: metadata.JXL, parts: boxParts(boxed), plants: jxlPlants},
		"in a JXL box":               {kind: metadata.JXL, parts: [][]byte{small}, plants: boxPlants("Exif"), rebuild: inOneBox},
		"in JXL boxes":               {kind: metadata.JXL, parts: [][]byte{small}, plants: boxPlants("Exif"), rebuild: inBoxes},
		"an AVIF":                    {kind: metadata.AVIF, parts: boxParts(pictureFile(t, "rotated.avif")), plants: boxPlants(), rebuild: heifFile},
		"a HEIC":                     {kind: metadata.HEIC, parts: boxParts(pictureFile(t, "small.heic")), plants: boxPlants(), rebuild: heifFile},
	}
	maps.Copy(all, pngDataContainers())
	maps.Copy(all, gifDataContainers())
	return all
}

const jxlBegin = "\x00\x00\x00\x0cJXL \r\n\x87\n\x00\x00\x00\x14ftypjxl \x00\x00\x00\x00jxl "

// inOneBox is a JPEG XL of one box with the parts as its codestream.
func inOneBox(parts [][]byte) []byte {
	return []byte(jxlBegin + isoBox("jxlc", string(bytes.Join(parts, nil))))
}

// inBoxes is a JPEG XL with the codestream in three boxes.
func inBoxes(parts [][]byte) []byte {
	stream := string(bytes.Join(parts, nil))
	cut := min(300, len(stream)-10)
	return []byte(jxlBegin + isoBox("jxlp", "\x00\x00\x00\x00"+stream[:20]) + isoBox("jxlp", "\x00\x00\x00\x01"+stream[20:cut]) +
		isoBox("jxlp", "\x80\x00\x00\x02"+stream[cut:]))
}

// heifFile joins boxes and has the items' places follow the media data. The place
// of each must be told by one number of 32 bits without a base.
func heifFile(parts [][]byte) []byte {
	data := bytes.Join(parts, nil)
	first := bytes.Index(data, []byte("mdat")) - 4
	original := 0
	for _, part := range parts {
		if kind := string(part[4:min(8, len(part))]); kind == "ftyp" || kind == "meta" {
			original += len(part)
		}
	}
	iloc := bytes.Index(data, []byte("iloc")) + 4
	version, sizes, at := data[iloc], data[iloc+4], iloc+8
	base := int(data[iloc+5] >> 4)
	if sizes != 0x44 || version > 1 {
		panic("iloc of another layout")
	}
	for range binary.BigEndian.Uint16(data[iloc+6:]) {
		method := 0
		if version == 1 {
			method, at = int(data[at+3]), at+2
		}
		extents := int(binary.BigEndian.Uint16(data[at+4+base:]))
		for at += 6 + base; extents > 0; extents, at = extents-1, at+8 {
			if method == 0 {
				binary.BigEndian.PutUint32(data[at:], binary.BigEndian.Uint32(data[at:])+uint32(first-original))
			}
		}
	}
	return data
}

// TestPlantedWordsAreNowhere plants a word into every place of every container
// and looks for it in what is stored.
func TestPlantedWordsAreNowhere(t *testing.T) {
	for name, c := range containers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			left, refused := 0, 0
			for where, data := range c.planted() {
				for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
					out, err := stripped(data, c.kind, mode)
					if errors.Is(err, metadata.ErrDamaged) {
						refused++
						continue
					}
					if err != nil {
						t.Fatalf("%s: %v", where, err)
					}
					left++
					if bytes.Contains(out, []byte(secretWord)) {
						t.Errorf("%s, %s: the word is still there", mode, where)
					}
					if left%c.sparsely() == 0 {
						sameAsShown(t, fmt.Sprintf("%s, %s", mode, where), data, out)
					}
				}
			}
			if left < 20 || refused > left/2 {
				t.Errorf("%d files were stripped, and %d refused", left, refused)
			}
		})
	}
}

// sparsely is which share of files is decoded: WebAssembly is slow to start.
func (c container) sparsely() int {
	switch c.kind {
	case metadata.AVIF, metadata.HEIC, metadata.JXL:
		return 16
	}
	return 2
}

// stripped returns what is stored of a picture: it is decoded for its thumb, and loses
// what that makes nothing of.
func stripped(data []byte, kind metadata.Kind, mode metadata.Mode) ([]byte, error) {
	var b bytes.Buffer
	changed, err := metadata.Strip(&b, bytes.NewReader(data), int64(len(data)), kind, mode)
	if err == nil && changed {
		data = b.Bytes()
	}
	if err != nil || kind != metadata.JPEG && kind != metadata.PNG {
		return data, err
	}
	var unused metadata.Unused
	r := bytes.NewReader(data)
	c, err := picture.ReadConfig(r, r.Size())
	if err == nil {
		_, err = picture.DecodeUnused(context.Background(), r, r.Size(), c, 1, 1, &unused)
	}
	if errors.Is(err, picture.ErrDamaged) || errors.Is(err, picture.ErrNoDecoder) || errors.Is(err, picture.ErrFormat) {
		return nil, fmt.Errorf("%w: %w", metadata.ErrDamaged, err)
	}
	if err != nil || unused.None() {
		return data, err
	}
	var cut bytes.Buffer
	if changed, err = unused.CutTo(&cut, r, r.Size()); err == nil && changed {
		data = cut.Bytes()
	}
	return data, err
}

// sameAsShown fails unless what decoded still does, to the same pixels.
func sameAsShown(t *testing.T, what string, before, after []byte) {
	t.Helper()
	was, err := shown(before)
	if err != nil {
		return
	}
	is, err := shown(after)
	if err != nil || was.Bounds() != is.Bounds() {
		t.Errorf("%s: the picture is gone: %v", what, err)
		return
	}
	for y := range was.Bounds().Dy() {
		for x := range was.Bounds().Dx() {
			if was.At(x, y) != is.At(x, y) {
				t.Errorf("%s: pixel %d,%d differs", what, x, y)
				return
			}
		}
	}
}

func shown(data []byte) (image.Image, error) {
	r := bytes.NewReader(data)
	c, err := picture.ReadConfig(r, r.Size())
	if err != nil {
		return nil, err
	}
	return picture.Decode(context.Background(), r, r.Size(), c, c.Width, c.Height)
}
