package h264

// modePlane is the mode of 16x16 blocks that has no like among the smaller
// ones: Table 8-4.
const modePlane = 3

// chromaModes are the modes of luma that those of chroma stand for: Table 8-5.
var chromaModes = [4]int8{modeDC, modeHorizontal, modeVertical, modePlane}

// allowedWhole reports whether the samples that a mode of 16x16 blocks needs
// are there.
func (e *edge) allowedWhole(mode int8) bool {
	if mode == modePlane {
		return e.left && e.above && e.diag
	}
	return e.allowed(mode)
}

// predict16 predicts a 16x16 block (8.3.3).
func (e *edge) predict16(pix []uint16, stride int, mode int8) {
	switch mode {
	case modeVertical:
		e.vertical(pix, stride, 16)
	case modeHorizontal:
		e.horizontal(pix, stride, 16)
	case modeDC:
		fill(pix, stride, 16, 16, e.average(0, 0, 16))
	case modePlane:
		e.plane(pix, stride, 16, 16)
	}
}

// predictChroma predicts a block of chroma, 8 samples wide (8.3.4).
func (e *edge) predictChroma(pix []uint16, stride, height int, mode int8) {
	switch mode {
	case modeVertical:
		for y := range height {
			copy(pix[y*stride:][:8], e.line[corner+1:])
		}
	case modeHorizontal:
		for y := range height {
			fill(pix[y*stride:], stride, 8, 1, e.line[corner-1-y])
		}
	case modeDC:
		for y := 0; y < height; y += 4 {
			fill(pix[y*stride:], stride, 4, 4, e.chromaDC(0, y))
			fill(pix[y*stride+4:], stride, 4, 4, e.chromaDC(4, y))
		}
	case modePlane:
		e.plane(pix, stride, 8, height)
	}
}

// chromaDC returns the mean that predicts the 4x4 block at x, y. Blocks at the
// upper right, and at the left side below the first, touch one side, and take
// the other only if that is missing (8.3.4.1 to 8.3.4.3).
func (e *edge) chromaDC(x, y int) uint16 {
	switch {
	case x > 0 && y == 0 && e.above:
		return uint16((e.sumAbove(x, 4) + 2) >> 2)
	case x == 0 && y > 0 && e.left:
		return uint16((e.sumLeft(y, 4) + 2) >> 2)
	}
	return e.average(x, y, 4)
}

// plane predicts width by height samples by a plane through the edge (8.3.3.4,
// 8.3.4.4).
func (e *edge) plane(pix []uint16, stride, width, height int) {
	var h, v int32
	right, down := width/2, height/2
	for i := 1; i <= right; i++ {
		h += int32(i) * (int32(e.line[corner+right+i]) - int32(e.line[corner+right-i]))
	}
	for i := 1; i <= down; i++ {
		v += int32(i) * (int32(e.line[corner-down-i]) - int32(e.line[corner-down+i]))
	}
	b, c := (planeWeight(width)*h+32)>>6, (planeWeight(height)*v+32)>>6
	from := 16*(int32(e.line[corner-height])+int32(e.line[corner+width])) + 16 - b*int32(right-1) - c*int32(down-1)
	for y := range height {
		row, sum := pix[y*stride:][:width], from
		for x := range row {
			row[x] = clampTo(sum>>5, e.most)
			sum += b
		}
		from += c
	}
}

func planeWeight(length int) int32 {
	if length == 16 {
		return 5
	}
	return 34
}
