package jpeg

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	stdjpeg "image/jpeg"
	"math"
	"slices"
	"strings"
	"testing"
)

// encoded returns m as Encode writes it.
func encoded(t testing.TB, m image.Image, o Options) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := Encode(&w, m, o); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// byOthers decodes data with image/jpeg.
func byOthers(t testing.TB, data []byte) image.Image {
	t.Helper()
	m, err := stdjpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// psnr returns the peak signal-to-noise ratio of luma, in dB.
func psnr(t testing.TB, got, want image.Image) float64 {
	t.Helper()
	a, b := planesIn(t, got)[0], planesIn(t, want)[0]
	if a.width != b.width || a.height != b.height {
		t.Fatalf("got %dx%d, want %dx%d", a.width, a.height, b.width, b.height)
	}
	sum := 0.0
	for y := range a.rows {
		for x, v := range a.rows[y] {
			d := float64(v) - float64(b.rows[y][x])
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255*float64(a.width*a.height)/max(sum, 1e-9))
}

func TestEncodeIsAsGoodAsImageJPEG(t *testing.T) {
	m := decodeAt(t, testPicture(t, "420"), 1)
	for _, quality := range []int{1, 25, 50, 75, 85, 95, 100} {
		data := encoded(t, m, Options{Quality: quality})
		var other bytes.Buffer
		if err := stdjpeg.Encode(&other, m, &stdjpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		got, want := psnr(t, byOthers(t, data), m), psnr(t, byOthers(t, other.Bytes()), m)
		if got < want-0.1 {
			t.Errorf("quality %d: got %.2f dB, want %.2f", quality, got, want)
		}
		if len(data) > other.Len()*102/100+50 {
			t.Errorf("quality %d: got %d bytes, want about %d", quality, len(data), other.Len())
		}
	}
}

func TestEncodeKeepsSamplingAndSize(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {7, 9}, {8, 8}, {16, 16}, {17, 33}, {40, 3}} {
		for name, ratio := range map[string]image.YCbCrSubsampleRatio{
			"4:4:4": image.YCbCrSubsampleRatio444, "4:2:2": image.YCbCrSubsampleRatio422,
			"4:2:0": image.YCbCrSubsampleRatio420, "4:4:0": image.YCbCrSubsampleRatio440,
			"4:1:1": image.YCbCrSubsampleRatio411, "4:1:0": image.YCbCrSubsampleRatio410,
		} {
			m := image.NewYCbCr(image.Rectangle{Max: size}, ratio)
			ramp(m.Y, m.YStride, 3, 5, 20)
			ramp(m.Cb, m.CStride, 2, -1, 100)
			ramp(m.Cr, m.CStride, -2, 3, 140)
			got := byOthers(t, encoded(t, m, Options{Quality: 100}))
			if d := greatestDifference(t, got, m); d > 3 {
				t.Errorf("%s, %v: differs by %d, want at most 3", name, size, d)
			}
		}
	}
}

// ramp fills a plane with gradients from a first value.
func ramp(samples []byte, stride, dx, dy, first int) {
	for i := range samples {
		samples[i] = byte(min(max(first+i%stride*dx+i/stride*dy, 0), 255))
	}
}

func TestEncodeConvertsOtherPictures(t *testing.T) {
	red := color.NRGBA{200, 30, 40, 255}
	rect := image.Rect(-3, 5, 18, 20)
	fill := func(m draw.Image, c color.Color) image.Image {
		draw.Draw(m, rect, image.NewUniform(c), image.Point{}, draw.Src)
		return m
	}
	for _, row := range []struct {
		name string
		m    image.Image
		want color.Color
	}{
		{"RGBA", fill(image.NewRGBA(rect), red), red},
		{"NRGBA", fill(image.NewNRGBA(rect), red), red},
		{"half transparent", fill(image.NewNRGBA(rect), color.NRGBA{200, 30, 40, 128}), color.NRGBA{227, 142, 147, 255}},
		{"transparent", image.NewNRGBA(rect), color.White},
		{"transparent RGBA", image.NewRGBA(rect), color.White},
		{"CMYK", fill(image.NewCMYK(rect), color.CMYK{0, 255, 255, 0}), color.NRGBA{255, 0, 0, 255}},
		{"paletted", fill(image.NewPaletted(rect, palette.WebSafe), color.NRGBA{255, 0, 0, 255}), color.NRGBA{255, 0, 0, 255}},
		{"16 bits", fill(image.NewRGBA64(rect), red), red},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := byOthers(t, encoded(t, row.m, Options{Quality: 100}))
			if got.Bounds().Size() != rect.Size() {
				t.Errorf("%s: got %v, want %v", row.name, got.Bounds(), rect)
			}
			r, g, b, _ := got.At(10, 10).RGBA()
			wr, wg, wb, _ := row.want.RGBA()
			for i, d := range []int{int(r) - int(wr), int(g) - int(wg), int(b) - int(wb)} {
				if max(d, -d) > 3<<8 {
					t.Errorf("%s: channel %d differs by %d", row.name, i, d>>8)
				}
			}
		})
	}
}

func TestEncodePartOfAPicture(t *testing.T) {
	for _, name := range []string{"444", "422", "420", "411", "grey"} {
		m := decodeAt(t, testPicture(t, name), 1)
		part := m.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(image.Rect(8, 12, 51, 43))
		got := byOthers(t, encoded(t, part, Options{Quality: 100}))
		if d := greatestDifference(t, got, part); d > 4 {
			t.Errorf("%s: differs by %d, want at most 4", name, d)
		}
	}
}

