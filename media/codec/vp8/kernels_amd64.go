//go:build !purego

package vp8

import (
	"math/bits"

	"golang.org/x/sys/cpu"
)

// hasAVX2 tells whether the kernels that are named after it can be used. None checks
// anything: the functions below do.
var hasAVX2 = cpu.X86.HasAVX2

//go:noescape
func addCoefficientsAVX2(c *coefficients, pred *byte, stride int)

//go:noescape
func smoothRowsAVX2(a, b *byte, stride int, limit, next, high int32, outer bool)

//go:noescape
func smoothColumnsAVX2(a, b *byte, stride int, limit, next, high int32, outer bool)

//go:noescape
func readCoefficientsAsm(r *boolReader, p *kindProbabilities, context, first int, dc, ac int32, out *coefficients) int

// norms are by how much the widths of intervals are to be shifted, and less one what
// becomes of them.
var norms = func() (all [512]uint8) { //nolint:unused // the assembly reads it
	for width := 1; width < 256; width++ {
		shift := bits.LeadingZeros8(uint8(width))
		all[width], all[256+width] = uint8(shift), uint8(width<<shift-1)
	}
	return all
}()

// extra is, for each category of levels from the least on, the probabilities of further
// bits, a zero, and the level that it begins with.
var extra = func() (all [6][16]uint8) { //nolint:unused // the assembly reads it
	for i, c := range categories {
		e := &all[len(all)-1-i]
		for j, prob := range c.probs {
			e[j] = uint8(prob)
		}
		e[len(c.probs)+1] = uint8(c.from)
	}
	return all
}()

// mostBytes is more than a block of coefficients can take: 16 with at most 19 bits, of
// which each takes seven bits of data. A load is of eight bytes.
const mostBytes = (1+16*19)*7/8 + 3*8

func (r *boolReader) readCoefficients(p *kindProbabilities, context, first int, dc, ac int32, out *coefficients) int {
	if len(r.data) < mostBytes || uint(context) > 2 || uint(first) > 1 {
		return r.readCoefficientsGo(p, context, first, dc, ac, out)
	}
	return readCoefficientsAsm(r, p, context, first, dc, ac, out)
}

func addCoefficients(c *coefficients, pred []byte, stride int) {
	if !hasAVX2 {
		addCoefficientsGo(c, pred, stride)
		return
	}
	_ = pred[:3*stride+4]
	addCoefficientsAVX2(c, &pred[0], stride)
}

func smoothEdge(p, q *plane, at, other int, d direction, outer bool, s strength) {
	if !hasAVX2 || p.stride != q.stride {
		smoothEdgeGo(p, q, at, other, d, outer, s)
		return
	}
	limit, n := s.inner, p.stride
	if outer {
		limit = s.outer
	}
	if d == horizontal {
		_, _ = p.samples[at-4*n:][:7*n+8], q.samples[other-4*n:][:7*n+8]
		smoothRowsAVX2(&p.samples[at], &q.samples[other], n, limit, s.next, s.high, outer)
	} else {
		_, _ = p.samples[at-4:][:7*n+8], q.samples[other-4:][:7*n+8]
		smoothColumnsAVX2(&p.samples[at], &q.samples[other], n, limit, s.next, s.high, outer)
	}
}
