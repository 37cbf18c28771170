package resample

import "encoding/binary"

const (
	// Between the passes samples keep midBits bits of fraction. As the magnitudes of
	// the weights sum up to less than two, they fit into 16 bits, signed.
	midBits = 6

	midShift = weightBits - midBits
	outShift = weightBits + midBits

	// How many samples behind those that count a line must have, for loads that are
	// wider than what they are needed for.
	slack = 16
)

// verticalGo filters columns: each element of dst is the sum of a sample of each row,
// times the weight of the row, with midBits bits of fraction. Of the rows, offsets tell
// where their first sample is. Their number is a multiple of rowMultiple.
func verticalGo(dst []int16, rows []byte, offsets []int, weights []int16) {
	var sums [64][4]uint64
	x := 0
	for x+8 <= len(dst) {
		n := min((len(dst)-x)/8, len(sums))
		sumColumns(sums[:n], rows[x:], offsets, weights)
		for i := range sums[:n] {
			out := (*[8]int16)(dst[x:])
			for j, sum := range sums[i] {
				low, high := split(sum)
				out[j], out[j+4] = int16(low>>midShift), int16(high>>midShift)
			}
			x += 8
		}
	}
	for ; x < len(dst); x++ {
		sum := int32(1) << (midShift - 1)
		for t, offset := range offsets {
			sum += int32(rows[offset+x]) * int32(weights[t])
		}
		dst[x] = int16(sum >> midShift)
	}
}

// sumColumns sums up eight columns for each element. A word is the sum of one of them
// plus 1<<32 times that of the fourth one after it: both take one multiplication.
// Either may be negative.
func sumColumns(sums [][4]uint64, rows []byte, offsets []int, weights []int16) {
	const half = (1<<32 + 1) << (midShift - 1)
	const mask = 1<<32*255 + 255
	for i := range sums {
		sums[i] = [4]uint64{half, half, half, half}
	}
	for len(offsets) >= 4 && len(weights) >= 4 {
		o, w := (*[4]int)(offsets), (*[4]int16)(weights)
		a, b, c, d := rows[o[0]:][:8*len(sums)], rows[o[1]:][:8*len(sums)], rows[o[2]:][:8*len(sums)], rows[o[3]:][:8*len(sums)]
		w0, w1, w2, w3 := uint64(w[0]), uint64(w[1]), uint64(w[2]), uint64(w[3])
		for i := range sums {
			s := &sums[i]
			a, b, c, d := load8(a, i), load8(b, i), load8(c, i), load8(d, i)
			s[0] += a&mask*w0 + b&mask*w1 + c&mask*w2 + d&mask*w3
			s[1] += a>>8&mask*w0 + b>>8&mask*w1 + c>>8&mask*w2 + d>>8&mask*w3
			s[2] += a>>16&mask*w0 + b>>16&mask*w1 + c>>16&mask*w2 + d>>16&mask*w3
			s[3] += a>>24&mask*w0 + b>>24&mask*w1 + c>>24&mask*w2 + d>>24&mask*w3
		}
		offsets, weights = offsets[4:], weights[4:]
	}
}

func load8(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[8*i : 8*i+8]) }

// horizontalGo filters a line of samples of one channel. Each byte of dst is the sum of
// samples of the line, from first on, times the weights of the byte.
func horizontalGo(dst []byte, line []int16, f *filter) {
	weights := f.weights
	for i, first := range f.first {
		sum := int32(1) << (outShift - 1)
		samples := line[first:][:f.taps]
		for len(samples) >= 4 && len(weights) >= 4 {
			s, w := (*[4]int16)(samples), (*[4]int16)(weights)
			sum += int32(s[0])*int32(w[0]) + int32(s[1])*int32(w[1]) + int32(s[2])*int32(w[2]) + int32(s[3])*int32(w[3])
			samples, weights = samples[4:], weights[4:]
		}
		dst[i] = clamp(sum >> outShift)
	}
}

// horizontalPixelsGo does so with pixels of three channels or four, and makes pixels of
// four: of red, green and blue with an alpha of 255, or of all four. As the kernel's
// negative lobes may leave colour where there is none, no colour is above alpha. The
// slice is for what comes between, two words a pixel.
func horizontalPixelsGo(dst []byte, line []int16, channels int, f *filter, pairs []uint64) {
	pack(pairs, line, channels)
	weights := f.weights
	for i, first := range f.first {
		const half = (1<<32 + 1) << (outShift - 1)
		var rg, ba uint64 = half, half
		samples := pairs[2*first:][:2*f.taps]
		for len(samples) >= 8 && len(weights) >= 4 {
			s, w := (*[8]uint64)(samples), (*[4]int16)(weights)
			w0, w1, w2, w3 := uint64(w[0]), uint64(w[1]), uint64(w[2]), uint64(w[3])
			rg += s[0]*w0 + s[2]*w1 + s[4]*w2 + s[6]*w3
			ba += s[1]*w0 + s[3]*w1 + s[5]*w2 + s[7]*w3
			samples, weights = samples[8:], weights[4:]
		}
		r, g := split(rg)
		b, a := split(ba)
		alpha := byte(255)
		if channels == 4 {
			alpha = clamp(a >> outShift)
		}
		p := dst[4*i:][:4:4]
		p[0], p[1], p[2], p[3] = min(clamp(r>>outShift), alpha), min(clamp(g>>outShift), alpha), min(clamp(b>>outShift), alpha), alpha
	}
}

// pack makes two words of each pixel, so that one multiplication is that of two samples.
func pack(pairs []uint64, line []int16, channels int) {
	n := len(pairs) / 2
	if channels == 4 {
		for ; n > 0; n-- {
			s, p := (*[4]int16)(line), (*[2]uint64)(pairs)
			p[0] = uint64(int64(s[0]) + int64(s[1])<<32)
			p[1] = uint64(int64(s[2]) + int64(s[3])<<32)
			line, pairs = line[4:], pairs[2:]
		}
		return
	}
	for ; n > 0; n-- {
		s, p := (*[3]int16)(line), (*[2]uint64)(pairs)
		p[0] = uint64(int64(s[0]) + int64(s[1])<<32)
		p[1] = uint64(s[2])
		line, pairs = line[3:], pairs[2:]
	}
}

// split returns the two sums of a word.
func split(sum uint64) (a, b int32) {
	a = int32(sum)
	return a, int32((sum - uint64(int64(a))) >> 32)
}

func clamp(v int32) byte {
	if uint32(v) > 255 {
		v = ^(v >> 31)
	}
	return byte(v)
}
