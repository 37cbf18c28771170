package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"testing"

	"postern/media/picture/picturetest"
)

// Colours of JPEG XLs: what is shown of each in place of it has its size and its
// colours, by programs and by the codec of the server alone.
func TestJPEGXLsHaveTheirColours(t *testing.T) {
	t.Parallel()
	type points map[image.Point]color.NRGBA
	of := func(j picturetest.JXL) []byte { return j.Bytes() }
	rect := image.Rect
	fields := points{ // in the colours of Adobe RGB
		{16, 16}: {200, 120, 60, 255}, {48, 16}: {60, 160, 90, 255},
		{16, 48}: {90, 90, 200, 255}, {48, 48}: {128, 128, 128, 255},
	}
	for _, test := range []struct {
		name          string
		data          []byte
		width, height int
		adobe         bool // the colours are those of Adobe RGB, else of sRGB
		want          points
		needsProgram  bool
	}{
		{"adobe.jxl", stillFile(t, "still/adobe.jxl"), 64, 64, true, fields, false},
		{"adobe-lossless.jxl", stillFile(t, "still/adobe-lossless.jxl"), 64, 64, true, fields, true},
		{
			// Ten bits, lying on its side, of layers that are larger than it: a part of it is
			// blue.
			"layers.jxl", of(picturetest.JXL{Width: 694, Height: 462, Orientation: 7, Bits: 10, Alpha: true, Layers: []picturetest.Layer{
				{Rectangle: rect(-331, -50, 694, 462), Samples: []int{1023, 512, 0, 1023}},
				{Rectangle: rect(-331, -50, 694, 462), Samples: []int{0, 0, 0, 0}},
				{Rectangle: rect(50, 100, 200, 150), Samples: []int{0, 768, 1023, 1023}},
			}}), 462, 694, false, points{
				{461 - 125, 693 - 125}: {0, 191, 255, 255},
				{461 - 125, 693 - 225}: {255, 128, 0, 255},
			}, false,
		}, {
			"multiplied.jxl", of(picturetest.JXL{Width: 40, Height: 30, Bits: 8, Alpha: true, Multiplied: true, Layers: []picturetest.Layer{
				{Rectangle: rect(0, 0, 40, 30), Samples: []int{128, 0, 0, 128}},
			}}), 40, 30, false, points{{20, 15}: {255, 127, 127, 255}}, false, // half red, on white
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, probes := range []string{"false", "true"} {
				p := start(t, t.TempDir(), "POSTERN_VIDEO_PROBES="+probes)
				name := fmt.Sprintf("%s, probes %s", test.name, probes)
				made, err := p.upload(p.key, test.name, test.data)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if size := fmt.Sprint(made["width"], "x", made["height"]); size != fmt.Sprint(test.width, "x", test.height) {
					t.Errorf("%s: told as %s, want %dx%d", name, size, test.width, test.height)
				}
				if test.needsProgram && probes == "false" {
					p.stop()
					continue
				}
				_, frame := get(t, made["url_frame"].(string))
				m, err := jpeg.Decode(bytes.NewReader(frame))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if m.Bounds() != rect(0, 0, test.width, test.height) {
					t.Errorf("%s: shown in %v, want %dx%d", name, m.Bounds(), test.width, test.height)
				}
				for at, c := range test.want {
					wantShown(t, name, at, color.NRGBAModel.Convert(m.At(at.X, at.Y)).(color.NRGBA), shownAs(frame, c, test.adobe))
				}
				p.stop()
			}
		})
	}
}

func stillFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../media/picture/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func wantShown(t *testing.T, name string, at image.Point, got, want color.NRGBA) {
	t.Helper()
	const tolerance = 8
	for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B)} {
		if max(d, -d) > tolerance {
			t.Errorf("%s at %v: got %v, want about %v", name, at, got, want)
			return
		}
	}
}

// Matrices from the light of Adobe RGB to that of other spaces, by way of CIE XYZ, all
// of the white D65 (Adobe RGB (1998), IEC 61966-2-1, SMPTE EG 432-1).
var (
	fromAdobe = [3][3]float64{{0.57667, 0.18556, 0.18823}, {0.29734, 0.62736, 0.07529}, {0.02703, 0.07069, 0.99134}}
	toSRGB    = [3][3]float64{{3.24045, -1.53714, -0.49853}, {-0.96927, 1.87601, 0.04156}, {0.05564, -0.20403, 1.05723}}
	toP3      = [3][3]float64{{2.49350, -0.93138, -0.40271}, {-0.82949, 1.76266, 0.02362}, {0.03585, -0.07617, 0.95688}}
)

// shownAs is a colour in the space that a JPEG tells of by its profile.
func shownAs(jpeg []byte, c color.NRGBA, adobe bool) color.NRGBA {
	to := toSRGB
	switch {
	case !adobe:
		return c
	case bytes.Contains(jpeg, []byte("D\x00C\x00I")), bytes.Contains(jpeg, []byte("DCI")):
		to = toP3
	case bytes.Contains(jpeg, []byte("ICC_PROFILE")):
		return c // its own
	}
	const gamma = 563.0 / 256
	light := [3]float64{}
	for i, v := range []uint8{c.R, c.G, c.B} {
		light[i] = math.Pow(float64(v)/255, gamma)
	}
	var out [3]uint8
	for i, v := range times(to, times(fromAdobe, light)) {
		v = min(max(v, 0), 1)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		out[i] = uint8(math.Round(255 * v))
	}
	return color.NRGBA{out[0], out[1], out[2], 255}
}

func times(m [3][3]float64, v [3]float64) (out [3]float64) {
	for i, row := range m {
		out[i] = row[0]*v[0] + row[1]*v[1] + row[2]*v[2]
	}
	return out
}
