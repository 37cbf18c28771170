package jpeg

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	stdjpeg "image/jpeg"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gen2brain/jpegn"
)

// supported are the pictures of testdata that are decoded.
var supported = []string{
	"444", "422", "420", "440", "411", "410", "grey",
	"444-progressive", "420-progressive", "411-progressive", "grey-progressive",
	"420-optimized", "420-restart", "420-progressive-restart",
	"420-separate", "420-script", "420-quant16", "444-quality100",
	"444-arithmetic", "444-quality100-arithmetic", "grey-arithmetic",
	"420-arithmetic", "420-arithmetic-restart", "420-arithmetic-conditioning",
	"420-arithmetic-progressive", "420-arithmetic-progressive-restart", "420-arithmetic-script",
	"12bit", "12bit-progressive", "12bit-grey",
	"1x1", "8x8", "16x16", "17x17",
}

// baseline are those that others decode well. The rest is compared with them: of
// progressive pictures, neither decoder compared with reads restart markers well,
// and one is not exact; neither decodes arithmetic coding and 12 bits.
var baseline = slices.DeleteFunc(slices.Clone(supported), func(name string) bool {
	return isProgressive(name) || strings.Contains(name, "arithmetic") || strings.HasPrefix(name, "12bit")
})

func isProgressive(name string) bool {
	return strings.Contains(name, "progressive") || strings.HasSuffix(name, "script")
}

func TestDecodeScaledAgreesWithImageJPEG(t *testing.T) {
	for _, name := range baseline {
		data := testPicture(t, name)
		want, err := stdjpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(name, err)
		}
		if d := greatestDifference(t, decodeAt(t, data, 1), want); d > 1 {
			t.Errorf("%s: differs by %d, want at most 1", name, d)
		}
	}
}

// The decoder compared with takes the same transforms for 1/8 and 1/4, but
// another one for 1/2. It does not read the rest of the pictures.
func TestDecodeScaledAgreesWithJpegn(t *testing.T) {
	for _, name := range []string{
		"444", "422", "420", "440", "411", "410", "grey",
		"420-optimized", "420-restart", "444-quality100",
	} {
		data := testPicture(t, name)
		for _, denominator := range []int{4, 8} {
			want, err := jpegn.Decode(bytes.NewReader(data), &jpegn.Options{ScaleDenom: denominator})
			if err != nil {
				t.Fatal(name, err)
			}
			if denominator == 4 && strings.HasPrefix(name, "444") {
				want = halfChroma(t, data, want)
			}
			if d := greatestDifference(t, decodeAt(t, data, denominator), want); d > 0 {
				t.Errorf("%s at 1/%d: differs by %d, want 0", name, denominator, d)
			}
		}
	}
}

// halfChroma gives a picture at 1/4 the chroma of that at 1/8.
func halfChroma(t *testing.T, data []byte, at4 image.Image) image.Image {
	at8, err := jpegn.Decode(bytes.NewReader(data), &jpegn.Options{ScaleDenom: 8})
	if err != nil {
		t.Fatal(err)
	}
	luma, chroma := at4.(*image.YCbCr), at8.(*image.YCbCr)
	return &image.YCbCr{
		Y: luma.Y, Cb: chroma.Cb, Cr: chroma.Cr, YStride: luma.YStride, CStride: chroma.CStride,
		SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: luma.Rect,
	}
}

func TestSameCoefficientsGiveTheSamePicture(t *testing.T) {
	pairs := map[string]string{
		"444-progressive": "444", "411-progressive": "411", "grey-progressive": "grey",
		"420-progressive": "420", "420-progressive-restart": "420", "420-script": "420",
		"420-optimized": "420", "420-restart": "420", "420-separate": "420",
		"noise-arithmetic": "noise", "444-arithmetic": "444", "grey-arithmetic": "grey", "444-quality100-arithmetic": "444-quality100",
		"420-arithmetic": "420", "420-arithmetic-restart": "420", "420-arithmetic-conditioning": "420",
		"420-arithmetic-progressive": "420-progressive", "420-arithmetic-progressive-restart": "420-progressive",
		"420-arithmetic-script": "420-script", "12bit-progressive": "12bit",
	}
	for name, other := range pairs {
		for _, denominator := range []int{1, 2, 4, 8} {
			got := decodeAt(t, testPicture(t, name), denominator)
			want := decodeAt(t, testPicture(t, other), denominator)
			if denominator == 4 && isProgressive(name) != isProgressive(other) {
				continue // see TestProgressiveAtAQuarterIsNearSequential
			}
			if d := greatestDifference(t, got, want); d != 0 {
				t.Errorf("%s and %s at 1/%d: differ by %d", name, other, denominator, d)
			}
		}
	}
}

