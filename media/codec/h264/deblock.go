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

// border is an edge of a macroblock, or half of one, towards another.
type border struct {
	beyond *macroblock
	planes []plane // those whose rows it is filtered in
	half   int     // where it begins in them, in rows of half a macroblock
	halves int     // how long it is, for one at the left
	strong bool
}

// borders are what is to be filtered of a macroblock: at its left and at its top
// nothing, one edge or two.
type borders struct {
	planes      []plane // of the picture, or of the field that it is of
	x, y        int     // where it lies in them, in macroblocks
	sides       [4]border
	left, above []border
}

// deblock filters the edges of all blocks (8.7), one macroblock after the
// other, since each takes what the ones before have left.
func (p *picture) deblock(ctx context.Context) error {
	var b borders
	for i := range p.mbs {
		if err := ctx.Err(); i%p.width == 0 && err != nil {
			return err
		}
		mb := &p.mbs[i]
		s := p.slices[mb.slice-1]
		if s.noFilter {
			continue
		}
		if p.pairs {
			b.ofPaired(p, i, s)
		} else {
			b.of(p, i, s)
		}
		for plane := range p.planes {
			p.deblockPlane(s, plane, mb, &b)
		}
	}
	return nil
}

// reset leaves no edges yet of a macroblock.
func (b *borders) reset(planes []plane, x, y int) {
	b.planes, b.x, b.y = planes, x, y
	b.left, b.above = b.sides[0:0:2], b.sides[2:2:4]
}

// of finds the borders of macroblock i.
func (b *borders) of(p *picture, i int, s *slice) {
	x, y := i%p.width, i/p.width
	b.reset(p.planes, x, y)
	if x > 0 && p.filters(s, i-1, i) {
		b.left = append(b.left, border{beyond: &p.mbs[i-1], planes: p.planes, half: 2 * y, halves: 2, strong: true})
	}
	if y > 0 && p.filters(s, i-p.width, i) {
		b.above = append(b.above, border{beyond: &p.mbs[i-p.width], planes: p.planes, half: 2 * y, strong: !p.field})
	}
}

// filters reports whether a slice filters across the border of its macroblock i
// to another.
func (p *picture) filters(s *slice, other, i int) bool {
	return !s.filterAlone || p.mbs[other].slice == p.mbs[i].slice
}

// deblockPlane filters the edges of a macroblock in a plane: the vertical ones
// from left to right, then the horizontal ones from the top down.
func (p *picture) deblockPlane(s *slice, plane int, mb *macroblock, b *borders) {
	to, step := &b.planes[plane], 4
	if mb.transform8x8 && to.width == 16 {
		step = 8
	}
	pix, stride := to.pix, to.stride
	at := b.y*to.height*stride + b.x*to.width
	for i := range b.left {
		side := &b.left[i]
		in := &side.planes[plane]
		t := p.thresholds(s, plane, side.beyond, mb)
		t.strong = side.strong
		t.filter(in.pix, side.half*in.height/2*in.stride+b.x*in.width, 1, in.stride, side.halves*in.height/2)
	}
	inside := p.thresholds(s, plane, mb, mb)
	for i := step; i < to.width; i += step {
		inside.filter(pix, at+i, 1, stride, to.height)
	}
	for i := range b.above {
		side := &b.above[i]
		in := &side.planes[plane]
		t := p.thresholds(s, plane, side.beyond, mb)
		t.strong = side.strong
		t.filter(in.pix, side.half*in.height/2*in.stride+b.x*in.width, in.stride, 1, in.width)
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
		t.strongLuma(pix, at, across, along, n)
	default:
		t.normalLuma(pix, at, across, along, n)
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
