//go:build nodynamic

package picture

import (
	"bytes"
	"image"
	"image/color"
	"testing"

	"postern/media/codec/icc"
)

func iccOf(t testing.TB, b []byte) []byte {
	t.Helper()
	c, err := readConfig(b)
	if err != nil {
		t.Fatal(err)
	}
	return ICC(bytes.NewReader(b), int64(len(b)), c)
}

func TestAVIFIsWrittenWithItsProfile(t *testing.T) {
	wide := profile("Display P3", "RGB ", 5000)
	for name, m := range map[string]*image.NRGBA{"opaque": scene(60, 40), "with alpha": withHole(60, 40)} {
		plain, b := mustEncode(t, m, AVIF, Options{}), mustEncode(t, m, AVIF, Options{ICC: wide})
		if got := iccOf(t, b); !bytes.Equal(got, wide) {
			t.Errorf("%s: got a profile of %d bytes, want the one of %d", name, len(got), len(wide))
		}
		if d := distance(t, mustDecode(t, b), mustDecode(t, plain)); d != 0 {
			t.Errorf("%s: the profile changes the pixels by %.1f", name, d)
		}
	}
}

func TestAnAVIFOfAnotherLayoutGetsNoProfile(t *testing.T) {
	avif := mustEncode(t, scene(60, 40), AVIF, Options{})
	for _, kind := range []string{"meta", "iloc", "iprp", "ipco", "ipma"} {
		if b, err := withProfile(bytes.Replace(avif, []byte(kind), []byte("free"), 1), []byte("profile")); err == nil {
			t.Errorf("without %s: got %d bytes, want an error", kind, len(b))
		}
	}
}

// Colours by number get a profile, since JPEG and others have no such numbers.
func TestNumbersOfDisplayP3BecomeItsProfile(t *testing.T) {
	for _, test := range []struct {
		name                string
		primaries, transfer int
		want                string // the description of the profile
	}{
		{"Display P3", 12, 13, "Display P3"},
		{"P3 with the curve of BT.709", 12, 1, "Display P3"},
		{"sRGB", 1, 13, ""},
		{"nothing told", 2, 2, ""},
		{"HDR", 9, 16, ""},
		{"P3 with a curve of HDR", 12, 16, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			parts := partsOf(t, testFile(t, "small.heic"))
			parts.properties = [][]byte{isoBox("colr", []byte("nclx"), be16(test.primaries), be16(test.transfer), be16(6), []byte{0x80})}
			got := ""
			if profile := iccOf(t, parts.file()); profile != nil {
				got = icc.Description(profile)
			}
			if got != test.want {
				t.Errorf("%s: got %q, want %q", test.name, got, test.want)
			}
		})
	}
}

func TestJXLOfWideGamut(t *testing.T) {
	for _, test := range []struct {
		file    string
		x, y    int
		want    color.NRGBA
		profile string
	}{
		{"p3.jxl", 40, 10, color.NRGBA{200, 50, 100, 255}, "Display P3"},
		// Of Adobe RGB, which only the decoder knows; by ImageMagick and lcms.
		{"a98.jxl", 40, 10, color.NRGBA{187, 35, 71, 255}, ""},
	} {
		t.Run(test.file, func(t *testing.T) {
			b := testFile(t, test.file)
			got := color.NRGBAModel.Convert(mustDecode(t, b).At(test.x, test.y)).(color.NRGBA)
			for i, pair := range [][2]uint8{{got.R, test.want.R}, {got.G, test.want.G}, {got.B, test.want.B}, {got.A, test.want.A}} {
				if d := int(pair[0]) - int(pair[1]); d > 8 || d < -8 {
					t.Errorf("%s, channel %d: got %v, want %v", test.file, i, got, test.want)
				}
			}
			if profile := iccOf(t, b); (profile != nil) != (test.profile != "") || profile != nil && icc.Description(profile) != test.profile {
				t.Errorf("%s: got a profile of %d bytes, want %q", test.file, len(profile), test.profile)
			}
		})
	}
}

func TestLightGetsTheCurveOfSRGB(t *testing.T) {
	m := image.NewNRGBA64(image.Rect(0, 0, 1, 1))
	m.SetNRGBA64(0, 0, color.NRGBA64{0xffff, 0x8000, 0, 0x8000})
	toSRGBCurve(m)
	if got, want := m.NRGBA64At(0, 0), (color.NRGBA64{0xffff, 48192, 0, 0x8000}); got != want { // 0.5 becomes 0.73536
		t.Errorf("got %v, want %v", got, want)
	}
}
