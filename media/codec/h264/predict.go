package h264

// Modes of prediction of 4x4 and 8x8 blocks: Tables 8-2 and 8-3. Vertical,
// horizontal and DC are those of 16x16 blocks too.
const (
	modeVertical = iota
	modeHorizontal
	modeDC
	modeDownLeft
	modeDownRight
	modeVerticalRight
	modeHorizontalDown
	modeVerticalLeft
	modeHorizontalUp
)

// allowed reports whether the samples that a mode needs are there.
func (e *edge) allowed(mode int8) bool {
	switch mode {
	case modeDC:
		return true
	case modeVertical, modeDownLeft, modeVerticalLeft:
		return e.above
	case modeHorizontal, modeHorizontalUp:
		return e.left
	}
	return e.left && e.above && e.diag
}

// predict predicts the n by n samples at the start of pix, 4 or 8 (8.3.1.2,
// 8.3.2.2).
func (e *edge) predict(pix []uint16, stride, n int, mode int8) {
	switch mode {
	case modeVertical:
		e.vertical(pix, stride, n)
		return
	case modeHorizontal:
		e.horizontal(pix, stride, n)
		return
	case modeDC:
		fill(pix, stride, n, n, e.average(0, 0, n))
		return
	}
	e.smoothLine(n)
	if mode > modeDownRight {
		e.meanLine(n)
	}
	switch mode {
	case modeDownLeft:
		for y := range n {
			copy(pix[y*stride:][:n], e.smooth[corner+2+y:])
		}
	case modeDownRight:
		for y := range n {
			copy(pix[y*stride:][:n], e.smooth[corner-y:])
		}
	case modeVerticalRight:
		e.verticalRight(pix, stride, n)
	case modeHorizontalDown:
		e.horizontalDown(pix, stride, n)
	case modeVerticalLeft:
		for y := 0; y < n; y += 2 {
			copy(pix[y*stride:][:n], e.mean[corner+1+y/2:])
			copy(pix[(y+1)*stride:][:n], e.smooth[corner+2+y/2:])
		}
	case modeHorizontalUp:
		e.horizontalUp(pix, stride, n)
	}
}

func (e *edge) vertical(pix []uint16, stride, n int) {
	for y := range n {
		copy(pix[y*stride:][:n], e.line[corner+1:])
	}
}

func (e *edge) horizontal(pix []uint16, stride, n int) {
	for y := range n {
		fill(pix[y*stride:], stride, n, 1, e.line[corner-1-y])
	}
}

// fill sets the samples of a rectangle.
func fill(pix []uint16, stride, width, height int, v uint16) {
	for y := range height {
		row := pix[y*stride:][:width]
		for x := range row {
			row[x] = v
		}
	}
}

// average returns the mean of n samples to the left from the y-th on and n above
// from the x-th on, as far as they are there.
func (e *edge) average(x, y, n int) uint16 {
	count := uint32(n)
	switch {
	case e.left && e.above:
		return uint16((e.sumLeft(y, n) + e.sumAbove(x, n) + count) / (2 * count))
	case e.left:
		return uint16((e.sumLeft(y, n) + count/2) / count)
	case e.above:
		return uint16((e.sumAbove(x, n) + count/2) / count)
	}
	return uint16(e.most+1) / 2
}

// verticalRight predicts down and a little to the right. Every second row is
// the one two above, moved by a sample.
func (e *edge) verticalRight(pix []uint16, stride, n int) {
	for y := range n {
		row, from := pix[y*stride:][:n], corner-y/2
		if y%2 == 0 {
			copy(row, e.mean[from:])
		} else {
			copy(row, e.smooth[from:])
		}
		for x := range y / 2 { // these come from the left side
			row[x] = e.smooth[corner+1+2*x-y]
		}
	}
}

// horizontalDown predicts to the right and a little down. All rows are pieces
// of one line, two samples apart.
func (e *edge) horizontalDown(pix []uint16, stride, n int) {
	var line [24]uint16
	for i := range n {
		line[2*i] = e.mean[corner-n+i]
		line[2*i+1] = e.smooth[corner-n+1+i]
	}
	copy(line[2*n:3*n-2], e.smooth[corner+1:])
	for y := range n {
		copy(pix[y*stride:][:n], line[2*(n-1-y):])
	}
}

// horizontalUp predicts to the right and a little up, in the same way.
func (e *edge) horizontalUp(pix []uint16, stride, n int) {
	var line [24]uint16
	for i := range n + n/2 {
		line[2*i] = e.mean[corner-2-i]
		line[2*i+1] = e.smooth[corner-2-i]
	}
	for y := range n {
		copy(pix[y*stride:][:n], line[2*y:])
	}
}
