package jpeg

import (
	"bytes"
	"errors"
	"image"
	stdjpeg "image/jpeg"
	"path/filepath"
	"strings"
	"testing"
)

func FuzzDecodeScaled(f *testing.F) {
	files, err := filepath.Glob("testdata/*.jpg")
	if err != nil || len(files) == 0 {
		f.Fatal("no pictures", err)
	}
	for i, file := range files {
		data := testPicture(f, strings.TrimSuffix(filepath.Base(file), ".jpg"))
		f.Add(data, uint16(15<<(i%4)), uint16(1))
		f.Add(data[:len(data)/2], uint16(15<<(i%4)), uint16(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, minWidth, minHeight uint16) {
		m, err := DecodeScaled(bytes.NewReader(data), int(minWidth), int(minHeight), 1<<22)
		c, configErr := DecodeConfig(bytes.NewReader(data))
		if err != nil {
			if m != nil {
				t.Error("a picture besides an error")
			}
			return
		}
		if configErr != nil {
			t.Fatal("a picture without a header:", configErr)
		}
		size := m.Bounds().Size()
		if size.X > c.Width || size.Y > c.Height ||
			size.X < min(c.Width, int(minWidth)) || size.Y < min(c.Height, int(minHeight)) {
			t.Errorf("got %v of %+v for at least %dx%d", size, c, minWidth, minHeight)
		}
		switch m.(type) {
		case *image.RGBA, *image.CMYK:
			for y := range size.Y {
				m.At(size.X-1, y)
			}
		default:
			planesIn(t, m) // which reads all samples
		}
	})
}

// Whatever image/jpeg decodes is decoded to the same size.
func FuzzDecodeScaledAsImageJPEG(f *testing.F) {
	for _, name := range []string{"1x1", "8x8", "16x16", "17x17"} {
		f.Add(testPicture(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := stdjpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || c.Width > 64 || c.Height > 64 {
			return
		}
		want, err := stdjpeg.Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		got, err := DecodeScaled(bytes.NewReader(data), c.Width, c.Height, 1<<20)
		if err == nil && got.Bounds() != want.Bounds() {
			t.Errorf("got %v, want %v", got.Bounds(), want.Bounds())
		}
		if errors.Is(err, ErrTooLarge) {
			t.Error("too large:", err)
		}
	})
}

func FuzzEncode(f *testing.F) {
	f.Add([]byte("a picture"), uint8(3), uint8(3), uint8(85), uint8(0))
	f.Add([]byte{0, 255, 255, 0}, uint8(17), uint8(9), uint8(100), uint8(2))
	f.Fuzz(func(t *testing.T, pixels []byte, width, height, quality, ratio uint8) {
		if width == 0 || height == 0 || len(pixels) == 0 {
			return
		}
		rect := image.Rect(0, 0, int(width), int(height))
		m := image.NewYCbCr(rect, image.YCbCrSubsampleRatio(ratio%6))
		for i, plane := range [][]byte{m.Y, m.Cb, m.Cr} {
			for j := range plane {
				plane[j] = pixels[(j*(i+1))%len(pixels)]
			}
		}
		data := encoded(t, m, Options{Quality: int(quality)})
		others, ours := byOthers(t, data), decodeAt(t, data, 1)
		if d := greatestDifference(t, ours, others); d > 1 {
			t.Errorf("decoded here and by image/jpeg, it differs by %d", d)
		}
		// A step of 1 in quantization leaves few errors of rounding.
		if d := greatestDifference(t, ours, m); quality == 100 && d > 4 {
			t.Errorf("at quality 100 it differs by %d", d)
		}
	})
}
