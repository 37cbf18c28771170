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
func (e *edge) predict16(pix []uint8, stride int, mode int8) {
	switch mode {
	case modeVertical:
		e.vertical(pix, stride, 16)
	case modeHorizontal:
		e.horizontal(pix, stride, 16)
	case modeDC:
		fill(pix, stride, 16, 16, e.average(0, 16))
	case modePlane:
		e.plane(pix, stride, 16, 5)
	}
}

// predictChroma predicts an 8x8 block of chroma (8.3.4).
func (e *edge) predictChroma(pix []uint8, stride int, mode int8) {
	switch mode {
	case modeVertical:
		e.vertical(pix, stride, 8)
	case modeHorizontal:
		e.horizontal(pix, stride, 8)
	case modeDC:
		e.chromaDC(pix, stride)
	case modePlane:
		e.plane(pix, stride, 8, 34)
	}
}

// chromaDC predicts each 4x4 block by the samples that it touches; the two off
// the diagonal touch one side, and take the other only if that is missing
// (8.3.4.1 to 8.3.4.3).
func (e *edge) chromaDC(pix []uint8, stride int) {
	right, below := e.average(4, 4), e.average(0, 4)
	switch {
	case e.above:
		right = uint8((e.sumAbove(4, 4) + 2) >> 2)
	case e.left:
		right = uint8((e.sumLeft(0, 4) + 2) >> 2)
	}
	switch {
	case e.left:
		below = uint8((e.sumLeft(4, 4) + 2) >> 2)
	case e.above:
		below = uint8((e.sumAbove(0, 4) + 2) >> 2)
	}
	fill(pix, stride, 4, 4, e.average(0, 4))
	fill(pix[4:], stride, 4, 4, right)
	fill(pix[4*stride:], stride, 4, 4, below)
	fill(pix[4*stride+4:], stride, 4, 4, e.average(4, 4))
}

// plane predicts n by n samples by a plane through the edge (8.3.3.4, 8.3.4.4).
func (e *edge) plane(pix []uint8, stride, n int, weight int32) {
	var h, v int32
	half := n / 2
	for i := 1; i <= half; i++ {
		h += int32(i) * (int32(e.line[corner+half+i]) - int32(e.line[corner+half-i]))
		v += int32(i) * (int32(e.line[corner-half-i]) - int32(e.line[corner-half+i]))
	}
	b, c := (weight*h+32)>>6, (weight*v+32)>>6
	from := 16*(int32(e.line[corner-n])+int32(e.line[corner+n])) + 16 - (b+c)*int32(half-1)
	for y := range n {
		row, sum := pix[y*stride:][:n], from
		for x := range row {
			row[x] = clip(sum >> 5)
			sum += b
		}
		from += c
	}
}
