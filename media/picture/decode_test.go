package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"io/fs"
	"testing"

	"postern/media/codec/palette"

	"golang.org/x/image/bmp"
)

func TestDecodeGivesTheSizeOfTheHeader(t *testing.T) {
	for _, name := range []string{
		"photo.jpg", "small.jpg", "one.jpg", "video-001.cmyk.jpeg", "video-001.rgb.jpeg", "video-001.progressive.jpeg",
		"alpha.png", "one.png", "anim_small.gif", "static_small.gif", "anim.webp", "../../codec/bmp/testdata/rle8.bmp",
	} {
		t.Run(name, func(t *testing.T) {
			b := testFile(t, name)
			c, err := readConfig(b)
			if err != nil {
				t.Fatal(err)
			}
			m := mustDecode(t, b)
			if want := image.Rect(0, 0, c.Width, c.Height); m.Bounds() != want {
				t.Errorf("got %v, want %v", m.Bounds(), want)
			}
		})
	}
}

func TestDecodeOfPNGKinds(t *testing.T) {
	want := scene(41, 37)
	deep, grey, paletted := image.NewNRGBA64(want.Rect), image.NewGray16(want.Rect), palette.Quantise(want)
	for y := range 37 {
		for x := range 41 {
			deep.Set(x, y, want.At(x, y))
			grey.Set(x, y, want.At(x, y))
		}
	}
	deep.SetNRGBA64(5, 5, color.NRGBA64{0xffff, 0, 0, 0x8000})
	for _, test := range []struct {
		name  string
		m     image.Image
		alpha uint8
	}{
		{"8 bits", want, 255},
		{"16 bits and alpha", deep, 128},
		{"16 bits grey", grey, 255},
		{"palette", paletted, 255},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := png.Encode(&b, test.m); err != nil {
				t.Fatal(err)
			}
			got := mustDecode(t, b.Bytes())
			if d := distance(t, got, test.m); d > 0.5 {
				t.Errorf("differs by %.2f, want the same picture", d)
			}
			if got := alphaAt(got, 5, 5); got != test.alpha {
				t.Errorf("alpha: got %d, want %d", got, test.alpha)
			}
		})
	}
}

