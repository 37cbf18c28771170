package h264

// blockX and blockY are where the 4x4 blocks of luma lie, in decoding order
// (6.4.3).
var (
	blockX = [16]int{0, 4, 0, 4, 8, 12, 8, 12, 0, 4, 0, 4, 8, 12, 8, 12}
	blockY = [16]int{0, 0, 4, 4, 0, 0, 4, 4, 8, 8, 12, 12, 8, 8, 12, 12}
)

// Blocks of 4x4 and of 8x8 whose upper right is decoded later, or never, as
// bits.
const (
	rightMissing4 = 1<<3 | 1<<7 | 1<<11 | 1<<13 | 1<<15
	rightMissing8 = 1 << 3
)

// hasRight reports whether the samples to the upper right of a block of n by n
// are there. It lies x and y into the macroblock; missing tells it of the
// others by bit i.
func (d *sliceDecoder) hasRight(x, y, n, i, missing int) bool {
	switch {
	case y > 0:
		return missing>>i&1 == 0
	case x+n == 16:
		return d.aboveRight
	}
	return d.above != nil
}

// loadEdge takes the samples around a block of n by n at pix[at], which lies x
// and y into the macroblock.
func (d *sliceDecoder) loadEdge(pix []uint8, at, stride, x, y, n int) *edge {
	e := &d.edge
	e.left, e.above = x > 0 || d.left != nil, y > 0 || d.above != nil
	switch {
	case x > 0:
		e.diag = e.above
	case y > 0:
		e.diag = e.left
	default:
		e.diag = d.aboveLeft
	}
	if e.left {
		e.loadLeft(pix, at, stride, n)
	}
	if e.above {
		e.loadAbove(pix, at, stride, n)
	}
	if e.diag {
		e.line[corner] = pix[at-stride-1]
	}
	return e
}

// reconstruct4x4 predicts each 4x4 block and adds what was sent.
func (d *sliceDecoder) reconstruct4x4() {
	origin, stride, _ := d.origin(0)
	pix := d.pic.planes[0].pix
	for i := range 16 {
		x, y, place := blockX[i], blockY[i], places[i]
		at, mode := origin+y*stride+x, d.modes[place]
		e := d.loadEdge(pix, at, stride, x, y, 4)
		if !e.allowed(mode) {
			d.damaged = true
			return
		}
		if mode == modeDownLeft || mode == modeVerticalLeft {
			if d.hasRight(x, y, 4, i, rightMissing4) {
				e.loadRight(pix, at, stride, 4)
			}
		}
		e.predict(pix[at:], stride, 4, mode)
		if d.coded[place] > 0 {
			addBlock4(pix[at:], stride, (*[16]int32)(d.residual[16*i:]))
		}
	}
}

// reconstruct8x8 does the same with 8x8 blocks.
func (d *sliceDecoder) reconstruct8x8() {
	origin, stride, _ := d.origin(0)
	pix := d.pic.planes[0].pix
	for i := range 4 {
		x, y := blockX[4*i], blockY[4*i]
		at, mode := origin+y*stride+x, d.modes[places[4*i]]
		e := d.loadEdge(pix, at, stride, x, y, 8)
		if !e.allowed(mode) {
			d.damaged = true
			return
		}
		if e.above && d.hasRight(x, y, 8, i, rightMissing8) {
			e.loadRight(pix, at, stride, 8)
		}
		e.filter()
		e.predict(pix[at:], stride, 8, mode)
		if d.mb.pattern>>i&1 != 0 {
			addBlock8(pix[at:], stride, (*[64]int32)(d.residual[64*i:]))
		}
	}
}

func (d *sliceDecoder) reconstruct16x16(mode int8) {
	at, stride, _ := d.origin(0)
	pix := d.pic.planes[0].pix
	e := d.loadEdge(pix, at, stride, 0, 0, 16)
	if !e.allowedWhole(mode) {
		d.damaged = true
		return
	}
	e.predict16(pix[at:], stride, mode)
	for i := range 16 {
		to := at + blockY[i]*stride + blockX[i]
		d.addBlock(pix[to:], stride, i)
	}
}

func (d *sliceDecoder) reconstructChroma() {
	for plane := 1; plane < len(d.pic.planes); plane++ {
		at, stride, _ := d.origin(plane)
		pix := d.pic.planes[plane].pix
		mode := chromaModes[d.mb.chromaMode]
		e := d.loadEdge(pix, at, stride, 0, 0, 8)
		if !e.allowedWhole(mode) {
			d.damaged = true
			return
		}
		e.predictChroma(pix[at:], stride, mode)
		for i := range 4 {
			to := at + i/2*4*stride + i%2*4
			d.addBlock(pix[to:], stride, 12+4*plane+i)
		}
	}
}

// addBlock adds the coefficients of a block whose first one was sent apart.
func (d *sliceDecoder) addBlock(pix []uint8, stride, i int) {
	c := (*[16]int32)(d.residual[16*i:])
	switch {
	case d.coded[places[i]] > 0:
		addBlock4(pix, stride, c)
	case c[0] != 0:
		addDC4(pix, stride, c)
	}
}