// The greatest coefficients there can be fit the code tables.
func TestEncodeExtremeBlocks(t *testing.T) {
	for name, dark := range map[string]func(x, y int) bool{
		"checks":     func(x, y int) bool { return (x+y)%2 == 0 },
		"wide":       func(x, y int) bool { return (x/2+y/2)%2 == 0 },
		"stripes":    func(x, y int) bool { return x%2 == 0 },
		"one line":   func(x, y int) bool { return y%8 == 0 },
		"one sample": func(x, y int) bool { return x%8 == 0 && y%8 == 0 },
		"blocks":     func(x, y int) bool { return (x/8+y/8)%2 == 0 },
	} {
		m := image.NewGray(image.Rect(0, 0, 32, 32))
		for i := range m.Pix {
			if !dark(i%32, i/32) {
				m.Pix[i] = 255
			}
		}
		data := encoded(t, m, Options{Quality: 100})
		if d := greatestDifference(t, byOthers(t, data), m); d > 1 {
			t.Errorf("%s: differs by %d, want at most 1", name, d)
		}
		if d := greatestDifference(t, decodeAt(t, data, 1), m); d > 1 {
			t.Errorf("%s, decoded here: differs by %d, want at most 1", name, d)
		}
	}
}

func TestEncodeScalesQuantizationAsOthersDo(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 8, 8))
	for quality := 1; quality <= 100; quality++ {
		var other bytes.Buffer
		if err := stdjpeg.Encode(&other, m, &stdjpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		got, want := encoded(t, m, Options{Quality: quality}), other.Bytes()
		got, want = got[find(t, got, markerDQT)+4:], want[find(t, want, markerDQT)+4:]
		if !bytes.Equal(got[:65], want[:65]) {
			t.Errorf("quality %d: got %v, want %v", quality, got[:65], want[:65])
		}
	}
}

func TestEncodeClampsQuality(t *testing.T) {
	m := decodeAt(t, testPicture(t, "grey"), 1)
	for quality, same := range map[int]int{0: DefaultQuality, -5: 1, 101: 100} {
		got, want := encoded(t, m, Options{Quality: quality}), encoded(t, m, Options{Quality: same})
		if !bytes.Equal(got, want) {
			t.Errorf("quality %d: not the same as %d", quality, same)
		}
	}
}

// longestPart is how much of a profile a segment holds.
const longestPart = 65519

func TestEncodeEmbedsProfile(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 9, 9))
	for _, size := range []int{1, 3000, longestPart, longestPart + 1, 3 * longestPart} {
		profile := bytes.Repeat([]byte("colour\xff\xd9"), size/8+1)[:size]
		data := encoded(t, m, Options{ICC: profile})
		byOthers(t, data)
		var got []byte
		chunks := byte(ceilDiv(size, longestPart))
		at := find(t, data, markerAPP2)
		for i := range chunks {
			end := segmentEnd(data, at)
			head := append([]byte(iccSignature), i+1, chunks)
			if p := data[at+4 : end]; data[at+1] != markerAPP2 || !bytes.HasPrefix(p, head) {
				t.Fatalf("%d bytes: chunk %d begins %q", size, i+1, p[:min(len(p), 14)])
			}
			got = append(got, data[at+4+len(head):end]...)
			at = end
		}
		if !bytes.Equal(got, profile) {
			t.Errorf("%d bytes: the profile differs", size)
		}
	}
}

func TestEncodeErrors(t *testing.T) {
	gray := func(w, h int) image.Image { return &image.Gray{Rect: image.Rect(0, 0, w, h)} }
	for name, row := range map[string]struct {
		m image.Image
		o Options
	}{
		"no pixels":             {gray(0, 5), Options{}},
		"65536 pixels wide":     {gray(65536, 1), Options{}},
		"65536 pixels high":     {gray(1, 65536), Options{}},
		"a profile of 16.7 MB+": {image.NewGray(image.Rect(0, 0, 1, 1)), Options{ICC: make([]byte, 255*longestPart+1)}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := Encode(&bytes.Buffer{}, row.m, row.o); !errors.Is(err, errEncode) {
				t.Errorf("%s: got %v, want %v", name, err, errEncode)
			}
		})
	}
}

// fullWriter takes so many bytes.
type fullWriter int

var errFull = errors.New("full")

func (w *fullWriter) Write(p []byte) (int, error) {
	if len(p) > int(*w) {
		return 0, errFull
	}
	*w -= fullWriter(len(p))
	return len(p), nil
}

func TestEncodeReturnsWriteErrors(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 900, 900))
	for i := range m.Pix {
		m.Pix[i] = byte(i * i * 7)
	}
	size := len(encoded(t, m, Options{Quality: 100}))
	if size < 3*readBufferSize {
		t.Fatalf("%d bytes are not enough to fail between", size)
	}
	for _, room := range []int{0, 100_000, size - 1} {
		w := fullWriter(room)
		if err := Encode(&w, m, Options{Quality: 100}); !errors.Is(err, errFull) {
			t.Errorf("with room for %d bytes: got %v, want the writer's error", room, err)
		}
	}
}

func TestEncodeWritesSegmentsInOrder(t *testing.T) {
	data := encoded(t, decodeAt(t, testPicture(t, "420"), 1), Options{ICC: []byte("profile")})
	var got []string
	names := map[byte]string{markerAPP0: "APP0", markerAPP2: "APP2", markerDQT: "DQT",
		markerSOF0: "SOF0", markerDHT: "DHT", markerSOS: "SOS"}
	for at := 2; ; at = segmentEnd(data, at) {
		got = append(got, names[data[at+1]])
		if data[at+1] == markerSOS {
			break
		}
	}
	want := strings.Fields("APP0 APP2 DQT DQT SOF0 DHT DHT DHT DHT SOS")
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if string(data[len(data)-2:]) != "\xff\xd9" {
		t.Error("does not end in EOI")
	}
}