// Grey with alpha and interlaced pictures are not written by image/png.
func TestDecodeOfHandMadePNGs(t *testing.T) {
	idat := func(rows ...byte) []byte { return makePNGChunk("IDAT", deflate(rows)) }
	palettePNG := func(colours ...byte) []byte { return makePNGChunk("PLTE", colours) }
	end := makePNGChunk("IEND", nil)
	for _, test := range []struct {
		name string
		file []byte
		want []color.NRGBA // of the pixels of a row, and the next
	}{
		{
			"grey and alpha",
			pngFile(ihdr(2, 1, 8, 4), makePNGChunk("IDAT", deflate([]byte{0, 200, 255, 100, 10})), makePNGChunk("IEND", nil)),
			[]color.NRGBA{{200, 200, 200, 255}, {100, 100, 100, 10}},
		},
		{
			"grey with a transparent grey",
			pngFile(ihdr(2, 1, 8, 0), makePNGChunk("tRNS", []byte{0, 200}), makePNGChunk("IDAT", deflate([]byte{0, 200, 100})), makePNGChunk("IEND", nil)),
			[]color.NRGBA{{200, 200, 200, 0}, {100, 100, 100, 255}},
		},
		{
			"a palette with transparent and half transparent colours",
			pngFile(ihdr(2, 2, 2, 3), palettePNG(9, 8, 7, 1, 2, 3, 4, 5, 6), makePNGChunk("tRNS", []byte{0, 128}), idat(0, 0b00_01_0000, 0, 0b10_00_0000), end),
			[]color.NRGBA{{9, 8, 7, 0}, {1, 2, 3, 128}, {4, 5, 6, 255}, {9, 8, 7, 0}},
		},
		{
			"colours of which one is transparent",
			pngFile(ihdr(2, 1, 8, 2), makePNGChunk("tRNS", []byte{0, 1, 0, 2, 0, 3}), idat(0, 1, 2, 3, 1, 2, 4), end),
			[]color.NRGBA{{1, 2, 3, 0}, {1, 2, 4, 255}},
		},
		{
			"colours of 16 bits of which one is transparent: both bytes count",
			pngFile(ihdr(2, 1, 16, 2), makePNGChunk("tRNS", []byte{1, 9, 2, 9, 3, 9}), idat(0, 1, 9, 2, 9, 3, 9, 1, 9, 2, 9, 3, 8), end),
			[]color.NRGBA{{1, 2, 3, 0}, {1, 2, 3, 255}},
		},
		{
			"grey of 16 bits of which one is transparent",
			pngFile(ihdr(2, 1, 16, 0), makePNGChunk("tRNS", []byte{200, 1}), idat(0, 200, 1, 200, 2), end),
			[]color.NRGBA{{200, 200, 200, 0}, {200, 200, 200, 255}},
		},
		{
			"grey and alpha of 16 bits",
			pngFile(ihdr(2, 1, 16, 4), idat(0, 200, 200, 255, 255, 100, 100, 0, 0), end),
			[]color.NRGBA{{200, 200, 200, 255}, {0, 0, 0, 0}},
		},
		{
			"colours and alpha of 16 bits",
			pngFile(ihdr(2, 1, 16, 6), idat(0, 1, 1, 2, 2, 3, 3, 255, 255, 255, 255, 0, 0, 0, 0, 128, 128), end),
			[]color.NRGBA{{1, 2, 3, 255}, {255, 0, 0, 128}},
		},
		{
			"one bit",
			pngFile(ihdr(2, 2, 1, 0), idat(0, 0b01_000000, 0, 0b10_000000), end),
			[]color.NRGBA{{0, 0, 0, 255}, {255, 255, 255, 255}, {255, 255, 255, 255}, {0, 0, 0, 255}},
		},
		{
			"two bits of grey",
			pngFile(ihdr(2, 1, 2, 0), idat(0, 0b01_10_0000), end),
			[]color.NRGBA{{85, 85, 85, 255}, {170, 170, 170, 255}},
		},
		{
			"four bits of grey of which one is transparent",
			pngFile(ihdr(2, 1, 4, 0), makePNGChunk("tRNS", []byte{0, 15}), idat(0, 0x3f), end),
			[]color.NRGBA{{51, 51, 51, 255}, {255, 255, 255, 0}},
		},
		{
			"interlaced",
			pngFile(interlaced(ihdr(2, 2, 8, 0)), makePNGChunk("IDAT", deflate([]byte{0, 10, 0, 20, 0, 30, 40})), makePNGChunk("IEND", nil)),
			[]color.NRGBA{{10, 10, 10, 255}, {20, 20, 20, 255}, {30, 30, 30, 255}, {40, 40, 40, 255}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := mustDecode(t, test.file)
			for i, want := range test.want {
				got := color.NRGBAModel.Convert(m.At(i%2, i/2)).(color.NRGBA)
				if want.A == 0 {
					got, want = color.NRGBA{A: got.A}, color.NRGBA{} // its colour does not show
				}
				if got != want {
					t.Errorf("pixel %d: got %v, want %v", i, got, want)
				}
			}
		})
	}
}

func interlaced(chunk []byte) []byte {
	data := bytes.Clone(chunk[8 : len(chunk)-4])
	data[12] = 1
	return makePNGChunk("IHDR", data)
}

func TestScaledJPEGIsNotSmallerThanAskedFor(t *testing.T) {
	b := testFile(t, "photo.jpg") // 800x600
	c, err := readConfig(b)
	if err != nil {
		t.Fatal(err)
	}
	whole := mustDecode(t, b)
	for _, test := range []struct {
		width, height int
		want          image.Point
	}{
		{1, 1, image.Pt(100, 75)},
		{100, 75, image.Pt(100, 75)},
		{101, 75, image.Pt(200, 150)},
		{100, 151, image.Pt(400, 300)},
		{500, 10, image.Pt(800, 600)},
		{5000, 5000, image.Pt(800, 600)},
	} {
		t.Run(fmt.Sprint(test.width), func(t *testing.T) {
			m, err := Decode(context.Background(), bytes.NewReader(b), int64(len(b)), c, test.width, test.height)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Bounds().Size(); got != test.want {
				t.Errorf("at least %dx%d: got %v, want %v", test.width, test.height, got, test.want)
			}
			if d := distance(t, Fit(m, 100), Fit(whole, 100)); d > 5 {
				t.Errorf("at least %dx%d: differs from the whole by %.1f", test.width, test.height, d)
			}
		})
	}
}

func TestTruncatedJPEGShowsWhatIsThere(t *testing.T) {
	b := testFile(t, "photo.jpg")
	whole, got := toNRGBA(mustDecode(t, b)), toNRGBA(mustDecode(t, b[:len(b)/2]))
	top := image.Rect(0, 0, 800, 200)
	if d := distance(t, got.SubImage(top), whole.SubImage(top)); d > 0 {
		t.Errorf("the part that is there differs by %.1f", d)
	}
	grey := color.NRGBA{128, 128, 128, 255}
	if got := got.NRGBAAt(799, 599); got != grey {
		t.Errorf("the part that is missing: got %v, want %v", got, grey)
	}
}

