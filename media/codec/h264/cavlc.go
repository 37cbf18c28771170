package h264

import "math/bits"

// cavlc reads macroblocks of slices without arithmetic coding (9.1, 9.2).
type cavlc struct {
	bitReader
	c   *mbContext
	sps *sps

	levels [16]int32
}

func (v *cavlc) fieldPair(int) bool { return v.flag() }

func (v *cavlc) macroblockType() int { return v.ueUpTo(25) }

func (v *cavlc) transform8x8() bool { return v.flag() }

func (v *cavlc) mode() int8 {
	if v.flag() {
		return modeNotThere
	}
	return int8(v.bits(3))
}

func (v *cavlc) chromaMode() uint8 { return uint8(v.ueUpTo(3)) }

func (v *cavlc) pattern() uint8 {
	if v.sps.monochrome() || v.sps.full() {
		return grayPatterns[v.ueUpTo(15)]
	}
	return patterns[v.ueUpTo(47)]
}

func (v *cavlc) qpDelta() int {
	half := v.sps.coarse(0) / 2
	return v.seWithin(-26-half, 25+half)
}

// samples reads plain samples, which begin at a whole byte.
func (v *cavlc) samples(n int) bitReader {
	from := (v.pos + 7) / 8
	v.pos = 8 * (from + n)
	if v.pos > v.end {
		v.fail()
		return bitReader{}
	}
	return bitReader{data: v.data[from:]}
}

func (v *cavlc) more() bool { return v.pos < v.end }

func (v *cavlc) failed() bool { return v.overrun() }

// block reads the coefficients of a block (7.3.5.3.2).
func (v *cavlc) block(b *block) int {
	size := len(b.scan)
	token := int(v.code(v.tokens(b, size)))
	total, ones := token>>2, token&3
	if total == 0 {
		return 0
	}
	if total > size {
		v.fail()
		return 0
	}
	v.readLevels(total, ones)
	zeros := 0
	switch {
	case total == size:
	case b.kind == blockChromaDC && size == 8:
		zeros = int(v.code(&tallZeros[total-1]))
	case b.kind == blockChromaDC:
		zeros = int(v.code(&chromaZeros[total-1]))
	default:
		zeros = int(v.code(&totalZeros[total-1]))
	}
	v.spread(b, total, zeros)
	return total
}

// tokens returns the table of coeff_token for a block, by how many coefficients
// the blocks beside and above have (9.2.1).
func (v *cavlc) tokens(b *block, size int) *codes {
	if b.kind == blockChromaDC {
		if size == 8 {
			return &tokensTallDC
		}
		return &tokensChromaDC
	}
	coded := &v.c.coded[b.plane]
	left, above := coded[b.place-1], coded[b.place-placesPerRow]
	n := left + above
	switch {
	case left == notThere && above == notThere:
		n = 0
	case left == notThere || above == notThere:
		n -= notThere
	default:
		n = (n + 1) / 2
	}
	switch {
	case n < 2:
		return &tokens0
	case n < 4:
		return &tokens2
	case n < 8:
		return &tokens4
	}
	return &tokens8
}

// maxLevelPrefix is what coefficients of 14-bit samples need (9.2.2.1).
const maxLevelPrefix = 11 + 14

// readLevels reads the levels of coefficients, the last one first (9.2.2).
func (v *cavlc) readLevels(total, ones int) {
	for i := range ones {
		v.levels[i] = 1 - 2*int32(v.bits(1))
	}
	suffix := 0
	if total > 10 && ones < 3 {
		suffix = 1
	}
	for i := ones; i < total; i++ {
		code := v.levelCode(suffix)
		if i == ones && ones < 3 {
			code += 2
		}
		magnitude := (code + 2) >> 1
		v.levels[i] = magnitude
		if code&1 != 0 {
			v.levels[i] = -magnitude
		}
		suffix = max(suffix, 1)
		if magnitude > 3<<(suffix-1) && suffix < 6 {
			suffix++
		}
	}
}

// levelCode reads level_prefix and level_suffix (9.2.2.1).
func (v *cavlc) levelCode(suffix int) int32 {
	prefix := bits.LeadingZeros64(v.peek())
	if prefix > maxLevelPrefix {
		v.fail()
		return 0
	}
	v.pos += prefix + 1
	code := int32(min(prefix, 15)) << suffix
	size := suffix
	switch {
	case prefix >= 15:
		size = prefix - 3
		code += 1<<size - 1<<12
		if suffix == 0 {
			code += 15
		}
	case prefix == 14 && suffix == 0:
		size = 4
	}
	return code + int32(v.bits(size))
}

// spread puts the levels in their places, from the last down, with runs of
// zeros before them (9.2.3, 9.2.4).
func (v *cavlc) spread(b *block, total, zeros int) {
	at := total + zeros - 1
	if at >= len(b.scan) {
		v.fail()
		return
	}
	round := int32(1) << b.shift >> 1
	for i := range total {
		to := b.scan[at]
		b.out[to] = (v.levels[i]*b.scale[to] + round) >> b.shift
		at--
		if zeros > 0 && i < total-1 {
			run := int(v.code(&runsBefore[min(zeros, 7)-1]))
			if run > zeros {
				v.fail()
				return
			}
			zeros -= run
			at -= run
		}
	}
}
