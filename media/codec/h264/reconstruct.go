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

// loadEdge takes the samples around a block of width by height at pix[at], which
// lies x and y into the macroblock.
func (d *sliceDecoder) loadEdge(p *plane, at, x, y, width, height int) *edge {
	e := &d.edge
	e.most = p.most()
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
		e.loadLeft(p.pix, at, p.stride, height)
	}
	if e.above {
		e.loadAbove(p.pix, at, p.stride, width)
	}
	if e.diag {
		e.line[corner] = p.pix[at-p.stride-1]
	}
	return e
}

// reconstruct4x4 predicts each 4x4 block and adds what was sent.
func (d *sliceDecoder) reconstruct4x4(plane int) {
	p, origin := &d.planes[plane], d.origin(plane)
	for i := range 16 {
		x, y, place := blockX[i], blockY[i], places[i]
		at, mode := origin+y*p.stride+x, d.modes[place]
		e := d.loadEdge(p, at, x, y, 4, 4)
		if !e.allowed(mode) {
			d.damaged = true
			return
		}
		if mode == modeDownLeft || mode == modeVerticalLeft {
			if d.hasRight(x, y, 4, i, rightMissing4) {
				e.loadRight(p.pix, at, p.stride, 4)
			}
		}
		e.predict(p.pix[at:], p.stride, 4, mode)
		c := (*[16]int32)(d.residual[plane][16*i:])
		switch {
		case d.coded[plane][place] == 0:
		case d.plain:
			addPlain(p.pix[at:], p.stride, e.most, 4, c[:], mode)
		default:
			addBlock4(p.pix[at:], p.stride, e.most, c)
		}
	}
}

// reconstruct8x8 does the same with 8x8 blocks.
func (d *sliceDecoder) reconstruct8x8(plane int) {
	p, origin := &d.planes[plane], d.origin(plane)
	for i := range 4 {
		x, y := blockX[4*i], blockY[4*i]
		at, mode := origin+y*p.stride+x, d.modes[places[4*i]]
		e := d.loadEdge(p, at, x, y, 8, 8)
		if !e.allowed(mode) {
			d.damaged = true
			return
		}
		if e.above && d.hasRight(x, y, 8, i, rightMissing8) {
			e.loadRight(p.pix, at, p.stride, 8)
		}
		if !d.plain || !d.slice.earlyX264 || mode > modeHorizontal {
			e.filter()
		}
		e.predict(p.pix[at:], p.stride, 8, mode)
		c := (*[64]int32)(d.residual[plane][64*i:])
		switch {
		case d.mb.pattern>>i&1 == 0:
		case d.plain:
			addPlain(p.pix[at:], p.stride, e.most, 8, c[:], mode)
		default:
			addBlock8(p.pix[at:], p.stride, e.most, c)
		}
	}
}

func (d *sliceDecoder) reconstruct16x16(plane int, mode int8) {
	p, at := &d.planes[plane], d.origin(plane)
	e := d.loadEdge(p, at, 0, 0, 16, 16)
	if !e.allowedWhole(mode) {
		d.damaged = true
		return
	}
	e.predict16(p.pix[at:], p.stride, mode)
	if d.plain {
		d.addWhole(plane, mode)
		return
	}
	for i := range 16 {
		d.addBlock(plane, i, places[i], at+blockY[i]*p.stride+blockX[i])
	}
}

func (d *sliceDecoder) reconstructChroma() {
	if !d.hasSmallChroma() {
		return
	}
	for plane := 1; plane <= 2; plane++ {
		p, at := &d.planes[plane], d.origin(plane)
		mode := chromaModes[d.mb.chromaMode]
		e := d.loadEdge(p, at, 0, 0, p.width, p.height)
		if !e.allowedWhole(mode) {
			d.damaged = true
			return
		}
		e.predictChroma(p.pix[at:], p.stride, p.height, mode)
		if d.plain {
			d.addWhole(plane, mode)
			continue
		}
		for i := range p.height / 2 {
			d.addBlock(plane, i, smallPlaces[i], at+i/2*4*p.stride+i%2*4)
		}
	}
}

// addBlock adds the coefficients of a block whose first one was sent apart.
func (d *sliceDecoder) addBlock(plane, i, place, at int) {
	p, c := &d.planes[plane], (*[16]int32)(d.residual[plane][16*i:])
	switch {
	case d.coded[plane][place] > 0:
		addBlock4(p.pix[at:], p.stride, p.most(), c)
	case c[0] != 0:
		addDC4(p.pix[at:], p.stride, p.most(), c)
	}
}

// addWhole adds the differences of samples of a macroblock that is predicted as
// a whole.
func (d *sliceDecoder) addWhole(plane int, mode int8) {
	p, c := &d.planes[plane], &d.residual[plane]
	var whole [256]int32
	for i := range p.width * p.height / 16 {
		x, y := i%2*4, i/2*4
		if p.width == 16 {
			x, y = blockX[i], blockY[i]
		}
		for row := range 4 {
			copy(whole[(y+row)*p.width+x:][:4], c[16*i+4*row:])
		}
	}
	clear(c[:])
	addPlain(p.pix[d.origin(plane):], p.stride, p.most(), p.width, whole[:p.width*p.height], mode)
}
