package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"io"
	"testing"
	"unicode/utf16"

	"postern/media/codec/icc"
	"postern/media/codec/palette"
)

func deflate(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

// written are the formats that are written in every build.
var written = []Format{JPEG, PNG, GIF, WebP}

func TestRoundTripKeepsSizeAndColour(t *testing.T) {
	for _, format := range written {
		for _, size := range []image.Point{{1, 1}, {7, 5}, {64, 48}, {131, 97}} {
			for name, m := range kinds(scene(size.X, size.Y)) {
				got := mustDecode(t, mustEncode(t, m, format, Options{}))
				if got.Bounds().Size() != size {
					t.Errorf("%s of %s: got %v, want %v", format, name, got.Bounds(), size)
				}
				if d := meanDifference(got, m); d > 4 {
					t.Errorf("%s of %s, %v: mean colours differ by %.1f", format, name, size, d)
				}
				if d := distance(t, got, m); d > 8 && size.X >= 64 { // smaller ones are all edges
					t.Errorf("%s of %s, %v: differs by %.1f", format, name, size, d)
				}
			}
		}
	}
}

// meanDifference is the greatest difference of the means of a channel.
func meanDifference(a, b image.Image) float64 {
	p, q := meanColour(a), meanColour(b)
	most := 0.0
	for i := range p {
		most = max(most, p[i]-q[i], q[i]-p[i])
	}
	return most
}

func meanColour(m image.Image) (mean [4]float64) {
	n := toNRGBA(m)
	for y := range n.Rect.Dy() {
		for i, v := range nrgbaRow(n, y) {
			mean[i%4] += float64(v) / float64(n.Rect.Dx()*n.Rect.Dy())
		}
	}
	return mean
}

func TestAlphaIsKept(t *testing.T) {
	for _, format := range []Format{PNG, GIF, WebP} {
		for _, m := range []image.Image{withHole(60, 40), toRGBA(withHole(60, 40)), palette.Quantise(withHole(8, 8))} {
			got := mustDecode(t, mustEncode(t, m, format, Options{}))
			size := got.Bounds().Size()
			if a := alphaAt(got, size.X/2, size.Y/2); a != 0 {
				t.Errorf("%s of %T: alpha of the hole: got %d, want 0", format, m, a)
			}
			if a := alphaAt(got, 0, 0); a != 255 {
				t.Errorf("%s of %T: alpha of the edge: got %d, want 255", format, m, a)
			}
		}
	}
}

func TestHalfTransparentPixels(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 32, 32))
	for i := 0; i < len(m.Pix); i += 4 {
		copy(m.Pix[i:], []byte{200, 40, 40, 128})
	}
	for _, test := range []struct {
		format Format
		want   color.NRGBA
		within int
	}{
		{PNG, color.NRGBA{200, 40, 40, 128}, 0},
		{WebP, color.NRGBA{200, 40, 40, 128}, 3},
		{GIF, color.NRGBA{200, 40, 40, 255}, 0},
		{JPEG, color.NRGBA{227, 147, 147, 255}, 3}, // half of it white
	} {
		t.Run(string(test.format), func(t *testing.T) {
			got := toNRGBA(mustDecode(t, mustEncode(t, m, test.format, Options{}))).NRGBAAt(16, 16)
			for i, pair := range [][2]uint8{{got.R, test.want.R}, {got.G, test.want.G}, {got.B, test.want.B}, {got.A, test.want.A}} {
				if d := int(pair[0]) - int(pair[1]); d > test.within || d < -test.within {
					t.Errorf("channel %d: got %v, want %v", i, got, test.want)
				}
			}
		})
	}
}

func TestGIFOfFewColoursKeepsThem(t *testing.T) {
	m := quarters(image.Pt(40, 30))
	got := mustDecode(t, mustEncode(t, m, GIF, Options{}))
	if d := distance(t, got, m); d != 0 {
		t.Errorf("differs by %.2f, want 0", d)
	}
}

func TestGIFOfPaletteWithHalfTransparentColours(t *testing.T) {
	m := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.NRGBA{250, 0, 0, 200}, color.NRGBA{0, 0, 250, 50}})
	m.Pix[1] = 1
	got := mustDecode(t, mustEncode(t, m, GIF, Options{}))
	if a, b := alphaAt(got, 0, 0), alphaAt(got, 1, 0); a != 255 || b != 0 {
		t.Errorf("alpha: got %d and %d, want 255 and 0", a, b)
	}
}

func TestQualityCounts(t *testing.T) {
	for _, format := range []Format{JPEG, WebP} {
		photo := Fit(mustDecode(t, testFile(t, "photo.jpg")), 200)
		low, standard := len(mustEncode(t, photo, format, Options{Quality: 30})), len(mustEncode(t, photo, format, Options{}))
		ninety := len(mustEncode(t, photo, format, Options{Quality: 90}))
		if low >= standard {
			t.Errorf("%s: %d bytes at quality 30, %d at the standard one", format, low, standard)
		}
		if standard != ninety {
			t.Errorf("%s: %d bytes at the standard quality, %d at 90", format, standard, ninety)
		}
	}
}

