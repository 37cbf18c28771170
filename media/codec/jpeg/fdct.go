package jpeg

import "math"

// transformGo quantizes the forward transform of 8x8 samples: values are its products with
// scale, row by row. The set is of those that are not zero, in zigzag order.
func transformGo(samples []byte, stride int, scale *[64]float32, values *[64]int16) (nonzero uint64) {
	var block [64]float32
	forward(samples, stride, &block)
	return quantize(&block, scale, values)
}

// quantize rounds the products of block and scale, and returns the set of those that are
// not zero, in zigzag order.
func quantize(block, scale *[64]float32, values *[64]int16) (nonzero uint64) {
	// A sum with round has the nearest integer in its lower bits.
	const round = 3 << 22
	zero := int32(math.Float32bits(round))
	for k, at := range zigzag {
		v := int32(math.Float32bits(float32(block[at&63]*scale[at&63])+round)) - zero
		values[at&63] = int16(v)
		// The upper bit of v|-v tells whether v is not zero.
		nonzero |= uint64(uint32(v|-v)>>31) << k
	}
	return nonzero
}

// forward is the transform of Arai, Agui and Nakajima (1988): each way, all
// but five of its multiplications are left to be done by quantization, with
// forwardScale.
func forward(samples []byte, stride int, out *[64]float32) {
	for y := range 8 {
		in, to := (*[8]byte)(samples[y*stride:]), (*[8]float32)(out[8*y:])
		to[0], to[1], to[2], to[3], to[4], to[5], to[6], to[7] = forward8(
			float32(in[0]), float32(in[1]), float32(in[2]), float32(in[3]),
			float32(in[4]), float32(in[5]), float32(in[6]), float32(in[7]))
		to[0] -= 8 * 128
	}
	for x := range 8 {
		c := (*[57]float32)(out[x:])
		c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56] = forward8(
			c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56])
	}
}

// forward8 transforms 8 values. A product is rounded before it is added to, so that no
// machine makes other bytes.
func forward8(s0, s1, s2, s3, s4, s5, s6, s7 float32) (f0, f1, f2, f3, f4, f5, f6, f7 float32) {
	const (
		cos2     = 0.923879532 // cos(2*pi/16)
		cos4     = 0.707106781
		cos6     = 0.382683432
		cos2min6 = cos2 - cos6
		cos2and6 = cos2 + cos6
	)
	sum07, diff07 := s0+s7, s0-s7
	sum16, diff16 := s1+s6, s1-s6
	sum25, diff25 := s2+s5, s2-s5
	sum34, diff34 := s3+s4, s3-s4

	outer, outerDiff := sum07+sum34, sum07-sum34
	inner, innerDiff := sum16+sum25, sum16-sum25
	f0, f4 = outer+inner, outer-inner
	turn := float32((innerDiff + outerDiff) * cos4)
	f2, f6 = outerDiff+turn, outerDiff-turn

	a, b, c := diff34+diff25, diff25+diff16, diff16+diff07
	common := float32((a - c) * cos6)
	low := float32(a*cos2min6) + common
	high := float32(c*cos2and6) + common
	b = float32(b * cos4)
	near, far := diff07+b, diff07-b
	return f0, near + high, f2, far - low, f4, far + low, f6, near - high
}

// forwardScale returns what makes the result of forward at an index, row by
// row, the coefficient of A.3.3.
func forwardScale(at int) float32 {
	scale := 1.0 / 8
	for _, n := range [2]int{at / 8, at % 8} {
		if n > 0 {
			scale /= math.Sqrt2 * math.Cos(float64(n)*math.Pi/16)
		}
	}
	return float32(scale)
}
