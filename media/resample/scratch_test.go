package resample

import (
	"bytes"
	"image"
	stdjpeg "image/jpeg"
	"os"
	"testing"

	"golang.org/x/image/draw"

	"postern/media/jpeg"
)

func BenchmarkScratch(b *testing.B) {
	data, _ := os.ReadFile("/work/shared/chevereto/inputs/big12.jpg")
	quarter, _ := jpeg.DecodeScaled(bytes.NewReader(data), 1000, 1, 1<<30)
	full, _ := jpeg.DecodeScaled(bytes.NewReader(data), 4000, 1, 1<<30)
	rgba := image.NewRGBA(quarter.Bounds())
	draw.Draw(rgba, rgba.Rect, quarter, image.Point{}, draw.Src)
	b.Run("quarter", func(b *testing.B) {
		for b.Loop() {
			Resize(quarter, quarter.Bounds(), 500, 375, 1)
		}
	})
	b.Run("quarterRGBA", func(b *testing.B) {
		for b.Loop() {
			Resize(rgba, quarter.Bounds(), 500, 375, 1)
		}
	})
	b.Run("full", func(b *testing.B) {
		for b.Loop() {
			Resize(full, full.Bounds(), 500, 375, 1)
		}
	})
	b.Run("quarterCatmull", func(b *testing.B) {
		for b.Loop() {
			out := image.NewRGBA(image.Rect(0, 0, 500, 375))
			draw.CatmullRom.Scale(out, out.Rect, quarter, quarter.Bounds(), draw.Src, nil)
		}
	})
	b.Run("quarterRGBACatmull", func(b *testing.B) {
		for b.Loop() {
			out := image.NewRGBA(image.Rect(0, 0, 500, 375))
			draw.CatmullRom.Scale(out, out.Rect, rgba, quarter.Bounds(), draw.Src, nil)
		}
	})
	b.Run("pipeline", func(b *testing.B) {
		for b.Loop() {
			var w bytes.Buffer
			m, _ := jpeg.DecodeScaled(bytes.NewReader(data), 1000, 1, 1<<30)
			md, _ := Resize(m, m.Bounds(), 500, 375, 1)
			th, _ := Resize(md, Cover(md.Bounds(), 320, 320), 320, 320, 1)
			jpeg.Encode(&w, md, jpeg.Options{})
			jpeg.Encode(&w, th, jpeg.Options{})
		}
	})
	b.Run("std", func(b *testing.B) {
		for b.Loop() {
			stdjpeg.Decode(bytes.NewReader(data))
		}
	})
}

func TestScratch(t *testing.T) {
	data, _ := os.ReadFile("/work/shared/chevereto/inputs/k200.jpg")
	full, _ := jpeg.DecodeScaled(bytes.NewReader(data), 4000, 1, 1<<30)
	for o := range 9 {
		m, _ := Resize(full, full.Bounds(), 301, 251, Orientation(o))
		f, _ := os.Create("/tmp/jpeg/o" + string(rune('0'+o)) + ".jpg")
		jpeg.Encode(f, m, jpeg.Options{})
		f.Close()
	}
}
