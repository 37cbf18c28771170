package jpeg

import (
	"bytes"
	"image"
	stdjpeg "image/jpeg"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/gen2brain/jpegn"
)

// benchPicture returns a JPEG of 12 megapixels: the file that BENCH_JPEG names,
// or gradients and waves with much noise.
func benchPicture(b *testing.B) []byte {
	if name := os.Getenv("BENCH_JPEG"); name != "" {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		return data
	}
	m := image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio420)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range m.Y {
		x, y := i%m.YStride, i/m.YStride
		wave := 60 * math.Sin(float64(x)/23) * math.Cos(float64(y)/31)
		m.Y[i] = byte(128 + wave + rng.NormFloat64()*12)
	}
	for i := range m.Cb {
		m.Cb[i] = byte(100 + i%m.CStride/40)
		m.Cr[i] = byte(100 + i/m.CStride/40 + rng.IntN(5))
	}
	return encoded(b, m, Options{Quality: 88})
}

// contender is one of several ways to do the same.
type contender struct {
	name string
	run  func() error
}

// compare runs all contenders in turn and reports the least time of each in
// milliseconds, and that as a share of the last one's.
func compare(b *testing.B, contenders ...contender) {
	least := make([]time.Duration, len(contenders))
	for b.Loop() {
		for i, c := range contenders {
			start := time.Now()
			if err := c.run(); err != nil {
				b.Fatal(c.name, err)
			}
			if d := time.Since(start); least[i] == 0 || d < least[i] {
				least[i] = d
			}
		}
	}
	last := least[len(least)-1]
	for i, c := range contenders {
		b.ReportMetric(float64(least[i].Microseconds())/1000, c.name+"-ms")
		b.ReportMetric(float64(least[i])/float64(last), c.name+"-ratio")
	}
	b.ReportMetric(0, "ns/op")
}

func BenchmarkDecode(b *testing.B) {
	data := benchPicture(b)
	c, err := DecodeConfig(bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	var all []contender
	for _, d := range []int{8, 4, 2, 1} {
		name := string(rune('0' + d))
		all = append(all, contender{"1/" + name, func() error {
			_, err := DecodeScaled(bytes.NewReader(data), ceilDiv(c.Width, d), 0, 1<<28)
			return err
		}}, contender{"jpegn1/" + name, func() error {
			_, err := jpegn.Decode(bytes.NewReader(data), &jpegn.Options{ScaleDenom: d})
			return err
		}})
	}
	compare(b, append(all, contender{"image/jpeg", func() error {
		_, err := stdjpeg.Decode(bytes.NewReader(data))
		return err
	}})...)
}

func BenchmarkEncode(b *testing.B) {
	data := benchPicture(b)
	m, err := DecodeScaled(bytes.NewReader(data), 500, 0, 1<<28)
	if err != nil {
		b.Fatal(err)
	}
	compare(b,
		contender{"own", func() error { return Encode(io.Discard, m, Options{Quality: 85}) }},
		contender{"image/jpeg", func() error {
			return stdjpeg.Encode(io.Discard, m, &stdjpeg.Options{Quality: 85})
		}})
}
