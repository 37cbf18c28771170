package gif

import (
	"bytes"
	"compress/lzw"
	"fmt"
	"image"
	"io"
	"slices"
	"testing"
)

// packed are pixels as the data of a frame, with codes for so many bits a pixel.
func packed(t testing.TB, pixels []byte, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := lzw.NewWriter(&b, lzw.LSB, size)
	if _, err := w.Write(pixels); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unpacked(data []byte, size int) []byte {
	out, _ := io.ReadAll(lzw.NewReader(bytes.NewReader(data), lzw.LSB, size))
	return out
}

func neededOf(data []byte, size, pixels int) []byte {
	keep, tail := DataEnd(bytes.NewReader(data), size, int64(pixels))
	return slices.Concat(data[:keep], tail)
}

func TestDataEnd(t *testing.T) {
	for size := 2; size <= 8; size++ {
		for name, pixel := range map[string]func(i int) int{
			"one colour": func(int) int { return 1 }, "few": func(i int) int { return i / 9 & 3 }, "noise": func(i int) int { return i * i >> 3 },
		} {
			pixels := make([]byte, 30_000)
			for i := range pixels {
				pixels[i] = byte(pixel(i)) & (1<<size - 1)
			}
			t.Run(fmt.Sprintf("%s in %d bits", name, size), func(t *testing.T) {
				data := packed(t, pixels, size)
				if got := neededOf(data, size, len(pixels)); !bytes.Equal(got, data) {
					t.Errorf("of %d bytes %d are needed", len(data), len(got))
				}
				if got := neededOf(append(bytes.Clone(data), "words"...), size, len(pixels)); !bytes.Equal(got, data) {
					t.Errorf("of %d bytes and words %d are needed", len(data), len(got))
				}
				for _, n := range []int{1, 2, 500, 10_000, len(pixels) - 1} {
					got := neededOf(data, size, n)
					out := unpacked(got, size)
					if len(out) < n || !bytes.Equal(out, pixels[:len(out)]) || len(got) > len(data) || len(out) > n+4096 {
						t.Errorf("for %d pixels: %d bytes of %d, of which %d pixels are made", n, len(got), len(data), len(out))
					}
					if again := neededOf(got, size, n); !bytes.Equal(again, got) {
						t.Errorf("for %d pixels: less is needed the second time", n)
					}
				}
				if got := neededOf(data, size, len(pixels)+1); !bytes.Equal(got, data) {
					t.Errorf("of too few pixels, %d of %d bytes are needed", len(got), len(data))
				}
				if got := neededOf(data[:len(data)/2], size, len(pixels)); len(got) > len(data)/2 || len(got) < len(data)/2-2 {
					t.Errorf("of %d bytes that break off, %d are needed", len(data)/2, len(got))
				}
			})
		}
	}
	for _, size := range []int{-1, 0, 12, 255} {
		if got := neededOf([]byte("words"), size, 9); len(got) > 0 {
			t.Errorf("codes of %d bits: %q is needed", size, got)
		}
	}
}

// FuzzDataEnd wants the pixels to be those that unpack makes of all the data.
func FuzzDataEnd(f *testing.F) {
	for _, size := range []int{2, 8} {
		f.Add(packed(f, bytes.Repeat([]byte{0, 1, 1, 2, 3, 3}, 40), size), size, 20)
		f.Add(append(packed(f, bytes.Repeat([]byte{1}, 400), size), "words"...), size, 20)
	}
	f.Fuzz(func(t *testing.T, data []byte, size, width int) {
		if size < 1 || size > maxCodeSize || width < 1 || width > 100 {
			return
		}
		drawn := func(data []byte) *pixels {
			p := &pixels{m: image.NewPaletted(image.Rect(0, 0, width, width), nil)}
			unpack(bytes.NewReader(data), uint(size), p)
			return p
		}
		got := neededOf(data, size, width*width)
		was, is := drawn(data), drawn(got)
		if !bytes.Equal(was.m.Pix, is.m.Pix) || was.full() != is.full() {
			t.Errorf("%x became %x, of other pixels", data, got)
		}
		if again := neededOf(got, size, width*width); !bytes.Equal(again, got) || len(got) > len(data)+3 {
			t.Errorf("%x became %x, and that %x", data, got, again)
		}
	})
}
