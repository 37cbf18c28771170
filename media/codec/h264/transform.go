package h264

// inverseHadamard transforms the DC coefficients of luma (8-320).
func inverseHadamard(c *[16]int32) {
	for i := 0; i < 16; i += 4 {
		hadamard4(&c[i], &c[i+1], &c[i+2], &c[i+3])
	}
	for i := range 4 {
		hadamard4(&c[i], &c[i+4], &c[i+8], &c[i+12])
	}
}

func hadamard4(a, b, c, d *int32) {
	s, t, u, v := *a+*b, *c+*d, *a-*b, *c-*d
	*a, *b, *c, *d = s+t, s-t, u-v, u+v
}

// inverseTall transforms the DC coefficients of chroma of 4:2:2, in four rows of
// two (8-331).
func inverseTall(c *[16]int32) {
	hadamard4(&c[0], &c[2], &c[4], &c[6])
	hadamard4(&c[1], &c[3], &c[5], &c[7])
	for i := 0; i < 8; i += 2 {
		c[i], c[i+1] = c[i]+c[i+1], c[i]-c[i+1]
	}
}

// clampTo returns v as a sample of at most most.
func clampTo(v, most int32) uint16 {
	if uint32(v) > uint32(most) {
		return uint16(^v >> 31 & most) // 0 below, most above
	}
	return uint16(v)
}

// addBlock4 adds the inverse transform of the coefficients c to the 4x4 samples
// at the start of pix, and clears c (8.5.12.2).
func addBlock4(pix []uint16, stride int, most int32, c *[16]int32) {
	for i := 0; i < 16; i += 4 {
		r := c[i : i+4 : i+4]
		a, b := r[0]+r[2], r[0]-r[2]
		e, f := r[1]>>1-r[3], r[1]+r[3]>>1
		r[0], r[1], r[2], r[3] = a+f, b+e, b-e, a-f
	}
	r0, r1, r2, r3 := pix[:4], pix[stride:][:4], pix[2*stride:][:4], pix[3*stride:][:4]
	for x := range 4 {
		a, b := c[x]+c[8+x], c[x]-c[8+x]
		e, f := c[4+x]>>1-c[12+x], c[4+x]+c[12+x]>>1
		r0[x] = clampTo(int32(r0[x])+(a+f+32)>>6, most)
		r1[x] = clampTo(int32(r1[x])+(b+e+32)>>6, most)
		r2[x] = clampTo(int32(r2[x])+(b-e+32)>>6, most)
		r3[x] = clampTo(int32(r3[x])+(a-f+32)>>6, most)
	}
	*c = [16]int32{}
}

// addDC4 does the same where only the first coefficient is not zero.
func addDC4(pix []uint16, stride int, most int32, c *[16]int32) {
	dc := (c[0] + 32) >> 6
	for y := range 4 {
		r := pix[y*stride:][:4]
		r[0], r[1] = clampTo(int32(r[0])+dc, most), clampTo(int32(r[1])+dc, most)
		r[2], r[3] = clampTo(int32(r[2])+dc, most), clampTo(int32(r[3])+dc, most)
	}
	c[0] = 0
}

// addBlock8 adds the inverse transform of an 8x8 block (8.5.13).
func addBlock8(pix []uint16, stride int, most int32, c *[64]int32) {
	for i := 0; i < 64; i += 8 {
		row := (*[8]int32)(c[i:])
		*row = inverse8(row)
	}
	for x := range 8 {
		out := inverse8(&[8]int32{c[x], c[8+x], c[16+x], c[24+x], c[32+x], c[40+x], c[48+x], c[56+x]})
		for y, at := 0, x; y < 8; y, at = y+1, at+stride {
			pix[at] = clampTo(int32(pix[at])+(out[y]+32)>>6, most)
		}
	}
	*c = [64]int32{}
}

// inverse8 is the one-dimensional transform of 8 coefficients.
func inverse8(c *[8]int32) [8]int32 {
	a0, a2 := c[0]+c[4], c[0]-c[4]
	a4, a6 := c[2]>>1-c[6], c[2]+c[6]>>1
	b0, b2, b4, b6 := a0+a6, a2+a4, a2-a4, a0-a6
	a1 := c[5] - c[3] - c[7] - c[7]>>1
	a3 := c[1] + c[7] - c[3] - c[3]>>1
	a5 := c[7] - c[1] + c[5] + c[5]>>1
	a7 := c[3] + c[5] + c[1] + c[1]>>1
	b1, b7 := a1+a7>>2, a7-a1>>2
	b3, b5 := a3+a5>>2, a3>>2-a5
	return [8]int32{b0 + b7, b2 + b5, b4 + b3, b6 + b1, b6 - b1, b4 - b3, b2 - b5, b0 - b7}
}

// addPlain adds differences of samples, width of them to a row. Those of a block
// that is predicted down or to the right stand for what is added to the sample
// before (8.5.15).
func addPlain(pix []uint16, stride int, most int32, width int, c []int32, mode int8) {
	for i := range c {
		switch {
		case mode == modeVertical && i >= width:
			c[i] += c[i-width]
		case mode == modeHorizontal && i%width > 0:
			c[i] += c[i-1]
		}
		at := i/width*stride + i%width
		pix[at] = clampTo(int32(pix[at])+c[i], most)
	}
	clear(c)
}
