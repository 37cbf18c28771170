package resample

import "math"

const (
	// Weights are in fixed point and sum up to one.
	weightBits = 14
	one        = 1 << weightBits

	lobes = 3 // of the Lanczos kernel on each side
)

// filter makes samples of a line from those of another one.
type filter struct {
	taps    int      // samples read for each one made
	first   []int    // for each sample made: the first one read
	weights []uint64 // for each sample made: taps weights, signed
}

// newFilter returns a filter that makes n samples from a line of length
// samples. The sample i of a line spans i to i+1; of the line made, 0 comes
// from the point origin of the other and each sample spans step of it. A
// negative step reverses the line.
func newFilter(n, length int, origin, step float64) *filter {
	// When there are fewer samples to make, the kernel is stretched over all
	// that come to one, which keeps out frequencies too high for the result.
	stretch := max(math.Abs(step), 1)
	taps := min(int(math.Ceil(2*lobes*stretch))+1, length)
	f := &filter{taps: taps, first: make([]int, n), weights: make([]uint64, n*taps)}
	exact := make([]float64, taps)
	for i := range n {
		centre := origin + (float64(i)+0.5)*step
		first := int(math.Floor(centre - lobes*stretch))
		first = min(max(first, 0), length-taps)
		f.first[i] = first
		for t := range exact {
			exact[t] = lanczos((float64(first+t) + 0.5 - centre) / stretch)
		}
		fix(f.weights[i*taps:(i+1)*taps], exact)
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

// lanczos is the kernel sinc(x)*sinc(x/lobes).
func lanczos(x float64) float64 {
	switch {
	case x == 0:
		return 1
	case math.Abs(x) >= lobes:
		return 0
	}
	x *= math.Pi
	return lobes * math.Sin(x) * math.Sin(x/lobes) / (x * x)
}

// pack sets each element of line to a sample of one row in its lower half plus
// one of the next row in its upper half.
type packer func(line []uint64, row int)

// apply filters rows of length samples, which pack provides two at a time: the
// sum over two rows takes one multiplication. It hands each pair of samples
// made, of row and row+1, to store.
//
// Halves may be negative. A sum of packed products is the lower half, as a
// signed number, plus 1<<32 times the upper one.
func (f *filter) apply(line []uint64, rows int, pack packer, store func(row int, sums []uint64)) {
	sums := make([]uint64, len(f.first))
	for row := 0; row < rows; row += 2 {
		pack(line, row)
		for i, first := range f.first {
			sums[i] = dot(line[first:first+f.taps], f.weights[i*f.taps:])
		}
		store(row, sums)
	}
}

func dot(line, weights []uint64) uint64 {
	weights = weights[:len(line)]
	sum := uint64(0)
	for t, v := range line {
		sum += v * weights[t]
	}
	return sum
}
