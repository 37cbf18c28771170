package vp8

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	dwebp "github.com/deepteams/webp"
	xvp8 "golang.org/x/image/vp8"
)

// picture paints waves with some noise, in limited range.
func picture(width, height int, noise float64) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	random := rand.New(rand.NewPCG(uint64(width), uint64(height)))
	paint := func(plane []byte, stride int, phase float64) {
		for i := range plane {
			x, y := float64(i%stride), float64(i/stride)
			v := 128 + 90*math.Sin(x/9+phase)*math.Cos(y/13) + noise*(random.Float64()-0.5)
			plane[i] = byte(min(max(v, 16), 235))
		}
	}
	paint(m.Y, m.YStride, 0)
	paint(m.Cb, m.CStride, 1)
	paint(m.Cr, m.CStride, 2)
	return m
}

func mustEncode(t testing.TB, m *image.YCbCr, quality int) []byte {
	t.Helper()
	frame, err := Encode(m, quality)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

func decode(t testing.TB, frame []byte) *image.YCbCr {
	t.Helper()
	d := xvp8.NewDecoder()
	d.Init(bytes.NewReader(frame), len(frame))
	if _, err := d.DecodeFrameHeader(); err != nil {
		t.Fatal(err)
	}
	m, err := d.DecodeFrame()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// decodeByAnother decodes the frame as a WebP.
func decodeByAnother(t testing.TB, frame []byte) *image.YCbCr {
	t.Helper()
	padding := len(frame) & 1
	file := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(12+len(frame)+padding))
	file = binary.LittleEndian.AppendUint32(append(file, "WEBPVP8 "...), uint32(len(frame)))
	file = append(append(file, frame...), make([]byte, padding)...)
	m, err := dwebp.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return m.(*image.YCbCr)
}

// rowsOf calls visit for the rows of the planes of m, with which plane it is.
func rowsOf(m *image.YCbCr, visit func(plane, y int, row []byte)) {
	width, height := m.Rect.Dx(), m.Rect.Dy()
	for y := range height {
		visit(0, y, m.Y[y*m.YStride:][:width])
	}
	for y := range (height + 1) / 2 {
		visit(1, y, m.Cb[y*m.CStride:][:(width+1)/2])
		visit(2, y, m.Cr[y*m.CStride:][:(width+1)/2])
	}
}

func equal(a, b *image.YCbCr) bool {
	if a.Rect != b.Rect {
		return false
	}
	rows := make(map[[2]int][]byte)
	rowsOf(a, func(plane, y int, row []byte) { rows[[2]int{plane, y}] = row })
	same := true
	rowsOf(b, func(plane, y int, row []byte) { same = same && bytes.Equal(row, rows[[2]int{plane, y}]) })
	return same
}

// psnr is that of luma and chroma together, in dB.
func psnr(a, b *image.YCbCr) float64 {
	rows := make(map[[2]int][]byte)
	rowsOf(a, func(plane, y int, row []byte) { rows[[2]int{plane, y}] = row })
	sum, n := 0.0, 0
	rowsOf(b, func(plane, y int, row []byte) {
		for x, v := range rows[[2]int{plane, y}] {
			d := float64(v) - float64(row[x])
			sum, n = sum+d*d, n+1
		}
	})
	return 10 * math.Log10(255*255*float64(n)/max(sum, 1e-9))
}

func TestDecodersAgreeOnWhatWasEncoded(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {2, 3}, {16, 16}, {17, 33}, {100, 1}, {1, 100}, {64, 48}, {257, 90}} {
		for _, quality := range []int{1, 30, 75, 90, 100} {
			t.Run(fmt.Sprint(size, quality), func(t *testing.T) {
				m := picture(size.X, size.Y, 40)
				frame := mustEncode(t, m, quality)
				got := decode(t, frame)
				if got.Rect != m.Rect {
					t.Fatalf("got %v, want %v", got.Rect, m.Rect)
				}
				if !equal(got, decodeByAnother(t, frame)) {
					t.Error("decoders differ")
				}
			})
		}
	}
}

// Where the loop filter is off, a decoder has what the encoder has predicted
// from.
func TestEncoderKnowsWhatDecodersSee(t *testing.T) {
	m := picture(150, 99, 200)
	for index := range 127 {
		e := newEncoder(m, index)
		e.encodeMacroblocks()
		if e.filterLevel() > 0 {
			continue
		}
		frame, err := e.frame(m.Rect.Size())
		if err != nil {
			t.Fatal(err)
		}
		rowsOf(decode(t, frame), func(plane, y int, row []byte) {
			p := &e.coded[plane]
			if !bytes.Equal(row, p.samples[p.at(0, y):][:len(row)]) {
				t.Fatalf("index %d, plane %d, row %d differs", index, plane, y)
			}
		})
	}
}

