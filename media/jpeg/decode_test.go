package jpeg

import (
	"bytes"
	"image"
	stdjpeg "image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/gen2brain/jpegn"
)

func planes(m image.Image) ([][]byte, []int, [][2]int) {
	switch m := m.(type) {
	case *image.Gray:
		return [][]byte{m.Pix}, []int{m.Stride}, [][2]int{{m.Rect.Dx(), m.Rect.Dy()}}
	case *image.YCbCr:
		w, h := m.Rect.Dx(), m.Rect.Dy()
		cw, ch := w, h
		switch m.SubsampleRatio {
		case image.YCbCrSubsampleRatio422:
			cw = (w + 1) / 2
		case image.YCbCrSubsampleRatio420:
			cw, ch = (w+1)/2, (h+1)/2
		case image.YCbCrSubsampleRatio440:
			ch = (h + 1) / 2
		case image.YCbCrSubsampleRatio411:
			cw = (w + 3) / 4
		case image.YCbCrSubsampleRatio410:
			cw, ch = (w+3)/4, (h+1)/2
		}
		return [][]byte{m.Y, m.Cb, m.Cr}, []int{m.YStride, m.CStride, m.CStride}, [][2]int{{w, h}, {cw, ch}, {cw, ch}}
	}
	return nil, nil, nil
}

func diff(a, b image.Image) (hist [8]int) {
	pa, sa, d := planes(a)
	pb, sb, db := planes(b)
	if len(d) != len(db) || d[0] != db[0] {
		hist[0] = -1
		return
	}
	for i := range pa {
		if d[i] != db[i] {
			hist[0] = -2
			return
		}
		for y := range d[i][1] {
			for x := range d[i][0] {
				v := int(pa[i][y*sa[i]+x]) - int(pb[i][y*sb[i]+x])
				hist[min(max(v, -v), 7)]++
			}
		}
	}
	return
}

func TestScratch(t *testing.T) {
	files, _ := filepath.Glob("/usr/local/go/src/image/testdata/*.jpeg")
	more, _ := filepath.Glob("/work/shared/chevereto/inputs/*.jpg")
	for _, n := range append(files, more...) {
		data, _ := os.ReadFile(n)
		std, err1 := stdjpeg.Decode(bytes.NewReader(data))
		for _, den := range []int{1, 2, 4, 8} {
			c, _ := DecodeConfig(bytes.NewReader(data))
			m, err := DecodeScaled(bytes.NewReader(data), (c.Width+den-1)/den, (c.Height+den-1)/den, 1<<30)
			if err != nil || err1 != nil {
				t.Log(filepath.Base(n), den, err, err1)
				if m == nil || err != nil {continue}
			}
			if den == 1 && err1 == nil {
				t.Log(filepath.Base(n), "std", diff(m, std))
			}
			j, err := jpegn.Decode(bytes.NewReader(data), &jpegn.Options{ScaleDenom: den})
			if err != nil {
				t.Log(filepath.Base(n), den, "jpegn", err)
				continue
			}
			t.Log(filepath.Base(n), den, "jpegn", diff(m, j))
		}
	}
}

func BenchmarkScratch(b *testing.B) {
	data, _ := os.ReadFile(cmp(os.Getenv("BIG"),"/work/shared/chevereto/inputs/big12.jpg"))
	for _, w := range []int{500, 1000, 2000, 4000} {
		b.Run("own", func(b *testing.B) {
			for b.Loop() {
				DecodeScaled(bytes.NewReader(data), w, 1, 1<<30)
			}
		})
		if false {continue};b.Run("jpegn", func(b *testing.B) {
			for b.Loop() {
				jpegn.Decode(bytes.NewReader(data), &jpegn.Options{ScaleDenom: 4000/w})
			}
		})
	}
	b.Run("std", func(b *testing.B) {
		for b.Loop() {
			stdjpeg.Decode(bytes.NewReader(data))
		}
	})
}

func cmp(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
