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
	taps          int      // of them, for each sample made; a multiple of 4 where the line has so many
	first         []int    // for each sample made: the first of them, from start
	weights       []uint64 // for each sample made: taps weights, signed
}

// newFilter returns a filter that makes n samples from a line of length
// samples. The sample i of a line spans i to i+1; of the line made, 0 comes
// from the point origin of the other and each sample spans step of it. A
// negative step reverses the line. A period of samples of the line made spans
// whole samples of the other, so that the weights come again.
func newFilter(n, length int, origin, step float64, period int) *filter {
	// When there are fewer samples to make, the kernel is stretched over all
	// that come to one, which keeps out frequencies too high for the result.
	stretch := max(math.Abs(step), 1)
	taps := min((int(math.Ceil(2*lobes*stretch))+3)&^3, length)
	f := &filter{taps: taps, first: make([]int, n), weights: make([]uint64, n*taps)}
	exact := make([]float64, taps)
	span := int(math.Round(float64(period) * step))
	whole := n // the first sample made whose kernel lies on the line
	for i := range n {
		centre := origin + (float64(i)+0.5)*step
		first := int(math.Ceil(centre - lobes*stretch - 0.5))
		f.first[i] = min(max(first, 0), length-taps)
		weights := f.weights[i*taps : (i+1)*taps]
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
	weights := f.weights
	switch f.taps { // the usual ones, at half the time
	case 8:
		for i, first := range f.first {
			sums[i] = half + dot8((*[8]uint64)(line[first:]), (*[8]uint64)(weights))
			weights = weights[8:]
		}
	case 12:
		for i, first := range f.first {
			l, w := (*[12]uint64)(line[first:]), (*[12]uint64)(weights)
			sums[i] = half + dot8((*[8]uint64)(l[:]), (*[8]uint64)(w[:])) + dot4((*[4]uint64)(l[8:]), (*[4]uint64)(w[8:]))
			weights = weights[12:]
		}
	case 16:
		for i, first := range f.first {
			l, w := (*[16]uint64)(line[first:]), (*[16]uint64)(weights)
			sums[i] = half + dot8((*[8]uint64)(l[:]), (*[8]uint64)(w[:])) + dot8((*[8]uint64)(l[8:]), (*[8]uint64)(w[8:]))
			weights = weights[16:]
		}
	default:
		for i, first := range f.first {
			sums[i] = half + dot(line[first:first+f.taps], weights)
			weights = weights[f.taps:]
		}
	}
}

func dot4(l, w *[4]uint64) uint64 {
	return l[0]*w[0] + l[1]*w[1] + l[2]*w[2] + l[3]*w[3]
}

func dot8(l, w *[8]uint64) uint64 {
	return l[0]*w[0] + l[1]*w[1] + l[2]*w[2] + l[3]*w[3] + l[4]*w[4] + l[5]*w[5] + l[6]*w[6] + l[7]*w[7]
}

// dot returns the sum of the products of line and as many weights.
func dot(line, weights []uint64) uint64 {
	weights = weights[:len(line)]
	sum := uint64(0)
	for len(line) >= 8 && len(weights) >= 8 {
		sum += dot8((*[8]uint64)(line), (*[8]uint64)(weights))
		line, weights = line[8:], weights[8:]
	}
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
