package jpeg

// The inverse transforms take dequantized coefficients row by row and set
// size*size samples at out, whose rows are stride apart. Those smaller than 8x8
// are transforms of that size over the lowest frequencies.

// Cosines in 13-bit fixed point: cN is sqrt(2)*cos(N*pi/16).
const (
	cosBits = 13
	c1      = 11363
	c2      = 10703
	c3      = 9633
	c5      = 6437
	c6      = 4433
	c7      = 2260

	// Between the passes values keep rowBits bits of fraction.
	rowBits = 2
)

// inverse transforms a block to size*size samples.
func inverse(size int, block *[64]int32, out []byte, stride int) {
	switch size {
	case 1:
		out[0] = inverse1(block[0])
	case 2:
		inverse2(block[0], block[1], block[8], block[9], out, stride)
	case 4:
		inverse4(block, out, stride)
	default:
		inverse8(block, out, stride)
	}
}

// clamp limits v, around 0, to the range of a sample.
func clamp(v int32) byte {
	v += 128
	if uint32(v) > 255 {
		v = ^(v >> 31)
	}
	return byte(v)
}

// inverse1 returns the only sample of a 1x1 transform, the block's mean.
func inverse1(dc int32) byte { return clamp((dc + 4) >> 3) }

// inverse2 takes the coefficients by name: right of the first, below it, both.
func inverse2(dc, right, below, both int32, out []byte, stride int) {
	top0, top1 := dc+below+4, right+both
	low0, low1 := dc-below+4, right-both
	out[0], out[1] = clamp((top0+top1)>>3), clamp((top0-top1)>>3)
	out[stride], out[stride+1] = clamp((low0+low1)>>3), clamp((low0-low1)>>3)
}

func inverse4(b *[64]int32, out []byte, stride int) {
	const (
		rowShift = cosBits - rowBits
		colShift = cosBits + rowBits + 3
	)
	var t [16]int32
	for y := range 4 {
		row := b[8*y : 8*y+4]
		t[4*y], t[4*y+1], t[4*y+2], t[4*y+3] = inverse4x1(
			row[0]<<cosBits+1<<(rowShift-1), row[1], row[2], row[3], rowShift)
	}
	for x := range 4 {
		s0, s1, s2, s3 := inverse4x1(
			t[x]<<cosBits+1<<(colShift-1), t[4+x], t[8+x], t[12+x], colShift)
		out[x], out[stride+x] = clamp(s0), clamp(s1)
		out[2*stride+x], out[3*stride+x] = clamp(s2), clamp(s3)
	}
}

// inverse4x1 transforms 4 values, the first of which is in fixed point already.
func inverse4x1(b0, b1, b2, b3 int32, shift uint) (s0, s1, s2, s3 int32) {
	b2 <<= cosBits
	odd0, odd1 := c2*b1+c6*b3, c6*b1-c2*b3
	return (b0 + b2 + odd0) >> shift, (b0 - b2 + odd1) >> shift,
		(b0 - b2 - odd1) >> shift, (b0 + b2 - odd0) >> shift
}

func inverse8(b *[64]int32, out []byte, stride int) {
	var t [64]int32
	for x := range 8 {
		in, to := (*[57]int32)(b[x:]), (*[57]int32)(t[x:])
		if in[8]|in[16]|in[24]|in[32]|in[40]|in[48]|in[56] == 0 {
			dc := in[0] << rowBits
			to[0], to[8], to[16], to[24] = dc, dc, dc, dc
			to[32], to[40], to[48], to[56] = dc, dc, dc, dc
			continue
		}
		const shift = cosBits - rowBits
		s0, s1, s2, s3, s4, s5, s6, s7 := inverse8x1(in[0]<<cosBits+1<<(shift-1),
			in[8], in[16], in[24], in[32], in[40], in[48], in[56])
		to[0], to[8], to[16], to[24] = s0>>shift, s1>>shift, s2>>shift, s3>>shift
		to[32], to[40], to[48], to[56] = s4>>shift, s5>>shift, s6>>shift, s7>>shift
	}
	for y := range 8 {
		const shift = cosBits + rowBits + 3
		in, to := (*[8]int32)(t[8*y:]), (*[8]byte)(out[y*stride:])
		s0, s1, s2, s3, s4, s5, s6, s7 := inverse8x1(in[0]<<cosBits+1<<(shift-1),
			in[1], in[2], in[3], in[4], in[5], in[6], in[7])
		to[0], to[1], to[2], to[3] = clamp(s0>>shift), clamp(s1>>shift), clamp(s2>>shift), clamp(s3>>shift)
		to[4], to[5], to[6], to[7] = clamp(s4>>shift), clamp(s5>>shift), clamp(s6>>shift), clamp(s7>>shift)
	}
}

// inverse8x1 transforms 8 values, the first of which is in fixed point already,
// as all of them are afterwards.
func inverse8x1(b0, b1, b2, b3, b4, b5, b6, b7 int32) (s0, s1, s2, s3, s4, s5, s6, s7 int32) {
	b4 <<= cosBits
	low, high := c2*b2+c6*b6, c6*b2-c2*b6
	even0, even1, even2, even3 := b0+b4+low, b0-b4+high, b0-b4-high, b0+b4-low

	odd0 := c1*b1 + c3*b3 + c5*b5 + c7*b7
	odd1 := c3*b1 - c7*b3 - c1*b5 - c5*b7
	odd2 := c5*b1 - c1*b3 + c7*b5 + c3*b7
	odd3 := c7*b1 - c5*b3 + c3*b5 - c1*b7

	return even0 + odd0, even1 + odd1, even2 + odd2, even3 + odd3,
		even3 - odd3, even2 - odd2, even1 - odd1, even0 - odd0
}
