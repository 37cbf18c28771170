package vp8

import "image"

// encoder makes one frame.
type encoder struct {
	index         int // of quantization steps
	steps         [3]quantizer
	across        int // macroblocks in a row
	source, coded [3]plane
	modes         []macroblock
	tokens        tokens
	predictions   [2][modes][16 * 16]byte // of the macroblock, see predict

	// Whether the blocks above and to the left have coefficients: four of luma,
	// two of each chroma, and the one of first coefficients.
	above []contexts
	left  contexts
}

// macroblock is what the first part of a frame tells of one.
type macroblock struct {
	luma, chroma mode
	empty        bool
}

// contexts are the blocks that border on those of the next macroblock, 1 for one
// that has coefficients.
type contexts struct {
	blocks [3][4]uint8
	first  uint8
}

func newEncoder(m *image.YCbCr, index int) *encoder {
	across, down := (m.Rect.Dx()+15)/16, (m.Rect.Dy()+15)/16
	e := &encoder{
		index: index, across: across,
		modes: make([]macroblock, 0, across*down), above: make([]contexts, across),
	}
	const tokensPerMacroblock = 300 // of a detailed picture
	e.tokens.list = make([]token, 0, across*down*tokensPerMacroblock)
	e.setSteps()
	cw, ch := (m.Rect.Max.X+1)/2-m.Rect.Min.X/2, (m.Rect.Max.Y+1)/2-m.Rect.Min.Y/2
	y, c := m.YOffset(m.Rect.Min.X, m.Rect.Min.Y), m.COffset(m.Rect.Min.X, m.Rect.Min.Y)
	e.source[0] = padded(m.Y[y:], m.YStride, m.Rect.Dx(), m.Rect.Dy(), 16)
	e.source[1] = padded(m.Cb[c:], m.CStride, cw, ch, 8)
	e.source[2] = padded(m.Cr[c:], m.CStride, cw, ch, 8)
	for i, p := range e.source {
		e.coded[i] = newPlane(p.width, p.height)
	}
	return e
}

// padded copies samples to a plane of whole squares, in which the last column
// and row are repeated.
func padded(samples []byte, stride, width, height, side int) plane {
	p := newPlane((width+side-1)/side*side, (height+side-1)/side*side)
	for y := range p.height {
		row := p.samples[p.at(0, y):][:p.width]
		n := copy(row, samples[min(y, height-1)*stride:][:width])
		fill(row[n:], row[n-1])
	}
	return p
}

func (e *encoder) encodeMacroblocks() {
	for y := 0; y < e.source[0].height; y += 16 {
		e.left = contexts{}
		for x := range e.across {
			e.encodeMacroblock(x, y/16)
		}
	}
}

func (e *encoder) encodeMacroblock(x, y int) {
	start := len(e.tokens.list)
	above := &e.above[x]
	m := macroblock{luma: e.predict(x*16, y*16, 16, 0)}
	some := e.encodeLuma(x*16, y*16, above)
	m.chroma = e.predict(x*8, y*8, 8, 1, 2)
	for i := 1; i <= 2; i++ {
		some = e.encodeChroma(i, x*8, y*8, above) || some
	}
	if !some {
		m.empty = true
		e.tokens.list = e.tokens.list[:start]
		*above, e.left = contexts{}, contexts{}
	}
	e.modes = append(e.modes, m)
}

// predict chooses how a square of some planes is predicted and writes that
// prediction to what is coded of them.
func (e *encoder) predict(x, y, side int, planes ...int) mode {
	chosen, least := modeDC, 1<<30
	for m := range modes {
		difference := 0
		for i, p := range planes {
			to := e.predictions[i][m][:]
			e.coded[p].predict(m, x, y, side, to, side)
			difference += e.source[p].difference(x, y, side, to)
		}
		if difference < least {
			chosen, least = m, difference
		}
	}
	for i, p := range planes {
		coded := &e.coded[p]
		for row := range side {
			copy(coded.samples[coded.at(x, y+row):], e.predictions[i][chosen][row*side:][:side])
		}
	}
	return chosen
}

// encodeLuma codes the luma of a macroblock, and reports whether it has
// coefficients.
func (e *encoder) encodeLuma(x, y int, above *contexts) bool {
	source, coded := &e.source[0], &e.coded[0]
	var coefs [16]block
	var dc block
	for i := range coefs {
		at := coded.at(x+i%4*4, y+i/4*4)
		coefs[i] = forward(source.samples[at:], source.stride, coded.samples[at:], coded.stride)
		dc[i] = coefs[i][0]
	}
	var levels [16]int16
	dc = forwardWHT(&dc)
	e.steps[lumaDC].quantize(&dc, 0, &levels)
	some := e.tokens.addBlock(&levels, 0, lumaDC, int(above.first+e.left.first))
	above.first, e.left.first = toBit(some), toBit(some)
	dc = inverseWHT(&dc)
	for i := range coefs {
		e.steps[lumaAC].quantize(&coefs[i], 1, &levels)
		a, l := &above.blocks[0][i%4], &e.left.blocks[0][i/4]
		has := e.tokens.addBlock(&levels, 1, lumaAC, int(*a+*l))
		*a, *l = toBit(has), toBit(has)
		some = some || has
		coefs[i][0] = dc[i]
		addInverse(&coefs[i], coded.samples[coded.at(x+i%4*4, y+i/4*4):], coded.stride)
	}
	return some
}

// encodeChroma codes one plane of chroma of a macroblock, and reports whether it
// has coefficients.
func (e *encoder) encodeChroma(plane, x, y int, above *contexts) bool {
	source, coded := &e.source[plane], &e.coded[plane]
	some := false
	var levels [16]int16
	for i := range 4 {
		at := coded.at(x+i%2*4, y+i/2*4)
		coefs := forward(source.samples[at:], source.stride, coded.samples[at:], coded.stride)
		e.steps[chroma].quantize(&coefs, 0, &levels)
		a, l := &above.blocks[plane][i%2], &e.left.blocks[plane][i/2]
		has := e.tokens.addBlock(&levels, 0, chroma, int(*a+*l))
		*a, *l = toBit(has), toBit(has)
		some = some || has
		addInverse(&coefs, coded.samples[at:], coded.stride)
	}
	return some
}

func toBit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
