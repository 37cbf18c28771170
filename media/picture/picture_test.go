package picture

import (
	"bytes"
	"errors"
	"image"
	"io"
	"io/fs"
	"testing"

	"postern/media/codec/jxl"

	"golang.org/x/image/bmp"
)

func TestFormatNames(t *testing.T) {
	for _, test := range []struct {
		format Format
		mime   string
	}{
		{JPEG, "image/jpeg"},
		{PNG, "image/png"},
		{WebP, "image/webp"},
		{AVIF, "image/avif"},
		{HEIC, "image/heic"},
		{JXL, "image/jxl"},
	} {
		t.Run(test.mime, func(t *testing.T) {
			if got := test.format.MIME(); got != test.mime {
				t.Errorf("got %q, want %q", got, test.mime)
			}
		})
	}
}

func TestReadConfigOfSoundPictures(t *testing.T) {
	var bitmap bytes.Buffer
	if err := bmp.Encode(&bitmap, scene(30, 20)); err != nil {
		t.Fatal(err)
	}
	small := testFile(t, "small.jpg")
	plain := mustEncode(t, scene(30, 20), PNG, Options{})
	lossy := bitstreamOf(mustEncode(t, scene(30, 20), WebP, Options{}))
	sequence := bytes.Replace(testFile(t, "a.avif"), []byte("avifmif1"), []byte("avismif1"), 1)
	for _, test := range []struct {
		name          string
		file          []byte
		format        Format
		width, height int
		animated      bool
	}{
		{"a JPEG", testFile(t, "photo.jpg"), JPEG, 800, 600, false},
		{"a JPEG of one pixel", testFile(t, "one.jpg"), JPEG, 1, 1, false},
		{"a progressive JPEG", testFile(t, "video-001.progressive.jpeg"), JPEG, 150, 103, false},
		{"a CMYK JPEG", testFile(t, "video-001.cmyk.jpeg"), JPEG, 150, 103, false},
		{"a JPEG with fill bytes and a few strays", concat(small[:20], []byte("stray\xff\xff"), small[20:]), JPEG, 64, 48, false},
		{"a PNG", testFile(t, "one.png"), PNG, 1, 1, false},
		{"an animated PNG", afterIHDR(plain, makePNGChunk("acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0})), PNG, 30, 20, true},
		{"an animated PNG of one frame", afterIHDR(plain, makePNGChunk("acTL", []byte{0, 0, 0, 1, 0, 0, 0, 0})), PNG, 30, 20, false},
		{"a GIF", testFile(t, "static_small.gif"), GIF, 120, 90, false},
		{"an animated GIF", testFile(t, "anim_small.gif"), GIF, 100, 80, true},
		{"an animated GIF cut short in its second frame", testFile(t, "anim_small.gif")[:12000], GIF, 100, 80, true},
		{"a GIF without a trailer", concat(gifHead(1, 1), gifFrame(0, 0, 1, 1)), GIF, 1, 1, false},
		{"an animated WebP", testFile(t, "anim.webp"), WebP, 800, 600, true},
		{"a lossy WebP", webpFile(lossy), WebP, 30, 20, false},
		{"a WebP of one ANMF chunk", webpFile(vp8x(2, 50, 40), anmf(10, 6, 30, 20, lossy)), WebP, 50, 40, false},
		{"a BMP", bitmap.Bytes(), BMP, 30, 20, false},
		{"a BMP from top to bottom", bmpFile(3, -2, 24, 0, 24), BMP, 3, 2, false},
		{"an AVIF", testFile(t, "a.avif"), AVIF, 800, 600, false},
		{"an AVIF that is displayed turned", testFile(t, "rotated.avif"), AVIF, 480, 640, false},
		{"an AVIF with the brand of sequences but no track", sequence, AVIF, 800, 600, false},
		{"an AVIF sequence", concat(sequence, trackHeader(800, 600)), AVIF, 800, 600, true},
		{"a HEIC", testFile(t, "small.heic"), HEIC, 96, 72, false},
		{"a HEIC made of a grid", testFile(t, "grid.heic"), HEIC, 117, 93, false},
		{"a HEIC that is displayed turned", testFile(t, "rotated.heic"), HEIC, 480, 640, false},
		{"a HEIC sequence", concat(fileType("hevc"), trackHeader(320, 200)), HEIC, 320, 200, true},
		{"a JPEG XL", testFile(t, "small.jxl"), JXL, 96, 72, false},
		{"a JPEG XL in a container, displayed turned", testFile(t, "rotated.jxl"), JXL, 93, 117, false},
		{"a JPEG XL of 16 bits", testFile(t, "deep.jxl"), JXL, 40, 30, false},
		{"a JPEG XL with alpha", testFile(t, "alpha.jxl"), JXL, 96, 72, false},
		{"an animated JPEG XL", testFile(t, "animated.jxl"), JXL, 20, 16, true},
		{"a JPEG XL in pieces", jxlInPieces(testFile(t, "small.jxl")), JXL, 96, 72, false},
		{"an AVIF sequence without a still picture", concat(fileType("avis"), trackHeader(320, 200)), AVIF, 320, 200, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := readConfig(test.file)
			if err != nil {
				t.Fatal(err)
			}
			if got.DecodedBytes() <= 0 {
				t.Errorf("DecodedBytes: got %d, want more than 0", got.DecodedBytes())
			}
			got.decodedBytes, got.effort, got.Alpha, got.Grey, got.Samples = 0, 0, false, false, Samples{}
			want := Config{Format: test.format, Width: test.width, Height: test.height, Animated: test.animated}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestReadConfigOfBadFiles(t *testing.T) {
	photo, gif := testFile(t, "photo.jpg"), testFile(t, "anim_small.gif")
	avif := testFile(t, "a.avif")
	for _, test := range []struct {
		name string
		file []byte
		want error
	}{
		{"nothing", nil, ErrFormat},
		{"a text", []byte("this is not a picture at all"), ErrFormat},
		{"a text that begins as a BMP does", []byte("BMW builds cars and motorcycles"), ErrFormat},
		{"a text that begins as a GIF does", []byte("GIF is a format"), ErrFormat},
		{"a RIFF that is no WebP", []byte("RIFF\x24\x00\x00\x00WAVEfmt "), ErrFormat},
		{"an MP4", concat(fileType("isom"), trackHeader(320, 200)), ErrFormat},
		{"a HEIC without metadata", fileType("heic"), ErrDamaged},
		{"two bytes of a JPEG", photo[:2], ErrFormat},
		{"three bytes of a JPEG", photo[:3], ErrDamaged},
		{"eleven bytes of a JPEG", testFile(t, "hdr.jpg"), ErrDamaged},
		{"a JPEG whose header goes over into garbage", testFile(t, "corrupt.jpg"), ErrDamaged},
		{"a JPEG without a scan", []byte("\xff\xd8\xff\xd9"), ErrDamaged},
		{"a JPEG whose scan has no frame", []byte("\xff\xd8\xff\xda\x00\x02scan"), ErrDamaged},
		{"a JPEG of no width", withoutWidth(photo), ErrDamaged},
		{"a JPEG that ends before its scan", photo[:bytes.Index(photo, []byte{0xff, 0xda})+14], ErrDamaged},
		{"a PNG signature", []byte(pngSignature), ErrDamaged},
		{"a PNG that does not begin with IHDR", pngFile(makePNGChunk("tEXt", make([]byte, 13))), ErrDamaged},
		{"a PNG of no height", pngFile(ihdr(5, 0, 8, 2), makePNGChunk("IDAT", nil)), ErrDamaged},
		{"a PNG without image data", pngFile(ihdr(1, 1, 8, 2), makePNGChunk("IEND", nil)), ErrDamaged},
		{"a PNG of an unknown colour type", pngFile(ihdr(1, 1, 8, 5), makePNGChunk("IDAT", nil)), ErrDamaged},
		{"a GIF header and junk", concat(gif[:13], bytes.Repeat([]byte("junk"), 100)), ErrDamaged},
		{"a GIF header", gif[:13], ErrDamaged},
		{"a GIF without a frame", concat(gifHead(1, 1), []byte{0x3b}), ErrDamaged},
		{"a GIF of no size", concat(gifHead(0, 0), gifFrame(0, 0, 0, 0)), ErrDamaged},
		{"a WebP header", []byte("RIFF\x24\x00\x00\x00WEBP"), ErrDamaged},
		{"a WebP without a picture", webpFile(vp8x(0, 5, 5)), ErrDamaged},
		{"a WebP frame without a picture", webpFile(vp8x(2, 5, 5), anmf(0, 0, 5, 5)), ErrDamaged},
		{"a WebP that is no key frame", webpFile(riffChunk("VP8 ", []byte("\x01\x00\x00\x9d\x01\x2a\x05\x00\x05\x00"))), ErrDamaged},
		{"a BMP of no size", bmpFile(0, 0, 24, 0, 0), ErrDamaged},
		{"a BMP of negative width", bmpFile(-5, 5, 24, 0, 100), ErrDamaged},
		{"a BMP without pixels", bmpFile(100, 100, 24, 0, 16), ErrDamaged},
		{"two bytes of a JPEG XL", []byte("\xff\x0a"), ErrDamaged},
		{"a JPEG XL container without a picture", []byte(jxl.Signature), ErrDamaged},
		{"a JPEG XL of thousands of channels", concat([]byte("\xff\x0a\x41\x80\xff\xff"), make([]byte, 9000)), ErrDamaged},
		{"an AVIF without metadata", avif[:32], ErrDamaged},
		{"an AVIF whose metadata are cut short", avif[:200], ErrDamaged},
		{"an AVIF of no size", withISPE(t, avif, 0, 0), ErrDamaged},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := readConfig(test.file)
			if !errors.Is(err, test.want) {
				t.Errorf("got %+v, %v, want %v", got, err, test.want)
			}
		})
	}
}

// jxlInPieces puts a bare codestream into a container, its header in two parts.
func jxlInPieces(bare []byte) []byte {
	return concat([]byte(jxl.Signature), isoBox("ftyp", []byte("jxl \x00\x00\x00\x00jxl ")),
		isoBox("jxlp", []byte{0, 0, 0, 0}, bare[:3]), isoBox("jxlp", []byte{0x80, 0, 0, 1}, bare[3:]))
}

func withoutWidth(jpeg []byte) []byte {
	b := bytes.Clone(jpeg)
	sof := bytes.Index(b, []byte{0xff, 0xc0})
	b[sof+7], b[sof+8] = 0, 0
	return b
}

func fileType(brand string) []byte {
	return concat([]byte("\x00\x00\x00\x14ftyp"), []byte(brand), []byte("\x00\x00\x00\x00mif1"))
}

// trackHeader is a movie box with nothing but the size of its track.
func trackHeader(width, height uint16) []byte {
	tkhd := concat(make([]byte, 76), []byte{byte(width >> 8), byte(width), 0, 0, byte(height >> 8), byte(height), 0, 0})
	return concat([]byte("\x00\x00\x00\x6cmoov\x00\x00\x00\x64trak\x00\x00\x00\x5ctkhd"), tkhd)
}

// failing fails to read behind an offset, as a broken disk does.
type failing struct {
	io.ReaderAt
	from int64
}

func (f failing) ReadAt(p []byte, offset int64) (int, error) {
	if offset+int64(len(p)) > f.from {
		return 0, fs.ErrClosed
	}
	return f.ReaderAt.ReadAt(p, offset)
}

func TestErrorsOfTheReaderAreNotDamage(t *testing.T) {
	for _, name := range []string{"photo.jpg", "alpha.png", "anim_small.gif", "anim.webp", "a.avif", "small.heic", "rotated.jxl"} {
		b := testFile(t, name)
		_, err := ReadConfig(failing{bytes.NewReader(b), 0}, int64(len(b)))
		if !errors.Is(err, fs.ErrClosed) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrFormat) {
			t.Errorf("%s: got %v, want that of the reader alone", name, err)
		}
	}
}

func TestPixels(t *testing.T) {
	if got := (Config{Width: 1 << 20, Height: 1 << 20}).Pixels(); got != 1<<40 {
		t.Errorf("got %d, want %d", got, int64(1)<<40)
	}
}

// sized is of the size that the header tells.
func sized(m image.Image, c Config) bool {
	return m.Bounds() == image.Rect(0, 0, c.Width, c.Height)
}

// What a picture has beside plain colours decides what a decoder outside is asked
// for.
func TestReadConfigTellsAlphaAndGrey(t *testing.T) {
	for name, want := range map[string][2]bool{
		"small.jxl": {}, "alpha.jxl": {true, false}, "deep.jxl": {false, true}, "small.heic": {}, "a.avif": {},
	} {
		c, err := readConfig(testFile(t, name))
		if got := [2]bool{c.Alpha, c.Grey}; err != nil || got != want {
			t.Errorf("%s: alpha and grey: got %v, %v, want %v", name, got, err, want)
		}
	}
}
