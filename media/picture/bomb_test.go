package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"os"
	"runtime"
	"testing"

	"postern/media/codec/jxl"
)

// maxPixels is the gate of a caller with usual settings.
const maxPixels = 100_000_000

// errGate is the caller's answer to a picture of too many pixels.
var errGate = errors.New("too many pixels")

// answer does with a file what a caller does.
func answer(b []byte) error {
	c, err := readConfig(b)
	if err != nil {
		return err
	}
	if c.Pixels() > maxPixels {
		return errGate
	}
	ICC(bytes.NewReader(b), int64(len(b)), c)
	m, err := Decode(context.Background(), bytes.NewReader(b), int64(len(b)), c, 640, 640)
	if err == nil && m.Bounds().Empty() {
		err = errors.New("decoded to nothing")
	}
	return err
}

// bombs takes a zlib stream that is to be inflated nowhere.
func bombs(t testing.TB, zeros []byte) map[string]struct {
	file []byte
	want error
} {
	t.Helper()
	rest := concat(makePNGChunk("IDAT", deflate([]byte{0, 1, 2, 3})), makePNGChunk("IEND", nil))
	lossy := bitstreamOf(mustEncode(t, scene(30, 20), WebP, Options{}))
	lossless := riffChunk("VP8L", []byte{0x2f, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0})
	many := concat(gifHead(8000, 8000), bytes.Repeat(gifFrame(0, 0, 1, 1), 100_000), []byte{0x3b})
	avif := testFile(t, "a.avif")
	return map[string]struct {
		file []byte
		want error
	}{
		"GIF of 34 bytes, huge frame":              {concat(gifHead(65535, 65535), gifFrame(0, 0, 65535, 65535)), ErrDamaged},
		"GIF of 34 bytes, huge screen":             {concat(gifHead(65535, 65535), gifFrame(0, 0, 1, 1)), errGate},
		"GIF with a frame beyond its screen":       {concat(gifHead(10, 10), gifFrame(0, 0, 9000, 9000)), ErrDamaged},
		"GIF of 100,000 frames":                    {many, nil},
		"GIF of 100,000 extensions":                {concat(gifHead(10, 10), bytes.Repeat([]byte{0x21, 0xfe, 0}, 100_000)), ErrDamaged},
		"PNG of 67 bytes":                          {pngFile(ihdr(50000, 50000, 8, 6), makePNGChunk("IDAT", nil)), ErrDamaged},
		"PNG of one bit a pixel":                   {pngFile(ihdr(65535, 65535, 1, 0), rest), ErrDamaged},
		"PNG of negative size":                     {pngFile(ihdr(0xffffffff, 1, 8, 6), rest), ErrDamaged},
		"PNG with a second header":                 {pngFile(ihdr(1, 1, 8, 2), ihdr(9000, 9000, 8, 2), rest), nil},
		"PNG with a profile that inflates":         {pngFile(ihdr(1, 1, 8, 2), makePNGChunk("iCCP", concat([]byte("p\x00\x00"), zeros)), rest), nil},
		"PNG with a text that inflates":            {pngFile(ihdr(1, 1, 8, 2), makePNGChunk("zTXt", concat([]byte("c\x00\x00"), zeros)), rest), nil},
		"PNG whose image inflates":                 {pngFile(ihdr(1, 1, 8, 2), makePNGChunk("IDAT", zeros), makePNGChunk("IEND", nil)), nil},
		"PNG of many empty chunks":                 {pngFile(ihdr(1, 1, 8, 2), bytes.Repeat(makePNGChunk("tEXt", nil), 100_000), rest), ErrDamaged},
		"BMP of 70 bytes":                          {bmpFile(60000, 60000, 32, 0, 16), ErrDamaged},
		"BMP of the largest size":                  {bmpFile(0x7fffffff, -0x80000000, 32, 0, 16), ErrDamaged},
		"BMP of run lengths and absurd size":       {bmpFile(0x7fffffff, -0x7fe00000, 32, 1, 16), ErrDamaged},
		"BMP of run lengths":                       {bmpFile(9000, 9000, 8, 1, 16), ErrDamaged},
		"WebP with a larger canvas":                {webpFile(vp8x(0, 16000, 16000), lossy), ErrDamaged},
		"WebP with a smaller canvas":               {webpFile(vp8x(0, 3, 2), lossy), ErrDamaged},
		"WebP with a frame beyond its canvas":      {webpFile(vp8x(2, 30, 20), anmf(2, 0, 30, 20, lossy)), ErrDamaged},
		"WebP frame of another size":               {webpFile(vp8x(2, 300, 200), anmf(0, 0, 31, 20, lossy)), ErrDamaged},
		"WebP of 16384x16384 pixels, lossless":     {webpFile(lossless), errGate},
		"WebP of many empty chunks":                {webpFile(vp8x(0, 30, 20), bytes.Repeat(riffChunk("JUNK", nil), 100_000), lossy), ErrDamaged},
		"WebP alpha that is cut short":             {webpFile(vp8x(16, 30, 20), riffChunk("ALPH", []byte{0}), lossy), ErrDamaged},
		"JPEG of many empty segments":              {concat([]byte{0xff, 0xd8}, bytes.Repeat([]byte{0xff, 0xe1, 0, 2}, 100_000)), ErrDamaged},
		"JPEG with a frame header of 60,000 bytes": {concat([]byte{0xff, 0xd8, 0xff, 0xc0, 0xea, 0x60, 8, 0, 9, 0, 9, 0}, make([]byte, 60_000)), ErrDamaged},
		"JPEG of 65535x65535 pixels":               {sizedJPEG(testFile(t, "small.jpg"), 0xc0, 65535, 65535), errGate},
		"JPEG of 182 bytes and large, arithmetic":  {largeArithmetic(t), nil},
		"AVIF of a small size that is large":       {withISPE(t, avif, 8, 6), ErrDamaged},
		"AVIF of a large size that is small":       {withISPE(t, avif, 60000, 60000), errGate},
		"AVIF of the largest size":                 {withISPE(t, avif, 0xffffffff, 0xffffffff), ErrDamaged},
		"HEIC of a large size that is small":       {heicSized(t, 60000, 60000), errGate},
		"HEIC of the largest size":                 {heicSized(t, -1, -1), ErrDamaged},
		"HEIC whose grid is large":                 {largeGrid(t), ErrDamaged},
		"HEIC of many empty boxes":                 {concat(heicSized(t, 8, 6)[:24], bytes.Repeat([]byte("\x00\x00\x00\x08free"), 100_000)), ErrDamaged},
		"HEIC of a million items":                  {manyItems(), ErrDamaged},
		"JPEG XL of 2^30 pixels a side":            {[]byte("\xff\x0a\xfe\xff\xff\xff\x7f\xfc\xff\xff\xff\x0f"), ErrDamaged},
		"JPEG XL of many empty boxes":              {concat([]byte(jxl.Signature), bytes.Repeat([]byte("\x00\x00\x00\x08free"), 100_000)), ErrDamaged},
		"AVIF of many empty boxes":                 {concat(avif[:32], bytes.Repeat([]byte("\x00\x00\x00\x08free"), 100_000), avif[32:]), ErrDamaged},
	}
}

