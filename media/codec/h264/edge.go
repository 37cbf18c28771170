package h264

// corner is where the sample to the upper left stands in an edge.
const corner = 24

// edge is the samples around a block as one line, which runs from the lower
// left up to the corner and on to the upper right. Beyond the samples that
// there are, the line goes on with the last one.
type edge struct {
	line              [64]uint16
	most              int32      // the greatest sample
	left, above, diag bool       // which samples there are; diag is the corner
	mean              [48]uint16 // of a sample and the next
	smooth            [48]uint16 // of a sample, doubled, and both beside it
}

// loadLeft takes n samples to the left of pix[at].
func (e *edge) loadLeft(pix []uint16, at, stride, n int) {
	for y := range n {
		e.line[corner-1-y] = pix[at-1+y*stride]
	}
	last := e.line[corner-n]
	for i := corner - n - 6; i < corner-n; i++ {
		e.line[i] = last
	}
}

// loadAbove takes n samples above pix[at]. Those to their right count as the
// last of them until loadRight.
func (e *edge) loadAbove(pix []uint16, at, stride, n int) {
	from := at - stride
	copy(e.line[corner+1:], pix[from:from+n])
	e.extend(n)
}

// loadRight takes n samples to the right of the n above pix[at].
func (e *edge) loadRight(pix []uint16, at, stride, n int) {
	from := at - stride + n
	copy(e.line[corner+1+n:], pix[from:from+n])
	e.line[corner+1+2*n] = e.line[corner+2*n]
}

// extend repeats the last of n samples above n times and one more.
func (e *edge) extend(n int) {
	last := e.line[corner+n]
	for i := corner + n + 1; i <= corner+2*n+1; i++ {
		e.line[i] = last
	}
}

// smoothLine computes smooth for blocks of n samples.
func (e *edge) smoothLine(n int) {
	a, b := uint32(e.line[corner-n-6]), uint32(e.line[corner-n-5])
	for i := corner - n - 5; i <= corner+2*n; i++ {
		c := uint32(e.line[i+1])
		e.smooth[i] = uint16((a + 2*b + c + 2) >> 2)
		a, b = b, c
	}
}

// meanLine computes mean for blocks of n samples.
func (e *edge) meanLine(n int) {
	a := uint32(e.line[corner-n-5])
	for i := corner - n - 5; i <= corner+2*n; i++ {
		b := uint32(e.line[i+1])
		e.mean[i] = uint16((a + b + 1) >> 1)
		a = b
	}
}

// filter smooths the line of an 8x8 block (8.3.2.2.1).
func (e *edge) filter() {
	l := &e.line
	switch {
	case !e.diag:
	case !e.left:
		l[corner-1] = l[corner]
	case !e.above:
		l[corner+1] = l[corner]
	}
	e.smoothLine(8)
	if !e.diag { // there is nothing between left and above
		e.smooth[corner-1] = uint16((3*uint32(l[corner-1]) + uint32(l[corner-2]) + 2) >> 2)
		e.smooth[corner+1] = uint16((3*uint32(l[corner+1]) + uint32(l[corner+2]) + 2) >> 2)
	}
	copy(l[corner-8:corner+17], e.smooth[corner-8:corner+17])
	for i := corner - 14; i < corner-8; i++ {
		l[i] = l[corner-8]
	}
	l[corner+17] = l[corner+16]
}

// sumLeft returns the sum of n samples of the left side from the y-th on.
func (e *edge) sumLeft(y, n int) (sum uint32) {
	for _, v := range e.line[corner-y-n : corner-y] {
		sum += uint32(v)
	}
	return sum
}

// sumAbove returns the sum of n samples above from the x-th on.
func (e *edge) sumAbove(x, n int) (sum uint32) {
	for _, v := range e.line[corner+1+x : corner+1+x+n] {
		sum += uint32(v)
	}
	return sum
}