func TestDecodeOfBadPictures(t *testing.T) {
	photo := testFile(t, "photo.jpg")
	scan := bytes.Index(photo, []byte{0xff, 0xda}) + 14
	alpha, anim := testFile(t, "alpha.png"), testFile(t, "anim.webp")
	lossless := bytes.Replace(photo, []byte{0xff, 0xc0}, []byte{0xff, 0xc3}, 1)
	for _, test := range []struct {
		name string
		file []byte
		want error
	}{
		{"a JPEG whose scan is missing", concat(photo[:scan], []byte{0xff, 0xd9}), ErrDamaged},
		{"a lossless JPEG", lossless, ErrNoDecoder},
		{"a PNG with a wrong checksum", bytes.Replace(alpha, []byte("IDAT"), []byte("IDAT\x00"), 1), ErrDamaged},
		{"a PNG without a row", alpha[:bytes.Index(alpha, []byte("IDAT"))+8], ErrDamaged},
		{"a WebP cut short", anim[:1000], ErrDamaged},
		{"a BMP with a JPEG inside", bmpFile(4, 4, 0, 4, 100), ErrNoDecoder},
		{"a BMP of run lengths that has no end", bmpFile(4, 4, 8, 1, 5), ErrDamaged},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := decodeBytes(test.file)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, %v, want %v", m, err, test.want)
			}
		})
	}
}

func TestDecodeRefusesAnotherSizeThanTheGateSaw(t *testing.T) {
	for _, name := range []string{"photo.jpg", "video-001.cmyk.jpeg", "alpha.png", "static_small.gif", "anim.webp", "../../codec/bmp/testdata/info24.bmp"} {
		b := testFile(t, name)
		c, err := readConfig(b)
		if err != nil {
			t.Fatal(err)
		}
		c.Width--
		m, err := Decode(context.Background(), bytes.NewReader(b), int64(len(b)), c, 1, 1)
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, %v, want %v", name, m, err, ErrDamaged)
		}
	}
}

func TestDecodeStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, name := range []string{"photo.jpg", "video-001.cmyk.jpeg", "alpha.png", "static_small.gif", "anim.webp", "../../codec/bmp/testdata/info24.bmp"} {
		b := testFile(t, name)
		c, err := readConfig(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(ctx, bytes.NewReader(b), int64(len(b)), c, 1, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want %v", name, err, context.Canceled)
		}
	}
}

// leaving cancels the request when an offset is read, and counts the reads that
// come after.
type leaving struct {
	io.ReaderAt
	from   int64
	cancel func()
	left   bool
	after  int
}

func (l *leaving) ReadAt(p []byte, offset int64) (int, error) {
	if l.left {
		l.after++
	}
	if offset+int64(len(p)) > l.from && !l.left {
		l.left = true
		l.cancel()
	}
	return l.ReaderAt.ReadAt(p, offset)
}

func TestDecodeStopsInTheMiddle(t *testing.T) {
	for _, name := range []string{"photo.jpg", "video-001.cmyk.jpeg", "alpha.png", "static_small.gif", "../../codec/bmp/testdata/info24.bmp"} {
		b := testFile(t, name)
		c, err := readConfig(b)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		r := &leaving{ReaderAt: bytes.NewReader(b), from: min(int64(len(b))/2, 5000), cancel: cancel}
		_, err = Decode(ctx, r, int64(len(b)), c, c.Width, c.Height)
		if !r.left || r.after > 0 || len(b) > 10_000 && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, %d reads after the request was gone", name, err, r.after)
		}
	}
}

func TestDecodeTellsTheErrorOfTheReader(t *testing.T) {
	for _, name := range []string{"photo.jpg", "video-001.cmyk.jpeg", "alpha.png", "static_small.gif", "anim.webp", "../../codec/bmp/testdata/info24.bmp"} {
		b := testFile(t, name)
		c, err := readConfig(b)
		if err != nil {
			t.Fatal(err)
		}
		broken := failing{bytes.NewReader(b), int64(len(b)) / 2}
		_, err = Decode(context.Background(), broken, int64(len(b)), c, c.Width, c.Height)
		if !errors.Is(err, fs.ErrClosed) || errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want that of the reader alone", name, err)
		}
	}
}