// At 1/4 some scans are left out. What was made by another script has a
// coarser first scan.
func TestProgressiveAtAQuarterIsNearSequential(t *testing.T) {
	for name, row := range map[string]struct {
		same string
		psnr float64 // at least, of luma
	}{
		"444-progressive": {"444", 44}, "411-progressive": {"411", 44}, "grey-progressive": {"grey", 44},
		"420-progressive": {"420", 44}, "420-progressive-restart": {"420", 44}, "420-script": {"420", 38},
	} {
		t.Run(name, func(t *testing.T) {
			got, want := decodeAt(t, testPicture(t, name), 4), decodeAt(t, testPicture(t, row.same), 4)
			if d := psnr(t, got, want); d < row.psnr {
				t.Errorf("%s and %s: %.1f dB, want %.0f", name, row.same, d, row.psnr)
			}
		})
	}
}

// Of a progressive picture at 1/4, chroma is that at 1/8 where that is enough.
func TestProgressiveChromaAtAQuarter(t *testing.T) {
	data := testPicture(t, "420-progressive") // 15x12 at 1/8, chroma of 8x6
	at8 := planesIn(t, decodeAt(t, data, 8))
	for width, coarse := range map[int]bool{16: true, 20: true, 21: false, 30: false} {
		m, err := DecodeScaled(bytes.NewReader(data), width, 1, noLimit)
		if err != nil || m.Bounds().Dx() != 30 {
			t.Fatal(width, m, err)
		}
		same := true
		for y, row := range planesIn(t, m)[1].rows {
			for x, v := range row {
				same = same && v == at8[1].rows[y/2][x/2]
			}
		}
		if same != coarse {
			t.Errorf("for at least %d pixels: chroma as at 1/8 is %v, want %v", width, same, coarse)
		}
	}
}

func TestDecodeScaledChoosesSize(t *testing.T) {
	data := testPicture(t, "420") // 117x93
	for _, row := range []struct {
		minWidth, minHeight, width, height int
	}{
		{0, 0, 15, 12},
		{15, 12, 15, 12},
		{16, 12, 30, 24},
		{15, 13, 30, 24},
		{30, 25, 59, 47},
		{60, 1, 117, 93},
		{1000, 1000, 117, 93},
	} {
		t.Run(fmt.Sprint(row.minWidth), func(t *testing.T) {
			m, err := DecodeScaled(bytes.NewReader(data), row.minWidth, row.minHeight, noLimit)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := m.Bounds(), image.Rect(0, 0, row.width, row.height); got != want {
				t.Errorf("for at least %dx%d: got %v, want %v", row.minWidth, row.minHeight, got, want)
			}
		})
	}
}

func TestDecodeScaledDoesNotDependOnReads(t *testing.T) {
	for _, name := range []string{"420-restart", "420-progressive-restart", "444-quality100", "noise-arithmetic"} {
		data := testPicture(t, name)
		got, err := DecodeScaled(iotest.DataErrReader(iotest.OneByteReader(bytes.NewReader(data))), 240, 240, noLimit)
		if err != nil {
			t.Fatal(name, err)
		}
		if d := greatestDifference(t, got, decodeAt(t, data, 1)); d != 0 {
			t.Errorf("%s: read byte by byte, it differs by %d", name, d)
		}
	}
}

