package vp8

// block is 4x4 samples or coefficients, row by row.
type block [16]int32

// forward transforms the differences of 4x4 samples to their prediction, both
// in rows that are their stride apart. Its scale is that of the inverse below.
func forward(src []byte, srcStride int, pred []byte, predStride int) (out block) {
	var t block
	for y := range 4 {
		s, p := (*[4]byte)(src[y*srcStride:]), (*[4]byte)(pred[y*predStride:])
		d0, d1 := int32(s[0])-int32(p[0]), int32(s[1])-int32(p[1])
		d2, d3 := int32(s[2])-int32(p[2]), int32(s[3])-int32(p[3])
		a0, a1, a2, a3 := d0+d3, d1+d2, d1-d2, d0-d3
		t[4*y] = (a0 + a1) * 8
		t[4*y+1] = (a2*sine + a3*cosine + 1812) >> 9
		t[4*y+2] = (a0 - a1) * 8
		t[4*y+3] = (a3*sine - a2*cosine + 937) >> 9
	}
	for x := range 4 {
		a0, a1, a2, a3 := t[x]+t[12+x], t[4+x]+t[8+x], t[4+x]-t[8+x], t[x]-t[12+x]
		out[x] = (a0 + a1 + 7) >> 4
		out[4+x] = (a2*sine + a3*cosine + 12000) >> 16
		if a3 != 0 {
			out[4+x]++
		}
		out[8+x] = (a0 - a1 + 7) >> 4
		out[12+x] = (a3*sine - a2*cosine + 51000) >> 16
	}
	return out
}

// The forward transform's factors: sqrt(2)*sin(pi/8) and sqrt(2)*cos(pi/8), in
// 12 bits.
const (
	sine   = 2217
	cosine = 5352
)

// forwardWHT transforms the first coefficients of the blocks of luma.
func forwardWHT(dc *block) (out block) {
	var t block
	for y := range 4 {
		r := dc[4*y : 4*y+4]
		a0, a1, a2, a3 := r[0]+r[2], r[1]+r[3], r[1]-r[3], r[0]-r[2]
		t[4*y], t[4*y+1], t[4*y+2], t[4*y+3] = a0+a1, a3+a2, a3-a2, a0-a1
	}
	for x := range 4 {
		a0, a1, a2, a3 := t[x]+t[8+x], t[4+x]+t[12+x], t[4+x]-t[12+x], t[x]-t[8+x]
		out[x], out[4+x], out[8+x], out[12+x] = (a0+a1)>>1, (a3+a2)>>1, (a3-a2)>>1, (a0-a1)>>1
	}
	return out
}

// inverseWHT is that of RFC 6386, section 14.3.
func inverseWHT(in *block) (out block) {
	var t block
	for x := range 4 {
		a0, a1, a2, a3 := in[x]+in[12+x], in[4+x]+in[8+x], in[4+x]-in[8+x], in[x]-in[12+x]
		t[x], t[4+x], t[8+x], t[12+x] = a0+a1, a3+a2, a0-a1, a3-a2
	}
	for y := range 4 {
		r := t[4*y : 4*y+4]
		dc := r[0] + 3
		a0, a1, a2, a3 := dc+r[3], r[1]+r[2], r[1]-r[2], dc-r[3]
		out[4*y], out[4*y+1], out[4*y+2], out[4*y+3] = (a0+a1)>>3, (a3+a2)>>3, (a0-a1)>>3, (a3-a2)>>3
	}
	return out
}

// addInverse adds what coefficients stand for to a prediction (section 14.4).
func addInverse(in *block, pred []byte, stride int) {
	var t block
	for x := range 4 {
		a, b := in[x]+in[8+x], in[x]-in[8+x]
		c, d := byMinor(in[4+x])-byMajor(in[12+x]), byMajor(in[4+x])+byMinor(in[12+x])
		t[x], t[4+x], t[8+x], t[12+x] = a+d, b+c, b-c, a-d
	}
	for y := range 4 {
		r := t[4*y : 4*y+4]
		p := (*[4]byte)(pred[y*stride:])
		dc := r[0] + 4
		a, b := dc+r[2], dc-r[2]
		c, d := byMinor(r[1])-byMajor(r[3]), byMajor(r[1])+byMinor(r[3])
		p[0], p[1] = clamp(int32(p[0])+(a+d)>>3), clamp(int32(p[1])+(b+c)>>3)
		p[2], p[3] = clamp(int32(p[2])+(b-c)>>3), clamp(int32(p[3])+(a-d)>>3)
	}
}

// byMajor multiplies by sqrt(2)*cos(pi/8), byMinor by sqrt(2)*sin(pi/8).
func byMajor(v int32) int32 { return v + v*20091>>16 }
func byMinor(v int32) int32 { return v * 35468 >> 16 }

func clamp(v int32) byte {
	if uint32(v) > 255 {
		v = ^(v >> 31)
	}
	return byte(v)
}

// addCoefficientsGo is addInverse of coefficients of 16 bits.
func addCoefficientsGo(c *coefficients, pred []byte, stride int) {
	var in block
	for i, v := range c {
		in[i] = int32(v)
	}
	addInverse(&in, pred, stride)
}

// addFirst is addInverse where only the first coefficient differs from zero.
func addFirst(dc int16, pred []byte, stride int) {
	d := (int32(dc) + 4) >> 3
	for y := range 4 {
		p := (*[4]byte)(pred[y*stride:])
		p[0], p[1], p[2], p[3] = clamp(int32(p[0])+d), clamp(int32(p[1])+d), clamp(int32(p[2])+d), clamp(int32(p[3])+d)
	}
}
