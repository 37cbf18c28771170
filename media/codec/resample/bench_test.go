package resample

import (
	"image"
	"testing"
	"time"

	"golang.org/x/image/draw"
)

// BenchmarkResize makes a picture of 500x375 of one of 1000x750 and reports,
// in milliseconds, the least time taken here and by the usual way, and what
// share of it this is.
func BenchmarkResize(b *testing.B) {
	rect := image.Rect(0, 0, 1000, 750)
	planes := image.NewYCbCr(rect, image.YCbCrSubsampleRatio420)
	copy(planes.Y, noise(rect).Pix)
	rgba := image.NewRGBA(rect)
	draw.Draw(rgba, rect, planes, image.Point{}, draw.Src)
	for name, m := range map[string]image.Image{"YCbCr": planes, "RGBA": rgba} {
		b.Run(name, func(b *testing.B) {
			least := [2]time.Duration{1 << 60, 1 << 60}
			for b.Loop() {
				start := time.Now()
				if _, err := Resize(m, rect, 500, 375, Upright); err != nil {
					b.Fatal(err)
				}
				least[0] = min(least[0], time.Since(start))
				start = time.Now()
				out := image.NewRGBA(image.Rect(0, 0, 500, 375))
				draw.CatmullRom.Scale(out, out.Rect, m, rect, draw.Src, nil)
				least[1] = min(least[1], time.Since(start))
			}
			b.ReportMetric(float64(least[0].Microseconds())/1000, "own-ms")
			b.ReportMetric(float64(least[1].Microseconds())/1000, "CatmullRom-ms")
			b.ReportMetric(float64(least[0])/float64(least[1]), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}