func heicSized(t testing.TB, width, height int) []byte {
	parts := partsOf(t, testFile(t, "small.heic"))
	parts.width, parts.height = width, height
	return parts.file()
}

// largeGrid is a HEIC whose grid is to be larger than its properties say.
func largeGrid(t testing.TB) []byte {
	b := bytes.Clone(testFile(t, "grid.heic"))
	i := bytes.Index(b, []byte("\x00\x00\x00\x00\x00\x75\x00\x5d")) // 1x1 tiles for 117x93 pixels
	if i < 0 {
		t.Fatal("no grid")
	}
	copy(b[i+4:], []byte{0xff, 0xff, 0xff, 0xff})
	return b
}

// manyItems says that it locates more items than a box of 12 bytes holds.
func manyItems() []byte {
	return concat(isoBox("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), fullBox("meta", 0,
		fullBox("pitm", 0, be16(1)), fullBox("iloc", 2, []byte{0, 0}, be32(1_000_000)),
		isoBox("iprp", isoBox("ipco", fullBox("ispe", 0, be32(8), be32(8))),
			fullBox("ipma", 0, be32(1), be16(1), []byte{1, 1}))))
}

// largeArithmetic is a JPEG of 49 megapixels, each block of which takes the most
// decisions for the least bits.
func largeArithmetic(t testing.TB) []byte {
	b, err := os.ReadFile("../codec/jpeg/testdata/highest-frequency-arithmetic.jpg")
	if err != nil {
		t.Fatal(err)
	}
	return sizedJPEG(b, 0xc9, 7000, 7000)
}

// sizedJPEG returns a JPEG with another size in its frame header, of that marker.
func sizedJPEG(b []byte, marker byte, width, height uint16) []byte {
	b = bytes.Clone(b)
	frame := b[bytes.Index(b, []byte{0xff, marker}):]
	binary.BigEndian.PutUint16(frame[5:], height)
	binary.BigEndian.PutUint16(frame[7:], width)
	return b
}

func TestBombsTakeLittleMemory(t *testing.T) {
	const most = 64 << 20
	for name, bomb := range bombs(t, deflate(make([]byte, most+1))) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := answer(bomb.file)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, bomb.want) {
				t.Errorf("got %v, want %v", err, bomb.want)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > most {
				t.Errorf("allocated %d bytes, want %d at most", n, most)
			}
		})
	}
}

func TestDecodedBytesIsWhatDecodeTakes(t *testing.T) {
	var files [][]byte
	for _, name := range []string{
		"photo.jpg", "video-001.cmyk.jpeg", "video-001.progressive.jpeg", "alpha.png", "static_small.gif", "anim.webp",
	} {
		files = append(files, testFile(t, name))
	}
	for _, format := range written {
		files = append(files, mustEncode(t, withHole(400, 300), format, Options{}))
	}
	for _, b := range files {
		c, err := readConfig(b)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		mustDecode(t, b)
		runtime.ReadMemStats(&after)
		if got := int64(after.TotalAlloc - before.TotalAlloc); got > c.DecodedBytes() {
			t.Errorf("%+v: decoding allocated %d bytes", c, got)
		}
		if least := c.Pixels(); c.DecodedBytes() < least || c.DecodedBytes() > 40*least+codecBytes {
			t.Errorf("%+v: DecodedBytes: got %d for %d pixels", c, c.DecodedBytes(), least)
		}
	}
}

// A frame that is much smaller than its screen costs a byte a pixel of it.
func TestSmallFrameOnALargeScreen(t *testing.T) {
	b := concat(gifHead(8000, 8000), gifFrame(0, 0, 1, 1), []byte{0x3b})
	m := mustDecode(t, b)
	if _, ok := m.(*image.Paletted); !ok {
		t.Errorf("got %T, want *image.Paletted", m)
	}
}
