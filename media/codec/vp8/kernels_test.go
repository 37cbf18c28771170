//go:build linux

package vp8

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"postern/media/codec/codectest"
)

// checkCoefficients reads blocks from data until they are used up, by the kernel and by
// its twin.
func checkCoefficients(t *testing.T, random *rand.Rand, data []byte) {
	t.Helper()
	var p kindProbabilities
	for n := range p {
		for context := range p[n] {
			for i := range 11 {
				p[n][context][i] = []uint8{uint8(random.IntN(256)), 255, 1, 128}[random.IntN(4)]
			}
		}
	}
	got, want := newBoolReader(data), newBoolReader(data)
	for !want.short {
		context, first := random.IntN(3), random.IntN(2)
		dc, ac := int32(random.IntN(315)), int32(random.IntN(441))
		var a, b coefficients
		n := got.readCoefficients(&p, context, first, dc, ac, &a)
		m := want.readCoefficientsGo(&p, context, first, dc, ac, &b)
		if n != m || a != b {
			t.Fatalf("got %d coefficients %v, want %d, %v", n, a, m, b)
		}
		if got.width != want.width || got.short != want.short || left(&got) != left(&want) {
			t.Fatalf("got to %d of width %d, want %d of width %d", left(&got), got.width, left(&want), want.width)
		}
	}
}

// left is how many bits are.
func left(r *boolReader) int { return r.valid + 8*len(r.data) }

func TestCoefficientsAsTheirTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 1000 {
		data := codectest.Guarded(t, n)
		for i := range data {
			data[i] = byte(random.Uint32())
			if n%3 == 0 {
				data[i] = 0xff // great levels
			}
		}
		checkCoefficients(t, random, data)
	}
}

func checkAdd(t *testing.T, random *rand.Rand, samples []byte, stride int) {
	t.Helper()
	var c coefficients
	for i := range c {
		c[i] = []int16{int16(random.IntN(200) - 100), int16(random.IntN(4000) - 2000), int16(random.Uint32()), 0}[random.IntN(4)]
	}
	for i := range samples {
		samples[i] = byte(random.Uint32())
	}
	want := bytes.Clone(samples)
	addCoefficients(&c, samples, stride)
	addCoefficientsGo(&c, want, stride)
	if !bytes.Equal(samples, want) {
		t.Fatalf("%v: got %v, want %v", c, samples, want)
	}
}

func TestAddAsItsTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for stride := 4; stride < 100; stride += 3 {
		samples := codectest.Guarded(t, 3*stride+4)
		for range 200 {
			checkAdd(t, random, samples, stride)
		}
	}
}

// checkEdge smooths an edge that ends with the samples, or begins with them.
func checkEdge(t *testing.T, random *rand.Rand, samples []byte, stride int, d direction, outer bool) {
	t.Helper()
	base, spread := random.IntN(256), 1+random.IntN(1<<random.IntN(9))
	for i := range samples {
		samples[i] = clamp(int32(base + random.IntN(spread) - spread/2))
	}
	before, across := 4, 7*stride+8
	if d == horizontal {
		before = 4 * stride
	}
	at, other := before, len(samples)-across+before
	s := strength{outer: int32(random.IntN(194)), inner: int32(random.IntN(190)), next: int32(random.IntN(64)), high: int32(random.IntN(3))}
	got, want := plane{samples: samples, stride: stride}, plane{samples: bytes.Clone(samples), stride: stride}
	smoothEdge(&got, &got, at, other, d, outer, s)
	smoothEdgeGo(&want, &want, at, other, d, outer, s)
	if !bytes.Equal(got.samples, want.samples) {
		t.Fatalf("%+v, horizontal %v, outer %v: got\n%v, want\n%v", s, d, outer, got.samples, want.samples)
	}
}

func checkEdges(t *testing.T, random *rand.Rand, samples []byte, stride int) {
	t.Helper()
	for _, d := range []direction{vertical, horizontal} {
		for _, outer := range []bool{false, true} {
			checkEdge(t, random, samples, stride, d, outer)
		}
	}
}

func TestEdgesAsTheirTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for stride := 8; stride < 60; stride += 5 {
		samples := codectest.Guarded(t, 15*stride+8) // two blocks that do not overlap
		for range 300 {
			checkEdges(t, random, samples, stride)
		}
	}
}

func FuzzKernels(f *testing.F) {
	f.Add(uint64(1), []byte("some bytes"))
	f.Fuzz(func(t *testing.T, seed uint64, data []byte) {
		random := rand.New(rand.NewPCG(seed, 7))
		checkCoefficients(t, random, bytes.Repeat(data, 1+random.IntN(100)))
		stride := 8 + random.IntN(100)
		checkAdd(t, random, make([]byte, 3*stride+4), stride)
		checkEdges(t, random, make([]byte, 15*stride+8), stride)
	})
}
