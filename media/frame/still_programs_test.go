package frame

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"postern/media/picture"
)

// stillOf decodes a file of media/picture by the programs that are there.
func stillOf(t *testing.T, l *DecoderChain, name string) (m image.Image, icc []byte) {
	t.Helper()
	b, err := os.ReadFile("../picture/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	r, size := bytes.NewReader(b), int64(len(b))
	c, err := picture.ReadConfig(r, size)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range l.stills[c.Format] {
		if d.path != "" && d.works() == nil {
			if m, icc, err = l.Still(context.Background(), r, size, c, c.Width, c.Height); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := m.Bounds().Size(); got != image.Pt(c.Width, c.Height) {
				t.Fatalf("%s: got %v, want %dx%d", name, got, c.Width, c.Height)
			}
			return m, icc
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s: no program decodes it", name)
	}
	t.Skipf("%s: no program decodes it", name)
	return nil, nil
}

// wantColour looks at a pixel, in colours that are not multiplied by alpha.
func wantColour(t *testing.T, name string, m image.Image, x, y int, want color.NRGBA, tolerance int) {
	t.Helper()
	at := m.Bounds().Min.Add(image.Pt(x, y))
	got := color.NRGBAModel.Convert(m.At(at.X, at.Y)).(color.NRGBA)
	if got.A == 0 && want.A == 0 {
		return
	}
	for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B), int(got.A) - int(want.A)} {
		if max(d, -d) > tolerance {
			t.Errorf("%s at %d,%d: got %v, want about %v", name, x, y, got, want)
			return
		}
	}
}

// Kinds of HEIC that the codec of this process shows wrong or not at all.
func TestProgramsShowHEICOfEveryKind(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	b, err := os.ReadFile("../picture/testdata/small.png")
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"small.heic", "c422.heic", "c444.heic", "lossless.heic", "mono.heic", "small.jxl", "alpha.jxl"} {
		m, _ := stillOf(t, l, name)
		for _, at := range []image.Point{{6, 60}, {48, 40}, {88, 60}, {88, 4}} {
			c := color.NRGBAModel.Convert(want.At(at.X, at.Y)).(color.NRGBA)
			if name == "mono.heic" {
				y := color.GrayModel.Convert(c).(color.Gray).Y
				c = color.NRGBA{y, y, y, 255}
			}
			wantColour(t, name, m, at.X, at.Y, c, 48)
		}
	}
	for _, name := range []string{"slices.heic", "grid.heic", "rotated.heic", "rotated.jxl", "deep.jxl", "a.avif", "rotated.avif"} {
		stillOf(t, l, name)
	}
}

func TestProgramsShowAlpha(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	for _, name := range []string{"still/alpha.heic", "still/alpha.avif"} {
		m, _ := stillOf(t, l, name)
		wantColour(t, name, m, 8, 24, color.NRGBA{}, 8)
		wantColour(t, name, m, 56, 24, color.NRGBA{254, 0, 0, 255}, 24)
	}
}

// The samples of a lossless JPEG XL mean nothing without its profile.
func TestProgramsGiveTheProfileOfAJPEGXL(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	m, icc := stillOf(t, l, "still/a98-lossless.jxl")
	if len(icc) == 0 {
		t.Error("there is no profile")
	}
	wantColour(t, "still/a98-lossless.jxl", m, 60, 2, color.NRGBA{240, 8, 0, 255}, 24)
	if _, icc := stillOf(t, l, "a98.jxl"); !bytes.Contains(icc, []byte("DCI_Rel_SRG")) && !bytes.Contains(icc, utf16("DCI_Rel_SRG")) {
		t.Error("a98.jxl, whose profile is not how it is coded, is not shown in the colours of Display P3")
	}
	if _, icc := stillOf(t, l, "small.jxl"); len(icc) > 0 {
		t.Errorf("small.jxl, of sRGB, has a profile of %d bytes", len(icc))
	}
}

// utf16 is a text of ASCII as profiles have it.
func utf16(s string) []byte {
	var b []byte
	for _, c := range []byte(s) {
		b = append(b, 0, c)
	}
	return b
}

func TestReadPNM(t *testing.T) {
	grey, red, glass := color.NRGBA{7, 7, 7, 255}, color.NRGBA{255, 0, 1, 255}, color.NRGBA{255, 0, 1, 9}
	pam := func(depth string) string {
		return "P7\nWIDTH 1\nHEIGHT 1\nDEPTH " + depth + "\nMAXVAL 255\nTUPLTYPE X\nENDHDR\n"
	}
	for text, want := range map[string]color.NRGBA{
		"P5\n1 1\n255\n\x07":                       grey,
		"P5\n1 1\n65535\n\x07\x07":                 grey,
		"P6\n1 1\n255\n\xff\x00\x01":               red,
		"P6\n1 1\n65535\n\xff\xff\x00\x00\x01\x01": red,
		pam("4") + "\xff\x00\x01\x09":              glass,
		pam("3") + "\xff\x00\x01":                  red,
		pam("2") + "\x07\x09":                      {7, 7, 7, 9},
		pam("1") + "\x07":                          grey,
		"P5\n1 1\n15\n\x05":                        {85, 85, 85, 255},
		"P6\n1 1\n1023\n\x03\xff\x00\x00\x00\x04":  red, // 4 of 1023 is 1 of 255
		"P5\n1 1\n1023\n\xff\xff":                  {255, 255, 255, 255},
	} {
		m, err := readPNM(bufio.NewReader(strings.NewReader(text)), image.Pt(1, 1), image.Pt(1, 1))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		wantColour(t, text, m, 0, 0, want, 0)
	}
	for _, text := range []string{
		"", "P4\n1 1\n", "P6\n2 1\n255\n\x00\x00\x00\x00\x00\x00", "P6\n1 1\n255\n\x00", "P6\n1 1\n1000\n\x00\x00\x00", "P6\n1 1\n65536\n\x00\x00\x00\x00\x00\x00",
		pam("5") + "\x00\x00\x00\x00\x00", "P7\n" + strings.Repeat("WIDTH 1\n", 99), "P5\n1 1\n0\n\x00",
	} {
		if _, err := readPNM(bufio.NewReader(strings.NewReader(text)), image.Pt(1, 1), image.Pt(1, 1)); !errors.Is(err, errOutput) {
			t.Errorf("%q: got %v, want %v", text, err, errOutput)
		}
	}
}

