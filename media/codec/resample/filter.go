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
	start, length int     // the samples that are read
	taps          int     // weights for each sample made
	first         []int   // for each sample made: the first one of taps that are read, from start
	weights       []int16 // those of samples beyond length are zero
	greatest      int     // of first
}

// newFilter returns a filter that makes n samples from a line of length
// samples. The sample i of a line spans i to i+1; of the line made, 0 comes
// from the point origin of the other and each sample spans step of it. A
// negative step reverses the line. A period of samples of the line made spans
// whole samples of the other, so that the weights come again. The number of taps is a
// multiple of one that suits who applies it.
func newFilter(n, length int, origin, step float64, period, multiple int) *filter {
	// When there are fewer samples to make, the kernel is stretched over all
	// that come to one, which keeps out frequencies too high for the result.
	stretch := max(math.Abs(step), 1)
	taps := int(math.Ceil(2 * lobes * stretch))
	taps = (taps + multiple - 1) / multiple * multiple
	f := &filter{taps: taps, first: make([]int, n), weights: make([]int16, n*taps)}
	reach := min(taps, length)
	exact := make([]float64, reach)
	span := int(math.Round(float64(period) * step))
	whole := n // the first sample made whose kernel lies on the line
	for i := range n {
		centre := origin + (float64(i)+0.5)*step
		first := int(math.Ceil(centre - lobes*stretch - 0.5))
		f.first[i] = min(max(first, 0), length-reach)
		weights := f.weights[i*taps:][:reach]
		if f.first[i] == first {
			whole = min(whole, i)
			if before := i - period; before >= whole && first-f.first[before] == span {
				copy(weights, f.weights[before*taps:])
				continue
			}
		}
		for t := range exact {
			exact[t] = lanczos((float64(f.first[i]+t) + 0.5 - centre) / stretch)
		}
		fix(weights, exact)
	}
	f.start = slices.Min(f.first)
	f.length = slices.Max(f.first) + reach - f.start
	for i := range f.first {
		f.first[i] -= f.start
		f.greatest = max(f.greatest, f.first[i])
	}
	return f
}

// of returns the weights of a sample made.
func (f *filter) of(i int) []int16 { return f.weights[i*f.taps:][:f.taps] }

// last returns the last sample that is read for one that is made, from the
// beginning of the line.
func (f *filter) last(i int) int { return f.start + min(f.first[i]+f.taps, f.length) - 1 }

// fix brings weights to a sum of one, which makes up for those that lie beyond
// the end of a line, and to fixed point. What rounding takes from one of them
// goes to the next.
func fix(weights []int16, exact []float64) {
	total := 0.0
	for _, w := range exact {
		total += w
	}
	sum, given := 0.0, 0
	for t, w := range exact {
		sum += w / total
		next := int(math.Round(sum * one))
		weights[t] = int16(next - given)
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
