package h264

// First contexts of the syntax elements of I slices: Table 9-34.
const (
	ctxMacroblockType = 3
	ctxQPDelta        = 60
	ctxChromaMode     = 64
	ctxPredicted      = 68 // prev_intra4x4_pred_mode_flag
	ctxMode           = 69
	ctxFieldPair      = 70
	ctxPatternLuma    = 73
	ctxPatternChroma  = 77
	ctxCoded          = 85
	ctxTransform8x8   = 399
)

// cabac reads macroblocks of slices with arithmetic coding (9.3).
type cabac struct {
	arithmetic
	c       *mbContext
	maps    *[kindsOfBlocks]mapContexts
	slice   *slice
	damaged bool
	end     int // bits of the data

	positions [64]uint8 // of the coefficients of a block, in its scan
}

// newCABAC begins behind the header of a slice, at a whole byte.
func newCABAC(c *mbContext, b *bitReader, field bool, s *slice) *cabac {
	v := &cabac{c: c, slice: s, end: b.end + 1}
	v.setMaps(field)
	v.data = b.data
	v.damaged = !v.start((b.pos + 7) / 8)
	v.setStates(max(s.qp-s.sps.coarse(0), 0))
	return v
}

// setMaps takes the contexts of coefficients of fields, or of frames.
func (v *cabac) setMaps(field bool) {
	v.maps = frameMaps
	if field {
		v.maps = fieldMaps
	}
}

func (v *cabac) failed() bool {
	return v.damaged || v.consumed() > v.end
}

func (v *cabac) more() bool { return !v.terminate() }

// around counts the macroblocks to the left (1) and above (by weight) that a
// test holds for.
func (v *cabac) around(weight int, holds func(mb *macroblock) bool) (n int) {
	if v.c.left != nil && holds(v.c.left) {
		n++
	}
	if v.c.above != nil && holds(v.c.above) {
		n += weight
	}
	return n
}

func (v *cabac) fieldPair(around int) bool {
	field := v.decide(ctxFieldPair+around) != 0
	v.setMaps(field)
	return field
}

func (v *cabac) macroblockType() int {
	notNxN := func(mb *macroblock) bool { return mb.kind != intraNxN }
	if v.decide(ctxMacroblockType+v.around(1, notNxN)) == 0 {
		return 0
	}
	if v.terminate() {
		return 25
	}
	kind := 1 + 12*v.decide(ctxMacroblockType+3)
	if v.decide(ctxMacroblockType+4) != 0 {
		kind += 4 + 4*v.decide(ctxMacroblockType+5)
	}
	kind += 2 * v.decide(ctxMacroblockType+6)
	return kind + v.decide(ctxMacroblockType+7)
}

func (v *cabac) transform8x8() bool {
	n := v.around(1, func(mb *macroblock) bool { return mb.transform8x8 })
	return v.decide(ctxTransform8x8+n) != 0
}

func (v *cabac) mode() int8 {
	if v.decide(ctxPredicted) != 0 {
		return modeNotThere
	}
	mode := v.decide(ctxMode)
	mode |= v.decide(ctxMode) << 1
	return int8(mode | v.decide(ctxMode)<<2)
}

func (v *cabac) chromaMode() uint8 {
	n := v.around(1, func(mb *macroblock) bool { return mb.chromaMode != 0 })
	mode := v.decide(ctxChromaMode + n)
	for mode > 0 && mode < 3 && v.decide(ctxChromaMode+3) != 0 {
		mode++
	}
	return uint8(mode)
}

// pattern reads the bits of the four blocks of luma, each in a context of the
// blocks beside and above, then how much there is of chroma.
func (v *cabac) pattern() uint8 {
	left, above := v.c.leftPattern(), uint8(15)
	if v.c.above != nil {
		above = v.c.above.pattern
	}
	bit := func(left, above uint8) uint8 {
		zeros := int(^left&1 + ^above&1<<1)
		return uint8(v.decide(ctxPatternLuma + zeros))
	}
	p := bit(left>>1, above>>2)
	p |= bit(p, above>>3) << 1
	p |= bit(left>>3, p) << 2
	p |= bit(p>>2, p>>1) << 3
	if v.slice.sps.monochrome() || v.slice.sps.full() {
		return p
	}
	return p | v.patternChroma()<<4
}

func (v *cabac) patternChroma() uint8 {
	some := v.around(2, func(mb *macroblock) bool { return mb.pattern>>4 != 0 })
	if v.decide(ctxPatternChroma+some) == 0 {
		return 0
	}
	all := v.around(2, func(mb *macroblock) bool { return mb.pattern>>4 == 2 })
	return uint8(1 + v.decide(ctxPatternChroma+4+all))
}

func (v *cabac) qpDelta() int {
	n, context := 0, ctxQPDelta
	if v.c.lastDelta != 0 {
		context++
	}
	for v.decide(context) != 0 {
		context = ctxQPDelta + min(2+n, 3)
		if n++; n > v.slice.sps.maxQP()+1 {
			v.damaged = true
			return 0
		}
	}
	if n&1 != 0 {
		return (n + 1) / 2
	}
	return -n / 2
}

// samples reads plain samples, which begin at a whole byte; after them the
// engine starts anew.
func (v *cabac) samples(n int) bitReader {
	from := (v.consumed() + 7) / 8
	if from+n > len(v.data) {
		v.damaged = true
		return bitReader{}
	}
	v.damaged = v.damaged || !v.start(from+n)
	return bitReader{data: v.data[from:]}
}