func TestFirstFrameLiesOnATransparentScreen(t *testing.T) {
	full := make(color.Palette, 256)
	for i := range full {
		full[i] = color.NRGBA{uint8(i), 100, 200, 255}
	}
	for _, test := range []struct {
		name    string
		palette color.Palette
	}{
		{"a palette with room", color.Palette{color.White, color.Black}},
		{"a palette with a transparent colour", color.Palette{color.White, color.Transparent}},
		{"a palette that is full", full},
	} {
		t.Run(test.name, func(t *testing.T) {
			frame := image.NewPaletted(image.Rect(3, 2, 6, 5), test.palette)
			var b bytes.Buffer
			err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{0}, Config: image.Config{Width: 9, Height: 8}})
			if err != nil {
				t.Fatal(err)
			}
			m := mustDecode(t, b.Bytes())
			if want := image.Rect(0, 0, 9, 8); m.Bounds() != want {
				t.Fatalf("got %v, want %v", m.Bounds(), want)
			}
			for _, p := range []image.Point{{0, 0}, {2, 2}, {6, 4}, {3, 5}, {8, 7}} {
				if a := alphaAt(m, p.X, p.Y); a != 0 {
					t.Errorf("alpha at %v: got %d, want 0", p, a)
				}
			}
			for _, p := range []image.Point{{3, 2}, {5, 4}} {
				if got, want := color.NRGBAModel.Convert(m.At(p.X, p.Y)), color.NRGBAModel.Convert(test.palette[0]); got != want {
					t.Errorf("at %v: got %v, want %v", p, got, want)
				}
			}
		})
	}
}

func TestFirstFrameOfAWebPLiesOnItsCanvas(t *testing.T) {
	lossy := bitstreamOf(mustEncode(t, scene(30, 20), WebP, Options{}))
	m := mustDecode(t, webpFile(vp8x(2, 50, 40), anmf(10, 6, 30, 20, lossy), anmf(0, 0, 30, 20, lossy)))
	if want := image.Rect(0, 0, 50, 40); m.Bounds() != want {
		t.Fatalf("got %v, want %v", m.Bounds(), want)
	}
	if got := alphaAt(m, 9, 6); got != 0 {
		t.Errorf("alpha beside the frame: got %d, want 0", got)
	}
	part := toNRGBA(m).SubImage(image.Rect(10, 6, 40, 26))
	if d := distance(t, part, scene(30, 20)); d > 6 {
		t.Errorf("the frame differs by %.1f", d)
	}
}

// The planes of a WebP are of limited range; read as full range they are 12
// apart from the JPEG (MSE 142).
func TestWebPAndJPEGOfOnePictureLookAlike(t *testing.T) {
	got := distance(t, mustDecode(t, testFile(t, "anim.webp")), mustDecode(t, testFile(t, "photo.jpg")))
	if got > 5 {
		t.Errorf("differ by %.1f, want 5 at most", got)
	}
}

func TestRangeIsStretched(t *testing.T) {
	m := image.NewYCbCr(image.Rect(0, 0, 3, 1), image.YCbCrSubsampleRatio444)
	copy(m.Y, []byte{16, 235, 126})
	copy(m.Cb, []byte{16, 240, 128})
	copy(m.Cr, []byte{240, 16, 128})
	fullRange(m)
	if want := []byte{0, 255, 128}; !bytes.Equal(m.Y[:3], want) {
		t.Errorf("Y: got %v, want %v", m.Y[:3], want)
	}
	if want := []byte{1, 255, 128}; !bytes.Equal(m.Cb[:3], want) {
		t.Errorf("Cb: got %v, want %v", m.Cb[:3], want)
	}
	if want := []byte{255, 1, 128}; !bytes.Equal(m.Cr[:3], want) {
		t.Errorf("Cr: got %v, want %v", m.Cr[:3], want)
	}
}

func TestBMPIsDecoded(t *testing.T) {
	var b bytes.Buffer
	if err := bmp.Encode(&b, scene(31, 17)); err != nil {
		t.Fatal(err)
	}
	if d := distance(t, mustDecode(t, b.Bytes()), scene(31, 17)); d != 0 {
		t.Errorf("differs by %.2f, want 0", d)
	}
}

func TestPanicOfACodecIsDamage(t *testing.T) {
	decode := func() (err error) {
		defer guard(&err)
		_ = binary.BigEndian.Uint32(nil)
		return nil
	}
	if err := decode(); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want %v", err, ErrDamaged)
	}
}