func TestQualityIsKept(t *testing.T) {
	m := picture(320, 240, 20)
	last := 0
	for _, row := range []struct {
		quality int
		psnr    float64 // at least
	}{{10, 30}, {50, 33}, {75, 35}, {90, 41}, {100, 48}} {
		t.Run(fmt.Sprint(row.quality), func(t *testing.T) {
			frame := mustEncode(t, m, row.quality)
			if d := psnr(decode(t, frame), m); d < row.psnr {
				t.Errorf("quality %d: %.1f dB, want %.0f", row.quality, d, row.psnr)
			}
			if len(frame) <= last {
				t.Errorf("quality %d: %d bytes, no more than the %d of the one below", row.quality, len(frame), last)
			}
			last = len(frame)
		})
	}
}

func TestExtremes(t *testing.T) {
	for name, value := range map[string]func(i int) byte{
		"black":  func(int) byte { return 0 },
		"white":  func(int) byte { return 255 },
		"checks": func(i int) byte { return byte(255 * (i & 1)) },
		"noise":  func(i int) byte { return byte(uint32(i*i) * 2654435761 >> 24) },
	} {
		m := image.NewYCbCr(image.Rect(0, 0, 70, 50), image.YCbCrSubsampleRatio420)
		for _, plane := range [][]byte{m.Y, m.Cb, m.Cr} {
			for i := range plane {
				plane[i] = value(i)
			}
		}
		for _, quality := range []int{1, 100} {
			frame := mustEncode(t, m, quality)
			if got := decode(t, frame); !equal(got, decodeByAnother(t, frame)) {
				t.Errorf("%s of quality %d: decoders differ", name, quality)
			} else if d := psnr(got, m); quality == 100 && d < 40 {
				t.Errorf("%s: %.1f dB", name, d)
			}
		}
	}
}

func TestPartOfAPicture(t *testing.T) {
	m := picture(80, 60, 10)
	part := m.SubImage(image.Rect(16, 8, 53, 41)).(*image.YCbCr)
	got := decode(t, mustEncode(t, part, 100))
	for y := range 33 {
		for x := range 37 {
			if d := int(got.Y[got.YOffset(x, y)]) - int(m.Y[m.YOffset(16+x, 8+y)]); d > 6 || d < -6 {
				t.Fatalf("luma at %d,%d differs by %d", x, y, d)
			}
		}
	}
}

func TestEncodeErrors(t *testing.T) {
	for name, row := range map[string]struct {
		m    *image.YCbCr
		want error
	}{
		"nothing":      {image.NewYCbCr(image.Rectangle{}, image.YCbCrSubsampleRatio420), ErrSize},
		"one too wide": {image.NewYCbCr(image.Rect(0, 0, MaxSide+1, 1), image.YCbCrSubsampleRatio420), ErrSize},
		"4:4:4":        {image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio444), ErrSampling},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Encode(row.m, 75); !errors.Is(err, row.want) {
				t.Errorf("%s: got %v, want %v", name, err, row.want)
			}
		})
	}
	if frame := mustEncode(t, image.NewYCbCr(image.Rect(0, 0, MaxSide, 1), image.YCbCrSubsampleRatio420), 75); decode(t, frame).Rect.Dx() != MaxSide {
		t.Error("the widest frame is of another width")
	}
}

func FuzzEncode(f *testing.F) {
	f.Add([]byte("a picture"), uint8(3), uint8(3), uint8(85))
	f.Add([]byte{0, 255, 255, 0}, uint8(17), uint8(9), uint8(100))
	f.Fuzz(func(t *testing.T, pixels []byte, width, height, quality uint8) {
		if width == 0 || height == 0 || len(pixels) == 0 {
			return
		}
		m := image.NewYCbCr(image.Rect(0, 0, int(width), int(height)), image.YCbCrSubsampleRatio420)
		for i, plane := range [][]byte{m.Y, m.Cb, m.Cr} {
			for j := range plane {
				plane[j] = pixels[(j*(i+1))%len(pixels)]
			}
		}
		frame := mustEncode(t, m, int(quality))
		if got := decode(t, frame); got.Rect != m.Rect || !equal(got, decodeByAnother(t, frame)) {
			t.Error("decoders differ")
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	m := picture(500, 375, 30)
	for b.Loop() {
		mustEncode(b, m, 90)
	}
}
