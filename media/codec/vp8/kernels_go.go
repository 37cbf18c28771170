//go:build purego || !amd64

package vp8

func (r *boolReader) readCoefficients(p *kindProbabilities, context, first int, dc, ac int32, out *coefficients) int {
	return r.readCoefficientsGo(p, context, first, dc, ac, out)
}

func addCoefficients(c *coefficients, pred []byte, stride int) { addCoefficientsGo(c, pred, stride) }

func smoothEdge(p, q *plane, at, other int, d direction, outer bool, s strength) {
	smoothEdgeGo(p, q, at, other, d, outer, s)
}