// dav1d gets the frame alone, so what the container tells of its samples must arrive.
func TestDav1dShowsAVIFOfEveryKind(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	b, err := os.ReadFile("../picture/testdata/small.png")
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		kind      string
		tolerance float64 // of the mean difference of a sample
	}{
		{"444", 2}, {"422-limited", 4}, {"420-709-full", 4}, {"mono", 2}, {"10bit", 4}, {"12bit", 2}, {"identity", 0.01}, {"601", 4}, {"untold", 4},
	} {
		t.Run(test.kind, func(t *testing.T) {
			m := stillBy(t, l, "dav1d", "still/av1-"+test.kind+".avif")
			model := color.Model(color.NRGBAModel)
			if test.kind == "mono" {
				model = color.GrayModel
			}
			if got := meanDifference(t, m, want, model); got > test.tolerance {
				t.Errorf("got a mean difference of %.2f, want %.2f at most", got, test.tolerance)
			}
		})
	}
	// Alpha planes, grids and layers are for the others.
	if _, err := decodeBy(t, l, "dav1d", "still/alpha.avif"); !errors.Is(err, picture.ErrNoDecoder) {
		t.Errorf("alpha.avif: got %v, want %v", err, picture.ErrNoDecoder)
	}
}

// stillBy decodes a file of media/picture by the program of a name.
func stillBy(t *testing.T, l *DecoderChain, program, name string) image.Image {
	t.Helper()
	m, err := decodeBy(t, l, program, name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func decodeBy(t *testing.T, l *DecoderChain, program, name string) (image.Image, error) {
	t.Helper()
	b, err := os.ReadFile("../picture/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	r, size := bytes.NewReader(b), int64(len(b))
	c, err := picture.ReadConfig(r, size)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range l.stills[c.Format] {
		if d.name == program && d.works() == nil {
			m, _, err := d.show(t.Context(), stillJob{r, size, c, c.Width, c.Height})
			return m, err
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s does not work", program)
	}
	t.Skipf("%s is not installed", program)
	return nil, nil
}

// meanDifference is that of a sample of two pictures of one size, in colours of a model.
func meanDifference(t *testing.T, a, b image.Image, model color.Model) float64 {
	t.Helper()
	if a.Bounds().Size() != b.Bounds().Size() {
		t.Fatalf("got %v, want %v", a.Bounds().Size(), b.Bounds().Size())
	}
	sum, size := 0.0, a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			p, q := a.Bounds().Min.Add(image.Pt(x, y)), b.Bounds().Min.Add(image.Pt(x, y))
			r1, g1, b1, _ := model.Convert(a.At(p.X, p.Y)).RGBA()
			r2, g2, b2, _ := model.Convert(b.At(q.X, q.Y)).RGBA()
			for _, d := range []int{int(r1) - int(r2), int(g1) - int(g2), int(b1) - int(b2)} {
				sum += float64(max(d, -d)) / 257
			}
		}
	}
	return sum / float64(3*size.X*size.Y)
}

// A large picture is made smaller as it is read: as if it were read first.
func TestReadPNMMakesSmaller(t *testing.T) {
	size := image.Pt(150, 90)
	random := rand.New(rand.NewPCG(3, 3))
	for head, pixel := range map[string]int{
		"P5\n150 90\n255\n": 1, "P6\n150 90\n255\n": 3, "P5\n150 90\n65535\n": 2, "P7\nWIDTH 150\nHEIGHT 90\nDEPTH 4\nMAXVAL 255\nENDHDR\n": 4,
		"P7\nWIDTH 150\nHEIGHT 90\nDEPTH 2\nMAXVAL 255\nENDHDR\n": 2,
	} {
		file := []byte(head)
		for range size.X * size.Y * pixel {
			file = append(file, byte(random.IntN(256)))
		}
		read := func(least image.Point) image.Image {
			m, err := readPNM(bufio.NewReader(bytes.NewReader(file)), size, least)
			if err != nil {
				t.Fatalf("%q: %v", head, err)
			}
			return m
		}
		for least, want := range map[image.Point]image.Point{{20, 20}: {40, 24}, {20, 30}: {60, 36}, {60, 50}: {120, 72}, {10, 80}: size, {90, 10}: size} {
			m := read(least)
			if strings.Contains(head, "DEPTH 2") {
				want = size
			}
			if m.Bounds().Size() != want {
				t.Errorf("%q for %v: got %v, want %v", head, least, m.Bounds().Size(), want)
				continue
			}
			whole := picture.Make(read(size), picture.FitCut(size, want.X))
			for y := range want.Y {
				for x := range want.X {
					got, want := straight(m.At(x, y)), straight(whole.At(x, y))
					if got != want {
						t.Fatalf("%q for %v at %d, %d: got %v, want %v", head, least, x, y, got, want)
					}
				}
			}
		}
	}
}

func straight(c color.Color) color.NRGBA { return color.NRGBAModel.Convert(c).(color.NRGBA) }
