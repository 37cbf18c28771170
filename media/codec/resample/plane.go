package resample

import (
	"image"
	"runtime"
	"sync"
)

// mapping tells which point of the source each pixel of a result comes from.
type mapping struct {
	part          image.Rectangle // of the source
	width, height int             // of the upright result
	orientation   Orientation
}

// loader fills line with the samples of rows y0 and y1 of a plane, from column
// x on, packed as filter.apply takes them.
type loader func(line []uint64, x, y0, y1 int)

// target is where samples go: those of a row are step apart, rows are stride
// apart.
type target struct {
	pix          []byte
	step, stride int
}

const (
	// Between the passes samples keep midBits bits of fraction. As the weights'
	// magnitudes sum up to less than two, they fit into 16 bits, signed.
	midBits = 6

	midShift = weightBits - midBits
	outShift = weightBits + midBits
)

// resizer filters planes by their rows and then by their columns.
type resizer struct {
	x, y      *filter
	transpose bool
}

// resizer returns one for planes of a picture with these bounds. Each sample of
// a plane belongs to h columns and v rows of pixels, and those made belong to
// so many pixels of the result both ways.
func (m mapping) resizer(bounds image.Rectangle, h, v, pixels int) resizer {
	columns, rows := m.orientation.Size(m.width, m.height)
	flipX, flipY := m.orientation.flips()
	x := axis{m.part.Min.X, m.part.Max.X, columns, flipX}
	y := axis{m.part.Min.Y, m.part.Max.Y, rows, flipY}
	return resizer{
		x:         x.filter(bounds.Min.X, bounds.Max.X, h, pixels),
		y:         y.filter(bounds.Min.Y, bounds.Max.Y, v, pixels),
		transpose: m.orientation.transposes(),
	}
}

// resize makes the samples of a target from those of a plane.
func (r resizer) resize(to target, load loader) {
	if r.transpose {
		to.step, to.stride = to.stride, to.step
	}
	between := middles.Get().(*[]int16)
	*between = r.filterRows(*between, load)
	r.filterColumns(to, *between)
	if len(*between) <= maxMiddle {
		middles.Put(between)
	}
}

// middles are what is kept between the passes, lent to one picture after the
// other. Those of very large ones are not kept.
const maxMiddle = 1 << 20

var middles = sync.Pool{New: func() any { return new([]int16) }}

// yieldEvery is after how many lines, an even number, others who wait for a
// processor get it.
const yieldEvery = 128

// filterRows filters the rows that are needed. It returns them as columns, in
// mid if that is large enough: for each sample made of a row, those of all rows.
func (r resizer) filterRows(mid []int16, load loader) []int16 {
	fx, fy := r.x, r.y
	height := fy.length
	if n := len(fx.first) * height; n <= cap(mid) {
		mid = mid[:n]
	} else {
		mid = make([]int16, n)
	}
	line, sums := make([]uint64, fx.length), make([]uint64, len(fx.first))
	for y := 0; y < height; y += 2 {
		if y%yieldEvery == yieldEvery-2 {
			runtime.Gosched()
		}
		next := min(y+1, height-1)
		load(line, fx.start, fy.start+y, fy.start+next)
		fx.apply(sums, line, midShift)
		for x, sum := range sums {
			a, b := split(sum)
			mid[x*height+y] = int16(a >> midShift)
			mid[x*height+next] = int16(b >> midShift)
		}
	}
	return mid
}

// filterColumns filters the columns that filterRows has returned.
func (r resizer) filterColumns(to target, mid []int16) {
	width, height := len(r.x.first), r.y.length
	line, sums := make([]uint64, height), make([]uint64, len(r.y.first))
	for x := 0; x < width; x += 2 {
		if x%yieldEvery == yieldEvery-2 {
			runtime.Gosched()
		}
		next := min(x+1, width-1)
		a, b := mid[x*height:][:height], mid[next*height:][:height]
		for i := range line {
			line[i] = uint64(int64(a[i]) + int64(b[i])<<32)
		}
		r.y.apply(sums, line, outShift)
		for y, sum := range sums {
			a, b := split(sum)
			to.pix[y*to.stride+x*to.step] = clamp(a >> outShift)
			to.pix[y*to.stride+next*to.step] = clamp(b >> outShift)
		}
	}
}

// axis is one direction of a mapping: the pixels from min to max of the source
// become n of the result.
type axis struct {
	min, max int
	n        int
	flip     bool
}

// filter returns the filter for a plane whose samples stand for every pixels
// of the source from first to end, and become samples for so many pixels of
// the result. Samples lie in the middle of the pixels they stand for.
func (a axis) filter(first, end, every, pixels int) *filter {
	// As in image.YCbCr, groups of pixels are counted from 0.
	offset := first / every
	length := (end+every-1)/every - offset
	origin, step := float64(a.min), float64(a.max-a.min)/float64(a.n)
	if a.flip {
		origin, step = float64(a.max), -step
	}
	scale := float64(every)
	return newFilter((a.n+pixels-1)/pixels, length,
		origin/scale-float64(offset), step*float64(pixels)/scale, denominator((a.max-a.min)*pixels, a.n*every))
}

// denominator returns that of the fraction a/b in lowest terms.
func denominator(a, b int) int {
	gcd, rest := b, a
	for rest != 0 {
		gcd, rest = rest, gcd%rest
	}
	return b / gcd
}

func clamp(v int32) byte {
	if uint32(v) > 255 {
		v = ^(v >> 31)
	}
	return byte(v)
}
