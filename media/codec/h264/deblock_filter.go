package h264

func distance(a, b int32) int32 {
	if a < b {
		return b - a
	}
	return a - b
}

// within returns v, or the bound beyond which it lies.
func within(v, bound int32) int32 { return min(max(v, -bound), bound) }

// normalLuma is the filter of luma for bS 3 (8.7.2.3). The samples are p2, p1
// and p0 before the edge, q0, q1 and q2 behind it.
func (t *thresholds) normalLuma(pix []uint16, at, across, along, n int) {
	for range n {
		p1, p0 := int32(pix[at-2*across]), int32(pix[at-across])
		q0, q1 := int32(pix[at]), int32(pix[at+across])
		if distance(p0, q0) < t.alpha && distance(p1, p0) < t.beta && distance(q1, q0) < t.beta {
			p2, q2 := int32(pix[at-3*across]), int32(pix[at+2*across])
			middle, limit := (p0+q0+1)>>1, t.limit
			if distance(p2, p0) < t.beta {
				pix[at-2*across] = uint16(p1 + within((p2+middle-2*p1)>>1, t.limit))
				limit++
			}
			if distance(q2, q0) < t.beta {
				pix[at+across] = uint16(q1 + within((q2+middle-2*q1)>>1, t.limit))
				limit++
			}
			delta := within((4*(q0-p0)+p1-q1+4)>>3, limit)
			pix[at-across], pix[at] = clampTo(p0+delta, t.most), clampTo(q0-delta, t.most)
		}
		at += along
	}
}

// strongLuma is the filter of luma for bS 4 (8.7.2.4).
func (t *thresholds) strongLuma(pix []uint16, at, across, along, n int) {
	near := t.alpha>>2 + 2
	for range n {
		p1, p0 := int32(pix[at-2*across]), int32(pix[at-across])
		q0, q1 := int32(pix[at]), int32(pix[at+across])
		if gap := distance(p0, q0); gap < t.alpha && distance(p1, p0) < t.beta && distance(q1, q0) < t.beta {
			p2, q2 := int32(pix[at-3*across]), int32(pix[at+2*across])
			if gap < near && distance(p2, p0) < t.beta {
				p3 := int32(pix[at-4*across])
				pix[at-across] = uint16((p2 + 2*p1 + 2*p0 + 2*q0 + q1 + 4) >> 3)
				pix[at-2*across] = uint16((p2 + p1 + p0 + q0 + 2) >> 2)
				pix[at-3*across] = uint16((2*p3 + 3*p2 + p1 + p0 + q0 + 4) >> 3)
			} else {
				pix[at-across] = uint16((2*p1 + p0 + q1 + 2) >> 2)
			}
			if gap < near && distance(q2, q0) < t.beta {
				q3 := int32(pix[at+3*across])
				pix[at] = uint16((p1 + 2*p0 + 2*q0 + 2*q1 + q2 + 4) >> 3)
				pix[at+across] = uint16((p0 + q0 + q1 + q2 + 2) >> 2)
				pix[at+2*across] = uint16((2*q3 + 3*q2 + q1 + q0 + p0 + 4) >> 3)
			} else {
				pix[at] = uint16((2*q1 + q0 + p1 + 2) >> 2)
			}
		}
		at += along
	}
}

// normalChroma is the filter of chroma for bS 3.
func (t *thresholds) normalChroma(pix []uint16, at, across, along, n int) {
	for range n {
		p1, p0 := int32(pix[at-2*across]), int32(pix[at-across])
		q0, q1 := int32(pix[at]), int32(pix[at+across])
		if distance(p0, q0) < t.alpha && distance(p1, p0) < t.beta && distance(q1, q0) < t.beta {
			delta := within((4*(q0-p0)+p1-q1+4)>>3, t.limit+1)
			pix[at-across], pix[at] = clampTo(p0+delta, t.most), clampTo(q0-delta, t.most)
		}
		at += along
	}
}

// strongChroma is the filter of chroma for bS 4.
func (t *thresholds) strongChroma(pix []uint16, at, across, along, n int) {
	for range n {
		p1, p0 := int32(pix[at-2*across]), int32(pix[at-across])
		q0, q1 := int32(pix[at]), int32(pix[at+across])
		if distance(p0, q0) < t.alpha && distance(p1, p0) < t.beta && distance(q1, q0) < t.beta {
			pix[at-across] = uint16((2*p1 + p0 + q1 + 2) >> 2)
			pix[at] = uint16((2*q1 + q0 + p1 + 2) >> 2)
		}
		at += along
	}
}
