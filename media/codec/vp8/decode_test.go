package vp8

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	dwebp "github.com/deepteams/webp"
	xvp8 "golang.org/x/image/vp8"

	"postern/media/codec/codectest"
)

// painted is a picture with smooth parts, edges and noise.
func painted(width, height int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	random := rand.New(rand.NewPCG(uint64(width), 7))
	for y := range height {
		for x := range width {
			v := 120 + 100*math.Sin(float64(x)/17)*math.Cos(float64(y)/11)
			if (x/40+y/30)%3 == 0 {
				v = float64(random.IntN(256))
			}
			if x > y {
				v = 255 - v/3
			}
			m.SetRGBA(x, y, color.RGBA{uint8(v), uint8(v / 2), uint8(x * y), 255})
		}
	}
	return m
}

// framesOfOthers are what another encoder makes, which uses all that the format has.
func framesOfOthers(t testing.TB) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	add := func(size image.Point, quality float32, change func(*dwebp.EncoderOptions)) {
		o := dwebp.DefaultOptions()
		o.Quality = quality
		change(o)
		var b bytes.Buffer
		if err := dwebp.Encode(&b, painted(size.X, size.Y), o); err != nil {
			t.Fatal(err)
		}
		all[fmt.Sprint(size, quality, len(all))] = codectest.Chunk(t, b.Bytes(), "VP8 ")
	}
	for _, size := range []image.Point{{1, 1}, {3, 5}, {16, 16}, {17, 15}, {33, 100}, {200, 160}} {
		for _, quality := range []float32{1, 20, 50, 75, 95} {
			add(size, quality, func(*dwebp.EncoderOptions) {})
		}
		for _, sharpness := range []int{0, 3, 7} {
			for kind := range 2 {
				add(size, 30, func(o *dwebp.EncoderOptions) {
					o.FilterType, o.FilterStrength, o.FilterSharpness, o.Partitions = kind, 100, sharpness, 2
				})
			}
		}
	}
	return all
}

func TestDecodeAsOthers(t *testing.T) {
	frames := framesOfOthers(t)
	for quality := 1; quality <= 100; quality += 9 {
		frames[fmt.Sprint("our own ", quality)] = mustEncode(t, picture(150, 99, 60), quality)
	}
	files, err := filepath.Glob("../../picture/testdata/webp/lossy.webp")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		frames[name] = codectest.Chunk(t, file, "VP8 ")
	}
	for name, frame := range frames {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(t.Context(), frame)
			if err != nil {
				t.Fatal(err)
			}
			if want := decode(t, frame); !equal(got, want) {
				t.Error("differs from golang.org/x/image/vp8")
			}
		})
	}
}

func TestDecodeCutShort(t *testing.T) {
	frame := mustEncode(t, picture(70, 50, 60), 80)
	for n := range len(frame) {
		d := xvp8.NewDecoder()
		d.Init(bytes.NewReader(frame[:n]), n)
		_, want := d.DecodeFrameHeader()
		if want == nil {
			_, want = d.DecodeFrame()
		}
		if _, err := Decode(t.Context(), frame[:n]); (err == nil) != (want == nil) || err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatalf("%d of %d bytes: got %v, want %v", n, len(frame), err, want)
		}
	}
}

// isExtreme reports whether a frame has coefficients or levels of the filter that no
// encoder writes and for which other decoders count beyond their integers, or a part that
// begins with a number beyond the interval, which means nothing.
func isExtreme(t *testing.T, frame []byte) bool {
	t.Helper()
	d, err := newDecoder(frame)
	if err != nil {
		t.Fatal(err)
	}
	const beyond = 0xff
	for _, part := range d.parts {
		if len(part.data) > 0 && part.data[0] == beyond || frame[10] == beyond {
			return true
		}
	}
	for i := range maxSegments {
		level := d.segments.of(&d.segments.filter, i, d.filter.level)
		for _, l := range []int{level + d.filter.frame, level + d.filter.frame + d.filter.blocks} {
			if l != int(int8(l)) {
				return true
			}
		}
	}
	const most = 4000
	extreme := false
	for y := range d.down {
		d.left, d.leftModes = contexts{}, [4]blockMode{}
		for x := range d.across {
			d.readMacroblock(x, &d.parts[y%len(d.parts)])
			for i := range d.macroblock.coefs {
				for _, v := range d.macroblock.coefs[i] {
					extreme = extreme || v > most || v < -most
				}
			}
			d.macroblock.coefs = [24]coefficients{}
		}
	}
	return extreme
}

func TestDecodeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	frame := mustEncode(t, picture(70, 50, 60), 80)
	if _, err := Decode(ctx, frame); !errors.Is(err, context.Canceled) || errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, frame := range framesOfOthers(f) {
		if len(frame) < 2000 {
			f.Add(frame)
		}
	}
	f.Add(mustEncode(f, picture(40, 30, 100), 60))
	f.Fuzz(func(t *testing.T, frame []byte) {
		other := xvp8.NewDecoder()
		other.Init(bytes.NewReader(frame), len(frame))
		header, want := other.DecodeFrameHeader()
		if header.Width*header.Height > 1<<16 {
			return
		}
		got, err := Decode(t.Context(), frame)
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
		if want != nil || !header.KeyFrame || header.Width == 0 || header.Height == 0 {
			return
		}
		m, want := other.DecodeFrame()
		switch {
		case want != nil:
		case err != nil:
			t.Errorf("got %v, another decoder takes it", err)
		case !equal(got, m) && !isExtreme(t, frame):
			t.Error("differs from golang.org/x/image/vp8")
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	frame := mustEncode(b, picture(1000, 750, 60), 90)
	for b.Loop() {
		if _, err := Decode(b.Context(), frame); err != nil {
			b.Fatal(err)
		}
	}
}
