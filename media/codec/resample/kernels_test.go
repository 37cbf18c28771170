package resample

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// randomWeights returns n weights of a sum of one, the magnitudes of which sum up to
// less than two, as those of filters do.
func randomWeights(random *rand.Rand, n int) []int16 {
	weights := make([]int16, n)
	left := one/2 - n
	for i := range n - 1 {
		v := random.IntN(max(2*left/n, 1))
		left -= v
		weights[i] = int16(v)
		if random.IntN(3) == 0 {
			weights[i] = -weights[i]
		}
	}
	sum := 0
	for _, w := range weights {
		sum += int(w)
	}
	weights[n-1] = int16(one - sum)
	random.Shuffle(n, func(i, j int) { weights[i], weights[j] = weights[j], weights[i] })
	return weights
}

// extreme is 0 or 255, or anything.
func extreme(random *rand.Rand) byte { return byte([]int{0, 255, random.IntN(256)}[random.IntN(3)]) }

func checkVertical(t *testing.T, random *rand.Rand, columns, taps int) {
	t.Helper()
	rows := make([]byte, (taps+2)*(columns+3))
	for i := range rows {
		rows[i] = extreme(random)
	}
	offsets := make([]int, taps)
	for i := range offsets {
		offsets[i] = random.IntN(len(rows) - columns + 1)
	}
	offsets[0] = len(rows) - columns // up to the last byte
	weights := randomWeights(random, taps)
	got, want := make([]int16, columns+8), make([]int16, columns+8)
	for i := range got {
		got[i], want[i] = -7, -7
	}
	vertical(got[:columns], rows, offsets, weights)
	verticalGo(want[:columns], rows, offsets, weights)
	if !slices.Equal(got, want) {
		t.Fatalf("%d columns of %d rows: got\n%v, want\n%v", columns, taps, got, want)
	}
	for i := range columns { // the definition
		sum := 1 << (midShift - 1)
		for j, w := range weights {
			sum += int(rows[offsets[j]+i]) * int(w)
		}
		if want[i] != int16(sum>>midShift) {
			t.Fatalf("column %d of %d: got %d, want %d", i, columns, want[i], sum>>midShift)
		}
	}
}

func TestVertical(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for columns := 1; columns <= 200; columns++ {
		for _, taps := range []int{4, 8, 24, 48} {
			checkVertical(t, random, columns, taps)
		}
	}
}

func checkHorizontal(t *testing.T, random *rand.Rand, n, taps, channels int) {
	t.Helper()
	f := &filter{taps: taps}
	for range n {
		f.first = append(f.first, random.IntN(50))
		f.greatest = max(f.greatest, f.first[len(f.first)-1])
		f.weights = append(f.weights, randomWeights(random, taps)...)
	}
	line := make([]int16, channels*(f.greatest+taps)+slack)
	for i := range line {
		line[i] = int16(random.IntN(2*255<<midBits) - 255<<(midBits-1)) // with overshoot
	}
	size := 4
	if channels == 1 {
		size = 1
	}
	got, want := make([]byte, size*n+8), make([]byte, size*n+8)
	for i := range got {
		got[i], want[i] = 0x5a, 0x5a
	}
	if channels == 1 {
		horizontal(got, line, f)
		horizontalGo(want, line, f)
	} else {
		pairs := make([]uint64, 2*(f.greatest+taps))
		horizontalPixels(got, line, channels, f, pairs)
		horizontalPixelsGo(want, line, channels, f, pairs)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%d pixels of %d channels, %d taps: got\n%v, want\n%v", n, channels, taps, got, want)
	}
	for i := range size * n { // the definition
		if v := defined(f, line, i/size, channels, i%size); want[i] != v {
			t.Fatalf("pixel %d, channel %d of %d: got %d, want %d", i/size, i%size, channels, want[i], v)
		}
	}
}

// defined is the sample c of pixel i.
func defined(f *filter, line []int16, i, channels, c int) byte {
	if c == 3 && channels == 3 {
		return 255
	}
	sum := 1 << (outShift - 1)
	for t, w := range f.of(i) {
		sum += int(line[(f.first[i]+t)*channels+c]) * int(w)
	}
	v := byte(min(max(sum>>outShift, 0), 255))
	if channels == 4 && c < 3 {
		v = min(v, defined(f, line, i, channels, 3))
	}
	return v
}

func TestHorizontal(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, channels := range []int{1, 3, 4} {
		for n := 1; n <= 40; n++ {
			for _, taps := range []int{4, 8, 12, 24, 28, 48} {
				checkHorizontal(t, random, n, taps, channels)
			}
		}
	}
}

func FuzzKernels(f *testing.F) {
	f.Add(uint64(1), uint16(100), uint8(6))
	f.Fuzz(func(t *testing.T, seed uint64, n uint16, quarters uint8) {
		random := rand.New(rand.NewPCG(seed, 5))
		taps := 4 * (1 + int(quarters%40))
		checkVertical(t, random, 1+int(n%1000), taps)
		for _, channels := range []int{1, 3, 4} {
			checkHorizontal(t, random, 1+int(n%100), taps, channels)
		}
	})
}
