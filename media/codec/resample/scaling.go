package resample

import "image"

// Taps are multiples of what one step of a kernel takes.
const (
	rowMultiple    = 4
	columnMultiple = 4
)

// mapping tells which point of the source each pixel of a result comes from.
type mapping struct {
	part          image.Rectangle // of the source
	width, height int             // of the upright result
	orientation   Orientation
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
func (a axis) filter(first, end, every, pixels, multiple int) *filter {
	// As in image.YCbCr, groups of pixels are counted from 0.
	offset := first / every
	length := (end+every-1)/every - offset
	origin, step := float64(a.min), float64(a.max-a.min)/float64(a.n)
	if a.flip {
		origin, step = float64(a.max), -step
	}
	scale := float64(every)
	return newFilter((a.n+pixels-1)/pixels, length,
		origin/scale-float64(offset), step*float64(pixels)/scale, denominator((a.max-a.min)*pixels, a.n*every), multiple)
}

// denominator returns that of the fraction a/b in lowest terms.
func denominator(a, b int) int {
	gcd, rest := b, a
	for rest != 0 {
		gcd, rest = rest, gcd%rest
	}
	return b / gcd
}

// scaling makes rows of a result: it filters columns first, since most of the work is
// done there, on bytes, and then the one line that comes of them.
type scaling struct {
	x, y     *filter
	channels int
	line     []int16
	pairs    []uint64
	offsets  []int
}

// scaling returns one for planes of a picture with these bounds, of pixels of so many
// channels. Each sample of a plane belongs to h columns and v rows of pixels, and
// those made belong to so many pixels of the result both ways.
func (m mapping) scaling(bounds image.Rectangle, channels, h, v, pixels int) *scaling {
	columns, rows := m.orientation.Size(m.width, m.height)
	flipX, flipY := m.orientation.flips()
	x := axis{m.part.Min.X, m.part.Max.X, columns, flipX}
	y := axis{m.part.Min.Y, m.part.Max.Y, rows, flipY}
	s := &scaling{
		x:        x.filter(bounds.Min.X, bounds.Max.X, h, pixels, columnMultiple),
		y:        y.filter(bounds.Min.Y, bounds.Max.Y, v, pixels, rowMultiple),
		channels: channels,
	}
	s.line = make([]int16, channels*(s.x.length+s.x.taps)+slack)
	if channels > 1 {
		s.pairs = make([]uint64, 2*(s.x.length+s.x.taps))
	}
	s.offsets = make([]int, s.y.taps)
	return s
}

// pixelBytes is how many bytes a pixel of the result has.
func (s *scaling) pixelBytes() int {
	if s.channels == 1 {
		return 1
	}
	return 4
}

// row makes row i of the result, of rows of the source that begin in samples
// where at says.
func (s *scaling) row(dst []byte, i int, samples []byte, at func(row int) int) {
	first, last := s.y.start+s.y.first[i], s.y.last(i)
	for t := range s.offsets {
		s.offsets[t] = at(min(first+t, last)) + s.x.start*s.channels
	}
	vertical(s.line[:s.x.length*s.channels], samples, s.offsets, s.y.of(i))
	if s.channels == 1 {
		horizontal(dst, s.line, s.x)
	} else {
		horizontalPixels(dst, s.line, s.channels, s.x, s.pairs)
	}
}
