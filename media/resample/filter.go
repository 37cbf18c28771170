package resample

import (
	"math"
	"slices"
)

const (
	// Weights are in fixed point and sum up to one.
	weightBits = 14
	one        = 1 << weightBits

	lobes = 3 // of the kernel on each side
)

// filter makes samples of a line from those of another one.
type filter struct {
	start, length int      // the samples that are read
	taps          int      // of them, for each sample made
	first         []int    // for each sample made: the first of them, from start
	weights       []uint64 // for each sample made: taps weights, signed
}

// newFilter returns a filter that makes n samples from a line of length
// samples. The sample i of a line spans i to i+1; of the line made, 0 comes
// from the point origin of the other and each sample spans step of it. A
// negative step reverses the line.
func newFilter(n, length int, origin, step float64) *filter {
	// When there are fewer samples to make, the kernel is stretched over all
	// that come to one, which keeps out frequencies too high for the result.
	stretch := max(math.Abs(step), 1)
	taps := min(int(math.Ceil(2*lobes*stretch)), length)
	f := &filter{taps: taps, first: make([]int, n), weights: make([]uint64, n*taps)}
	exact := make([]float64, taps)
	for i := range n {
		centre := origin + (float64(i)+0.5)*step
		first := int(math.Ceil(centre - lobes*stretch - 0.5))
		first = min(max(first, 0), length-taps)
		f.first[i] = first
		for t := range exact {
			exact[t] = lanczos((float64(first+t) + 0.5 - centre) / stretch)
		}
		fix(f.weights[i*taps:(i+1)*taps], exact)
	}
	f.start = slices.Min(f.first)
	f.length = slices.Max(f.first) + taps - f.start
	for i := range f.first {
		f.first[i] -= f.start
	}
	return f
}

// fix brings weights to a sum of one, which makes up for those that lie beyond
// the end of a line, and to fixed point. What rounding takes from one of them
// goes to the next.
func fix(weights []uint64, exact []float64) {
	total := 0.0
	for _, w := range exact {
		total += w
	}
	sum, given := 0.0, 0
	for t, w := range exact {
		sum += w / total
		next := int(math.Round(sum * one))
		weights[t] = uint64(next - given)
		given = next
	}
}

// lanczos is the kernel sinc(x)*sinc(x/3).
func lanczos(x float64) float64 {
	switch {
	case x == 0:
		return 1
	case math.Abs(x) >= lobes:
		return 0
	}
	x *= math.Pi
	third := math.Sin(x / 3)
	whole := third * (3 - 4*third*third) // the sine of x
	return 3 * whole * third / (x * x)
}

// apply sets each element of sums to its weighted sum of samples of line, plus
// a half of 1<<shift, by which the sums are to be shifted then.
//
// An element holds two samples, so that two lines take one multiplication: it
// is the sample of one line plus 1<<32 times that of the other. Either may be
// negative, and so may the sums.
func (f *filter) apply(sums, line []uint64, shift uint) {
	half := uint64(1<<32+1) << (shift - 1)
	for i, first := range f.first {
		sums[i] = half + dot(line[first:first+f.taps], f.weights[i*f.taps:])
	}
}

// dot returns the sum of the products of line and as many weights.
func dot(line, weights []uint64) uint64 {
	weights = weights[:len(line)]
	sum := uint64(0)
	for t, v := range line {
		sum += v * weights[t]
	}
	return sum
}

// split returns the two sums of an element.
func split(sum uint64) (a, b int32) {
	a = int32(sum)
	return a, int32((sum - uint64(int64(a))) >> 32)
}
