//go:build linux

package jpeg

import (
	"bytes"
	"image/color"
	"math/rand/v2"
	"testing"

	"postern/media/codec/codectest"
)

// fillPixels makes pixels of any colours, of which many have the ends of the range.
func fillPixels(random *rand.Rand, pixels []byte) {
	ends := random.IntN(4)
	for i := range pixels {
		pixels[i] = byte(random.Uint32())
		if random.IntN(4) < ends {
			pixels[i] = byte(-random.IntN(2))
		}
	}
	if random.IntN(2) == 0 {
		for i := 3; i < len(pixels); i += 4 {
			pixels[i] = 255
		}
	}
}

func checkLuma(t *testing.T, random *rand.Rand, luma, pixels []byte) {
	t.Helper()
	fillPixels(random, pixels)
	want := make([]byte, len(luma))
	alpha := lumaGo(want, pixels)
	if got := lumaRow(luma, pixels); got != alpha {
		t.Fatalf("%v: alpha got %d, want %d", pixels, got, alpha)
	}
	if !bytes.Equal(luma, want) {
		t.Fatalf("%v: got %v, want %v", pixels, luma, want)
	}
}

func TestLumaAsItsTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 200; n++ {
		luma, pixels := codectest.Guarded(t, n), codectest.Guarded(t, 4*n)
		for range 50 {
			checkLuma(t, random, luma, pixels)
		}
	}
}

func TestLumaAsTheStandardLibrary(t *testing.T) {
	var luma [256]byte
	var pixels [4 * 256]byte
	for r := range 256 {
		for g := range 256 {
			for b := range 256 {
				copy(pixels[4*b:], []byte{byte(r), byte(g), byte(b), 255})
			}
			lumaRow(luma[:], pixels[:])
			for b, got := range luma {
				if want, _, _ := color.RGBToYCbCr(byte(r), byte(g), byte(b)); got != want {
					t.Fatalf("%d %d %d: got %d, want %d", r, g, b, got, want)
				}
			}
		}
	}
}

func checkChroma(t *testing.T, random *rand.Rand, cb, cr, above, below []byte) {
	t.Helper()
	fillPixels(random, above)
	fillPixels(random, below)
	wantB, wantR := make([]byte, len(cb)), make([]byte, len(cr))
	chromaRow(cb, cr, above, below)
	chromaGo(wantB, wantR, above, below)
	if !bytes.Equal(cb, wantB) || !bytes.Equal(cr, wantR) {
		t.Fatalf("%v %v: got %v %v, want %v %v", above, below, cb, cr, wantB, wantR)
	}
}

func TestChromaAsItsTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := 1; n < 200; n++ {
		cb, cr := codectest.Guarded(t, (n+1)/2), codectest.Guarded(t, (n+1)/2)
		above, below := codectest.Guarded(t, 4*n), codectest.Guarded(t, 4*n)
		for range 50 {
			checkChroma(t, random, cb, cr, above, below)
		}
	}
}

func checkTransform(t *testing.T, random *rand.Rand, samples []byte, stride int) {
	t.Helper()
	base, spread := random.IntN(256), 1<<random.IntN(10)
	for i := range samples {
		samples[i] = byte(min(max(base+random.IntN(spread)-spread/2, 0), 255))
	}
	var e encoder
	e.setQuality(1 + random.IntN(100))
	var got, want [64]int16
	scale := &e.scale[random.IntN(2)]
	nonzero, wanted := transform(samples, stride, scale, &got), transformGo(samples, stride, scale, &want)
	if got != want || nonzero != wanted {
		t.Fatalf("%v: got %v, %#x, want %v, %#x", samples, got, nonzero, want, wanted)
	}
}

func TestTransformAsItsTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for stride := 8; stride < 40; stride++ {
		samples := codectest.Guarded(t, 7*stride+8)
		for range 1000 {
			checkTransform(t, random, samples, stride)
		}
	}
}

func FuzzKernels(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 7))
		n := 1 + random.IntN(300)
		above, below := make([]byte, 4*n), make([]byte, 4*n)
		checkLuma(t, random, make([]byte, n), above)
		checkChroma(t, random, make([]byte, (n+1)/2), make([]byte, (n+1)/2), above, below)
		stride := 8 + random.IntN(100)
		checkTransform(t, random, make([]byte, 7*stride+8), stride)
	})
}
