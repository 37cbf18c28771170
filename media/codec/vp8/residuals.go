package vp8

// kindProbabilities are those of one kind of blocks by the place of a coefficient in the
// order of the file and by the context (13.3). Of the last dimension 11 count.
type kindProbabilities [17][3][16]uint8

// byPlace unfolds the bands.
func (p *probabilities) byPlace(kind int) (out kindProbabilities) {
	for n := range out {
		for context := range out[n] {
			copy(out[n][context][:11], p[place(kind, int(bands[n]), context):])
		}
	}
	return out
}

// coefficients are those of 4x4 samples.
type coefficients [16]int16

// readCoefficientsGo decodes those of a block, from the first one on, times the steps (section
// 13). It returns behind which place in the order of the file all are zero.
func (r *boolReader) readCoefficientsGo(p *kindProbabilities, context, first int, dc, ac int32, out *coefficients) int {
	if !r.bit(p[first][context][0]) {
		return first
	}
	for n := first; n < 16; {
		node := &p[n][context]
		n++
		if !r.bit(node[1]) {
			context = 0
			continue
		}
		v := int32(1)
		context = 1
		if r.bit(node[2]) {
			v = r.large(node)
			context = 2
		}
		step := ac
		if n == 1 {
			step = dc
		}
		if r.flag() {
			v = -v
		}
		out[zigzag[n-1]&15] = int16(v * step)
		if n == 16 || !r.bit(p[n][context][0]) {
			return n
		}
	}
	return 16
}

// large decodes a level of two or more.
func (r *boolReader) large(node *[16]uint8) int32 {
	if !r.bit(node[3]) {
		if !r.bit(node[4]) {
			return 2
		}
		return 3 + int32(toBit(r.bit(node[5])))
	}
	var c int // categories begin with the one of the greatest levels
	switch {
	case !r.bit(node[6]):
		c = 5 - int(toBit(r.bit(node[7])))
	case !r.bit(node[8]):
		c = 3 - int(toBit(r.bit(node[9])))
	default:
		c = 1 - int(toBit(r.bit(node[10])))
	}
	extra := int32(0)
	for _, prob := range categories[c].probs {
		extra = extra<<1 | int32(toBit(r.bit(uint8(prob))))
	}
	return int32(categories[c].from) + extra
}
