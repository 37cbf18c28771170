package vp8

// quantizer brings coefficients of a kind of block to levels.
type quantizer struct {
	step    [16]int32 // by place in the block
	inverse [16]int32 // of it, in inverseBits bits
	bias    [16]int32
}

const inverseBits = 17

// setSteps makes the quantizers of all kinds of blocks (14.1).
func (e *encoder) setSteps() {
	dc, ac := int32(stepsDC[e.index]), int32(stepsAC[e.index])
	e.steps[lumaAC] = newQuantizer(dc, ac, 110)
	e.steps[lumaDC] = newQuantizer(2*dc, max(ac*155/100, 8), 108)
	e.steps[chroma] = newQuantizer(min(dc, 132), ac, 115)
}

// newQuantizer returns one that rounds up from 1-bias/256 of a step on: less
// than half of the steps, since small levels are cheaper.
func newQuantizer(dc, ac, bias int32) quantizer {
	var q quantizer
	for i := range q.step {
		step := ac
		if i == 0 {
			step = dc
		}
		q.step[i] = step
		q.inverse[i] = (1<<inverseBits + step/2) / step
		q.bias[i] = bias << (inverseBits - 8)
	}
	return q
}

// maxLevel is the greatest that can be coded.
const maxLevel = 66 + 1<<11

// quantize sets levels, in zigzag order from the first on, and makes of the
// coefficients what a decoder will.
func (q *quantizer) quantize(coefs *block, first int, levels *[16]int16) {
	for n := first; n < 16; n++ {
		i := zigzag[n] & 15
		v := coefs[i]
		sign := v >> 31
		level := min(int32((int64(v^sign-sign)*int64(q.inverse[i])+int64(q.bias[i]))>>inverseBits), maxLevel)
		level = level ^ sign - sign
		levels[n] = int16(level)
		coefs[i] = level * q.step[i]
	}
}