func TestEncodeErrors(t *testing.T) {
	broken := errors.New("disk is full")
	for _, format := range written {
		if err := Encode(fullDisk{broken}, scene(40, 30), format, Options{}); !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want %v", format, err, broken)
		}
		if err := Encode(io.Discard, image.NewNRGBA(image.Rectangle{}), format, Options{}); err == nil {
			t.Errorf("%s of no pixels: got no error", format)
		}
	}
	for _, format := range []Format{BMP, "tiff"} {
		if err := Encode(io.Discard, scene(4, 3), format, Options{}); !errors.Is(err, ErrNoDecoder) {
			t.Errorf("%s: got %v, want %v", format, err, ErrNoDecoder)
		}
	}
}

type fullDisk struct{ err error }

func (d fullDisk) Write([]byte) (int, error) { return 0, d.err }

func TestProfileSurvivesARoundTrip(t *testing.T) {
	wide := profile("Display P3", "RGB ", 150_000) // more than an APP2 segment or two
	for _, format := range []Format{JPEG, PNG, WebP} {
		b := mustEncode(t, scene(40, 30), format, Options{ICC: wide})
		c, err := readConfig(b)
		if err != nil {
			t.Fatal(err)
		}
		if got := ICC(bytes.NewReader(b), int64(len(b)), c); !bytes.Equal(got, wide) {
			t.Errorf("%s: got a profile of %d bytes, want the one of %d", format, len(got), len(wide))
		}
		if d := distance(t, mustDecode(t, b), scene(40, 30)); d > 6 {
			t.Errorf("%s: differs by %.1f", format, d)
		}
	}
}

func TestICCLeavesOutWhatIsOfNoUse(t *testing.T) {
	for _, test := range []struct {
		name    string
		profile []byte
	}{
		{"none", nil},
		{"sRGB", profile("sRGB IEC61966-2.1", "RGB ", 3000)},
		{"one for printing", profile("Coated FOGRA39", "CMYK", 3000)},
		{"one that is too large", profile("Display P3", "RGB ", maxICC+4000)},
		{"garbage", bytes.Repeat([]byte("garbage "), 100)},
		{"a header", profile("Display P3", "RGB ", 3000)[:100]},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, format := range []Format{JPEG, PNG, WebP} {
				b := mustEncode(t, scene(40, 30), format, Options{ICC: test.profile})
				c, err := readConfig(b)
				if err != nil {
					t.Fatal(err)
				}
				if got := ICC(bytes.NewReader(b), int64(len(b)), c); got != nil {
					t.Errorf("%s in %s: got a profile of %d bytes, want nil", test.name, format, len(got))
				}
			}
		})
	}
}

// profile is a colour profile of about the given length, plain already, with a description and a
// curve.
func profile(description, space string, length int) []byte {
	b := described(description, space, length)
	const curve = 512
	binary.BigEndian.PutUint32(b[128:], 2)
	copy(b[144:], "kTRC")
	binary.BigEndian.PutUint32(b[148:], curve)
	binary.BigEndian.PutUint32(b[152:], uint32(length-curve))
	copy(b[curve:], "curv")
	binary.BigEndian.PutUint32(b[curve+8:], uint32(length-curve-12)/2)
	return icc.Plain(b)
}

// described is a colour profile of the given length with a description alone.
func described(description, space string, length int) []byte {
	b := make([]byte, max(length, 1024))
	copy(b[8:], "\x04\x40\x00\x00mntr")
	copy(b[16:], space+"XYZ ")
	copy(b[36:], "acsp")
	binary.BigEndian.PutUint32(b[128:], 1)
	copy(b[132:], "desc")
	text := utf16.Encode([]rune(description))
	binary.BigEndian.PutUint32(b[136:], 176)
	binary.BigEndian.PutUint32(b[140:], uint32(28+2*len(text)))
	at := b[32:]
	copy(at[144:], "mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0cenUS")
	binary.BigEndian.PutUint32(at[164:], uint32(2*len(text)))
	binary.BigEndian.PutUint32(at[168:], 28)
	for i, unit := range text {
		binary.BigEndian.PutUint16(at[172+2*i:], unit)
	}
	return b
}

func TestOldDescriptionOfAProfile(t *testing.T) {
	b := described("", "RGB ", 3000)
	copy(b[176:], "desc\x00\x00\x00\x00\x00\x00\x00\x05sRGB\x00")
	binary.BigEndian.PutUint32(b[140:], 90)
	if !icc.IsSRGB(b) {
		t.Errorf("description %q is not taken for sRGB", icc.Description(b))
	}
}