func TestDecodeScaledOddities(t *testing.T) {
	plain, restart := testPicture(t, "420"), testPicture(t, "420-restart")
	adobe := func(transform byte) []byte {
		return append([]byte("\xff\xee\x00\x0eAdobe\x00d\x00\x00\x00\x00"), transform)
	}
	for _, row := range []struct {
		name string
		data []byte
		same []byte // as which it looks
	}{
		{"fill bytes before a marker", before(t, plain, markerDQT, 0xff, 0xff, 0xff), plain},
		{"fill bytes before a restart marker", before(t, restart, markerRST0+1, 0xff, 0xff), plain},
		{"garbage between segments", before(t, plain, markerDQT, 1, 2, 3, 0xff, 0, 4), plain},
		{"several SOI", slices.Concat([]byte{0xff, markerSOI, 0xff, markerSOI}, plain), plain},
		{"garbage after EOI", slices.Concat(plain, []byte("<html>\xff\xd8\xff\xda\x00")), plain},
		{"a second picture after EOI", slices.Concat(plain, testPicture(t, "444")), plain},
		{"no EOI", plain[:len(plain)-2], plain},
		{"Adobe YCbCr", before(t, plain, markerDQT, adobe(1)...), plain},
		{"an Adobe segment that is too short", before(t, plain, markerDQT, []byte("\xff\xee\x00\x07Adobe")...), plain},
		{"no Huffman tables", without(t, plain, markerDHT), plain},
		{"a comment and an unknown segment", before(t, plain, markerSOS, []byte("\xff\xfe\x00\x04hi\xff\xf0\x00\x03x")...), plain},
		{"a height that a DNL segment repeats", before(t, plain, markerEOI, 0xff, 0xdc, 0, 4, 0, 93), plain},
		{"extended sequential", patched(t, plain, markerSOF0, 1, markerSOF1), plain},
		{"a restart interval that is never used", before(t, plain, markerSOS, 0xff, markerDRI, 0, 4, 0xff, 0xff), plain},
		{"a grey picture with sampling factors", patched(t, testPicture(t, "grey"), markerSOF0, 11, 0x22), testPicture(t, "grey")},
		{"components named RGB in a JFIF", named(t, plain, "RGB"), plain},
		{"factors with a common divisor", patchAll(t, patched(t, testPicture(t, "420-separate"), markerSOF0, 11, 0x44), markerSOF0, 0x22, 14, 17), plain},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, denominator := range []int{1, 8} {
				got, want := decodeAt(t, row.data, denominator), decodeAt(t, row.same, denominator)
				if d := greatestDifference(t, got, want); d != 0 {
					t.Errorf("at 1/%d: differs by %d, want 0", denominator, d)
				}
			}
		})
	}
}

func TestDecodeScaledBoundsMemory(t *testing.T) {
	for _, row := range []struct {
		name  string
		size  int
		bytes int64
	}{
		// 8x6 MCUs of 6 blocks.
		{"420", 1, 288},
		{"420", 8, 288 * 64},
		{"420-progressive", 1, 288 * 3},
		{"420-progressive", 8, 288 * (64 + 128 + 8)},
	} {
		t.Run(row.name, func(t *testing.T) {
			data := testPicture(t, row.name)
			for limit, want := range map[int64]error{row.bytes: nil, row.bytes - 1: ErrTooLarge} {
				_, err := DecodeScaled(bytes.NewReader(data), 117*row.size/8, 0, limit)
				if !errors.Is(err, want) {
					t.Errorf("%s at %d/8 within %d bytes: got %v, want %v", row.name, row.size, limit, err, want)
				}
			}
		})
	}
}

func TestDecodeConfig(t *testing.T) {
	for name, want := range map[string]Config{
		"420":              {117, 93, 3, false},
		"444-progressive":  {117, 93, 3, true},
		"grey-progressive": {117, 93, 1, true},
		"1x1":              {1, 1, 3, false},
	} {
		got, err := DecodeConfig(bytes.NewReader(testPicture(t, name)))
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
}

// named returns data with other IDs of its three components.
func named(t *testing.T, data []byte, ids string) []byte {
	for i := range 3 {
		data = patched(t, data, markerSOF0, 10+3*i, ids[i])
		data = patched(t, data, markerSOS, 5+2*i, ids[i])
	}
	return data
}
