package jpeg

import (
	"bytes"
	"image"
	"image/draw"
	stdjpeg "image/jpeg"
	"math"
	"os"
	"testing"
)

func psnr(a, b image.Image) float64 {
	pa, sa, d := planes(a)
	pb, sb, _ := planes(b)
	sum, n := 0.0, 0
	for i := range pa {
		for y := range d[i][1] {
			for x := range d[i][0] {
				v := float64(pa[i][y*sa[i]+x]) - float64(pb[i][y*sb[i]+x])
				sum += v * v
				n++
			}
		}
	}
	return 10 * math.Log10(255*255/(sum/float64(n)))
}

func TestScratchEnc(t *testing.T) {
	data, _ := os.ReadFile("/work/shared/chevereto/inputs/w501.jpg")
	m, _ := DecodeScaled(bytes.NewReader(data), 1000, 1000, 1<<30)
	for _, q := range []int{1, 30, 50, 75, 85, 95, 100} {
		var own, std bytes.Buffer
		t.Log(Encode(&own, m, Options{Quality: q}), stdjpeg.Encode(&std, m, &stdjpeg.Options{Quality: q}))
		o, err := stdjpeg.Decode(&own2{own.Bytes()})
		s, err2 := stdjpeg.Decode(&own2{std.Bytes()})
		t.Log(q, own.Len(), std.Len(), err, err2, psnr(m, o), psnr(m, s))
	}
	r := image.NewNRGBA(image.Rect(3, 5, 203, 106))
	draw.Draw(r, r.Rect, m, image.Pt(100, 100), draw.Src)
	var own, std bytes.Buffer
	Encode(&own, r, Options{Quality: 85})
	stdjpeg.Encode(&std, r, &stdjpeg.Options{Quality: 85})
	o, _ := stdjpeg.Decode(&own)
	s, _ := stdjpeg.Decode(&std)
	t.Log(psnr(o, s))
}

type own2 struct{ b []byte }

func (o *own2) Read(p []byte) (int, error) {
	n := copy(p, o.b)
	o.b = o.b[n:]
	if n == 0 {
		return 0, os.ErrClosed
	}
	return n, nil
}

func BenchmarkEnc(b *testing.B) {
	data, _ := os.ReadFile("/work/shared/chevereto/inputs/w500.jpg")
	m, _ := DecodeScaled(bytes.NewReader(data), 1000, 1000, 1<<30)
	b.Run("own", func(b *testing.B) {
		for b.Loop() {
			var own bytes.Buffer
			Encode(&own, m, Options{Quality: 85})
		}
	})
	b.Run("std", func(b *testing.B) {
		for b.Loop() {
			var own bytes.Buffer
			stdjpeg.Encode(&own, m, &stdjpeg.Options{Quality: 85})
		}
	})
}
