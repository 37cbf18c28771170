package vp8

import "encoding/binary"

// blockMode is how a block of 4x4 samples of luma is predicted (12.3).
type blockMode uint8

const (
	blockDC blockMode = iota // as the mean of the samples above and to the left
	blockTM                  // as both, less the one between them
	blockV                   // as those above, smoothed
	blockH                   // as those to the left, smoothed
	blockRD                  // along diagonals of several slopes, those named by the right
	blockVR                  // or left, the vertical or horizontal, and up or down
	blockLD
	blockVL
	blockHD
	blockHU
	blockModes
)

// blockModeOf is what blocks of a macroblock that is predicted as a whole are taken for
// by their neighbours.
var blockModeOf = [modes]blockMode{modeDC: blockDC, modeV: blockV, modeH: blockH, modeTM: blockTM}

// readModes reads how a macroblock is predicted (11.2, 11.3), given its neighbours above
// and to the left, and makes it the neighbour of others.
func (m *decodedMacroblock) readModes(r *boolReader, above, left *[4]blockMode) {
	if m.whole = r.bit(145); m.whole {
		m.luma = readLumaMode(r)
		b := blockModeOf[m.luma]
		*above, *left = [4]blockMode{b, b, b, b}, [4]blockMode{b, b, b, b}
	} else {
		for i := range m.blocks {
			b := readBlockMode(r, &blockProbabilities[above[i%4]][left[i/4]])
			above[i%4], left[i/4], m.blocks[i] = b, b, b
		}
	}
	m.chroma = readChromaMode(r)
}

func readLumaMode(r *boolReader) mode {
	if r.bit(156) {
		if r.bit(128) {
			return modeTM
		}
		return modeH
	}
	if r.bit(163) {
		return modeV
	}
	return modeDC
}

func readChromaMode(r *boolReader) mode {
	switch {
	case !r.bit(142):
		return modeDC
	case !r.bit(114):
		return modeV
	case !r.bit(183):
		return modeH
	}
	return modeTM
}

func readBlockMode(r *boolReader, p *[blockModes - 1]uint8) blockMode {
	switch {
	case !r.bit(p[0]):
		return blockDC
	case !r.bit(p[1]):
		return blockTM
	case !r.bit(p[2]):
		return blockV
	case !r.bit(p[3]):
		if !r.bit(p[4]) {
			return blockH
		}
		return blockRD + blockMode(toBit(r.bit(p[5])))
	case !r.bit(p[6]):
		return blockLD
	case !r.bit(p[7]):
		return blockVL
	}
	return blockHD + blockMode(toBit(r.bit(p[8])))
}

// rightOf returns the four samples above and to the right of a macroblock, which all
// blocks at its right edge take for theirs. Behind the last macroblock of a row they are
// the last sample above it, as other decoders have it.
func (p *plane) rightOf(x, y int) (right [4]byte) {
	above := p.samples[p.at(x, y-1):]
	if copy(right[:], above[16:20]); y > 0 && x+16 == p.width {
		fill(right[:], above[15])
	}
	return right
}

// predictBlock predicts a block in place. At the right edge of its macroblock, the samples
// above and to the right are those given.
func (p *plane) predictBlock(m blockMode, x, y int, right [4]byte, edge bool) {
	at := p.at(x, y)
	s, n := p.samples[at-p.stride-1:], p.stride
	// The samples around, from the lowest one to the left on to the last one above.
	var e [13]byte
	e[0], e[1], e[2], e[3] = s[4*n], s[3*n], s[2*n], s[n]
	copy(e[4:13], s[:9])
	if edge {
		copy(e[9:13], right[:])
	}
	var rows [4]uint32
	switch m {
	case blockDC:
		sum := 4
		for i := range 4 {
			sum += int(e[i]) + int(e[5+i])
		}
		rows[0] = uint32(sum>>3) * 0x01010101
		rows[1], rows[2], rows[3] = rows[0], rows[0], rows[0]
	case blockTM:
		rows = trueMotion(&e)
	case blockV:
		v := four(smooth(e[4], e[5], e[6]), smooth(e[5], e[6], e[7]), smooth(e[6], e[7], e[8]), smooth(e[7], e[8], e[9]))
		rows = [4]uint32{v, v, v, v}
	case blockH:
		rows[0] = smooth(e[4], e[3], e[2]) * 0x01010101
		rows[1] = smooth(e[3], e[2], e[1]) * 0x01010101
		rows[2] = smooth(e[2], e[1], e[0]) * 0x01010101
		rows[3] = smooth(e[1], e[0], e[0]) * 0x01010101
	default:
		rows = diagonal(m, &e)
	}
	to := p.samples[at:]
	for i, row := range rows {
		binary.LittleEndian.PutUint32(to[i*n:], row)
	}
}

func trueMotion(e *[13]byte) (rows [4]uint32) {
	for i := range rows {
		d := int32(e[3-i]) - int32(e[4])
		rows[i] = four(uint32(clamp(int32(e[5])+d)), uint32(clamp(int32(e[6])+d)), uint32(clamp(int32(e[7])+d)), uint32(clamp(int32(e[8])+d)))
	}
	return rows
}

// diagonal predicts along a slope: all samples are among the means of two or three that
// follow one another.
func diagonal(m blockMode, e *[13]byte) [4]uint32 {
	var two, three [12]uint32 // two[i] is of i and i+1, three[i] of i-1 to i+1
	for i := 1; i < 12; i++ {
		two[i] = (uint32(e[i]) + uint32(e[i+1]) + 1) >> 1
		three[i] = smooth(e[i-1], e[i], e[i+1])
	}
	two[0] = (uint32(e[0]) + uint32(e[1]) + 1) >> 1
	switch m {
	case blockRD:
		return [4]uint32{
			four(three[4], three[5], three[6], three[7]), four(three[3], three[4], three[5], three[6]),
			four(three[2], three[3], three[4], three[5]), four(three[1], three[2], three[3], three[4]),
		}
	case blockVR:
		return [4]uint32{
			four(two[4], two[5], two[6], two[7]), four(three[4], three[5], three[6], three[7]),
			four(three[3], two[4], two[5], two[6]), four(three[2], three[4], three[5], three[6]),
		}
	case blockLD:
		last := smooth(e[11], e[12], e[12])
		return [4]uint32{
			four(three[6], three[7], three[8], three[9]), four(three[7], three[8], three[9], three[10]),
			four(three[8], three[9], three[10], three[11]), four(three[9], three[10], three[11], last),
		}
	case blockVL:
		return [4]uint32{
			four(two[5], two[6], two[7], two[8]), four(three[6], three[7], three[8], three[9]),
			four(two[6], two[7], two[8], three[10]), four(three[7], three[8], three[9], three[11]),
		}
	case blockHD:
		return [4]uint32{
			four(two[3], three[4], three[5], three[6]), four(two[2], three[3], two[3], three[4]),
			four(two[1], three[2], two[2], three[3]), four(two[0], three[1], two[1], three[2]),
		}
	}
	last, lowest := smooth(e[1], e[0], e[0]), uint32(e[0]) // blockHU
	return [4]uint32{
		four(two[2], three[2], two[1], three[1]), four(two[1], three[1], two[0], last),
		four(two[0], last, lowest, lowest), four(lowest, lowest, lowest, lowest),
	}
}

// smooth is the mean of three samples, the one in the middle twice.
func smooth(a, b, c byte) uint32 { return (uint32(a) + 2*uint32(b) + uint32(c) + 2) >> 2 }

// four are samples that follow one another in a row.
func four(a, b, c, d uint32) uint32 { return a | b<<8 | c<<16 | d<<24 }
