package vp8

// decodedMacroblock is what is read of one.
type decodedMacroblock struct {
	segment  int
	whole    bool // luma is predicted as one square
	luma     mode
	blocks   [16]blockMode
	chroma   mode
	coefs    [24]coefficients // 16 of luma, 4 of each chroma; zero between macroblocks
	ends     [24]uint8        // how many of them may differ from zero
	anything bool             // coded of the coefficients
}

// decodeRow decodes the macroblocks of row y.
func (d *decoder) decodeRow(y int) {
	d.left, d.leftModes = contexts{}, [4]blockMode{}
	part := &d.parts[y%len(d.parts)]
	for x := range d.across {
		d.readMacroblock(x, part)
		d.strengths[1][x] = d.filter.strength(&d.segments, &d.macroblock)
		d.predictLuma(x*16, y*16)
		d.predictChroma(x*8, y*8)
	}
}

func (d *decoder) readMacroblock(x int, part *boolReader) {
	m, r := &d.macroblock, &d.modes
	if d.segments.mapped {
		p := &d.segments.probs
		if !r.bit(p[0]) {
			m.segment = int(toBit(r.bit(p[1])))
		} else {
			m.segment = 2 + int(toBit(r.bit(p[2])))
		}
	}
	empty := d.mayBeEmpty && r.bit(d.empty)
	m.readModes(r, &d.aboveModes[x], &d.leftModes)
	m.anything = false
	if !empty {
		d.readResiduals(&d.above[x], part)
		return
	}
	m.ends = [24]uint8{}
	for _, c := range []*contexts{&d.above[x], &d.left} {
		c.blocks = [3][4]uint8{}
		if m.whole {
			c.first = 0
		}
	}
}

// readResiduals reads the coefficients of a macroblock (section 13).
func (d *decoder) readResiduals(above *contexts, part *boolReader) {
	m, steps, kind := &d.macroblock, &d.steps[d.macroblock.segment], lumaWhole
	if m.whole {
		kind = lumaAC
		d.readFirst(above, part)
	}
	first := int(toBit(m.whole))
	for i := range 16 {
		a, l := &above.blocks[0][i%4], &d.left.blocks[0][i/4]
		m.readBlock(part, &d.kinds[kind], a, l, first, &steps.luma, i)
	}
	for i := 16; i < 24; i++ {
		a, l := &above.blocks[i/4-3][i%2], &d.left.blocks[i/4-3][i/2%2]
		m.readBlock(part, &d.kinds[chroma], a, l, 0, &steps.chroma, i)
	}
}

// readBlock reads the coefficients of block i, given whether its neighbours have some.
func (m *decodedMacroblock) readBlock(part *boolReader, p *kindProbabilities, above, left *uint8, first int, steps *[2]int32, i int) {
	end := part.readCoefficients(p, int(*above+*left), first, steps[0], steps[1], &m.coefs[i])
	has := end > first
	*above, *left = toBit(has), toBit(has)
	m.anything = m.anything || has
	if end <= 1 {
		end = int(toBit(m.coefs[i][0] != 0))
	}
	m.ends[i] = uint8(end)
}

// readFirst reads the first coefficients of all blocks of luma, which are a block of
// their own.
func (d *decoder) readFirst(above *contexts, part *boolReader) {
	m, s := &d.macroblock, &d.steps[d.macroblock.segment].lumaDC
	var levels coefficients
	end := part.readCoefficients(&d.kinds[lumaDC], int(above.first+d.left.first), 0, s[0], s[1], &levels)
	above.first, d.left.first = toBit(end > 0), toBit(end > 0)
	m.anything = end > 0
	if end == 0 {
		return
	}
	var in block
	for i, v := range levels {
		in[i] = int32(v)
	}
	for i, v := range inverseWHT(&in) {
		m.coefs[i][0] = int16(v)
	}
}

// predictLuma makes the luma of a macroblock.
func (d *decoder) predictLuma(x, y int) {
	m, p := &d.macroblock, &d.planes[0]
	if m.whole {
		p.predict(m.luma, x, y, 16, p.samples[p.at(x, y):], p.stride)
		for i := range 16 {
			m.add(p, i, x+i%4*4, y+i/4*4)
		}
		return
	}
	right := p.rightOf(x, y)
	for i := range 16 {
		x, y := x+i%4*4, y+i/4*4
		p.predictBlock(m.blocks[i], x, y, right, i%4 == 3)
		m.add(p, i, x, y)
	}
}

// predictChroma makes the chroma of a macroblock.
func (d *decoder) predictChroma(x, y int) {
	m := &d.macroblock
	for i := 1; i <= 2; i++ {
		p := &d.planes[i]
		p.predict(m.chroma, x, y, 8, p.samples[p.at(x, y):], p.stride)
		for j := range 4 {
			m.add(p, 12+4*i+j, x+j%2*4, y+j/2*4)
		}
	}
}

// add adds what the coefficients of block i stand for to its prediction, and makes them
// zero.
func (m *decodedMacroblock) add(p *plane, i, x, y int) {
	if m.ends[i] == 0 {
		return
	}
	c, samples := &m.coefs[i], p.samples[p.at(x, y):]
	if m.ends[i] == 1 {
		addFirst(c[0], samples, p.stride)
	} else {
		addCoefficients(c, samples, p.stride)
	}
	*c = coefficients{}
}
