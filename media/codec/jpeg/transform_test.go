package jpeg

import (
	"bytes"
	stdjpeg "image/jpeg"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// A small picture is the whole one without its high frequencies. Blocks with
// samples at the ends of their range are left out, since these were clamped.
func TestDecodeScaledIsTheWholeWithoutHighFrequencies(t *testing.T) {
	for _, name := range baseline {
		data := testPicture(t, name)
		whole, err := stdjpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(name, err)
		}
		for _, size := range []int{1, 2, 4} {
			small := planesIn(t, decodeAt(t, data, 8/size))
			for i, p := range planesIn(t, whole) {
				size := size
				if i > 0 && size > 1 && strings.HasPrefix(name, "444") {
					size /= 2
				}
				for y := 0; y+8 <= p.height; y += 8 {
					for x := 0; x+8 <= p.width; x += 8 {
						d := blockDifference(p, small[i], x, y, size)
						if d > 2 {
							t.Fatalf("%s at %d/8, plane %d, block at %d,%d: differs by %.1f",
								name, size, i, x, y, d)
						}
					}
				}
			}
		}
	}
}

// blockDifference returns the greatest difference of samples of small, at
// size/8, to what the block of whole at x, y says.
func blockDifference(whole, small sampled, x, y, size int) float64 {
	var block [64]float64
	for i := range block {
		v := whole.rows[y+i/8][x+i%8]
		if v == 0 || v == 255 {
			return 0
		}
		block[i] = float64(v) - 128
	}
	greatest := 0.0
	for i, want := range referenceInverse(referenceForward(block), size) {
		got := small.rows[y*size/8+i/size][x*size/8+i%size]
		greatest = max(greatest, math.Abs(float64(got)-min(max(want+128, 0), 255)))
	}
	return greatest
}

// cosines is the matrix of the transform of n samples, as in A.3.3, in rows of
// frequencies.
func cosines(n int) [8][8]float64 {
	var m [8][8]float64
	for f := range n {
		for x := range n {
			m[f][x] = math.Cos(float64((2*x+1)*f)*math.Pi/float64(2*n)) / 2
			if f == 0 {
				m[f][x] /= math.Sqrt2
			}
		}
	}
	return m
}

func referenceForward(block [64]float64) (coefs [64]float64) {
	m := cosines(8)
	for i, v := range block {
		for f := range 8 {
			coefs[f*8+i%8] += v * m[f][i/8]
		}
	}
	block, coefs = coefs, [64]float64{}
	for i, v := range block {
		for f := range 8 {
			coefs[i/8*8+f] += v * m[f][i%8]
		}
	}
	return coefs
}

// referenceInverse transforms the lowest frequencies to size*size samples.
func referenceInverse(coefs [64]float64, size int) []float64 {
	m := cosines(size)
	samples := make([]float64, size*size)
	for i := range samples {
		for j := range samples {
			samples[i] += coefs[j/size*8+j%size] * m[j/size][i/size] * m[j%size][i%size]
		}
	}
	return samples
}

func TestInverseTransforms(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1, 2, 4, 8} {
		for round := range 500 {
			var exact [64]float64
			var block [64]int32
			// Some blocks have few coefficients, some many, some large ones.
			for i := range 1 + rng.IntN(64) {
				v := rng.IntN(2<<(round%9)) - 1<<(round%9)
				block[i], exact[i] = int32(v), float64(v)
			}
			got := make([]byte, size*size)
			inverse(size, &block, got, size)
			for i, want := range referenceInverse(exact, size) {
				want = min(max(want+128, 0), 255)
				if d := math.Abs(float64(got[i]) - want); d > 0.51+float64(size)/64 {
					t.Fatalf("size %d, sample %d of %v: got %d, want %.2f", size, i, block, got[i], want)
				}
			}
		}
	}
}
