package h264

import "context"

// thresholds are what the filter of an edge goes by (8.7.2.2).
type thresholds struct {
	alpha, beta int32
	limit       int32 // tC0; all edges inside a macroblock have bS 3
	most        int32 // the greatest sample
	strong      bool  // bS 4
	chroma      bool  // the filter is that of chroma: chromaStyleFilteringFlag
}

// deblock filters the edges of all blocks (8.7), one macroblock after the
// other, since each takes what the ones before have left.
func (p *picture) deblock(ctx context.Context) error {
	for i := range p.mbs {
		x, y := i%p.width, i/p.width
		if err := ctx.Err(); x == 0 && err != nil {
			return err
		}
		mb := &p.mbs[i]
		s := p.slices[mb.slice-1]
		if s.noFilter {
			continue
		}
		var left, above *macroblock
		if x > 0 && (!s.filterAlone || p.mbs[i-1].slice == mb.slice) {
			left = &p.mbs[i-1]
		}
		if y > 0 && (!s.filterAlone || p.mbs[i-p.width].slice == mb.slice) {
			above = &p.mbs[i-p.width]
		}
		for plane := range p.planes {
			p.deblockPlane(s, plane, x, y, mb, left, above)
		}
	}
	return nil
}

// deblockPlane filters the edges of a macroblock in a plane: the vertical ones
// from left to right, then the horizontal ones from the top down.
func (p *picture) deblockPlane(s *slice, plane, x, y int, mb, left, above *macroblock) {
	to, step := &p.planes[plane], 4
	if mb.transform8x8 && to.width == 16 {
		step = 8
	}
	pix, stride := to.pix, to.stride
	at := y*to.height*stride + x*to.width
	if left != nil {
		t := p.thresholds(s, plane, left, mb)
		t.strong = true
		t.filter(pix, at, 1, stride, to.height)
	}
	inside := p.thresholds(s, plane, mb, mb)
	for i := step; i < to.width; i += step {
		inside.filter(pix, at+i, 1, stride, to.height)
	}
	if above != nil {
		t := p.thresholds(s, plane, above, mb)
		t.strong = !p.field
		t.filter(pix, at, stride, 1, to.width)
	}
	for i := step; i < to.height; i += step {
		inside.filter(pix, at+i*stride, stride, 1, to.width)
	}
}

// thresholds returns those between two macroblocks, by their mean QP.
func (p *picture) thresholds(s *slice, plane int, a, b *macroblock) thresholds {
	mean := (p.qp(a, plane) + p.qp(b, plane) + 1) >> 1
	alpha := min(max(mean+s.alphaOffset, 0), 51)
	beta := min(max(mean+s.betaOffset, 0), 51)
	to := &p.planes[plane]
	more := to.depth - 8
	return thresholds{
		alpha: int32(alphas[alpha]) << more, beta: int32(betas[beta]) << more, limit: int32(limits[alpha]) << more,
		most: to.most(), chroma: to.width == 8,
	}
}

// qp returns the QP of a macroblock in a plane.
func (p *picture) qp(mb *macroblock, plane int) int {
	s := p.slices[mb.slice-1]
	if plane == 0 {
		return int(mb.qp) - s.sps.coarse(0)
	}
	return int(s.chromaQP[plane-1][mb.qp]) - s.sps.coarse(1)
}

// filter filters the n samples of an edge from pix[at] on; across leads over
// the edge, along to its next sample.
func (t *thresholds) filter(pix []uint16, at, across, along, n int) {
	switch {
	case t.alpha == 0 || t.beta == 0:
	case t.chroma && t.strong:
		t.strongChroma(pix, at, across, along, n)
	case t.chroma:
		t.normalChroma(pix, at, across, along, n)
	case t.strong:
		t.strongLuma(pix, at, across, along)
	default:
		t.normalLuma(pix, at, across, along)
	}
}

// alphas, betas and limits are the thresholds alpha and beta and tC0 for bS 3:
// Tables 8-16 and 8-17.
var (
	alphas = [52]uint8{
		16: 4, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15, 17, 20, 22, 25, 28, 32, 36,
		40, 45, 50, 56, 63, 71, 80, 90, 101, 113, 127, 144, 162, 182, 203, 226, 255, 255,
	}
	betas = [52]uint8{
		16: 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 6, 6, 7, 7, 8, 8, 9, 9,
		10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18,
	}
	limits = [52]uint8{
		17: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3,
		4, 4, 4, 5, 6, 6, 7, 8, 9, 10, 11, 13, 14, 16, 18, 20, 23, 25,
	}
)
