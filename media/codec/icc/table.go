package icc

import (
	"encoding/binary"
	"fmt"
	"math"
)

// table is a lookup table as a profile has it: inks go through curves to nodes,
// which are colours of the connection space once they went through the curves after
// them. All values are 0 to 1.
type table struct {
	grid   int
	before [4]func(float64) float64
	nodes  func(i int) float64 // value i of the nodes, three for each
	after  func([3]float64) [3]float64
	scale  labScale
}

// labScale is how 0 to 1 stand for L*, a* and b* (6.3.4.2, 10.10).
type labScale struct{ lightness, ab, offset float64 }

var (
	lab8  = labScale{100, 255, 128}
	lab16 = labScale{100 * 65535 / 65280.0, 65535 / 256.0, 128} // of lut16Type
)

// newTable reads a lut8Type (10.11), lut16Type (10.10) or lutAToBType (10.12).
func newTable(data []byte, lab bool) (*Inks, error) {
	if len(data) < 32 || data[8] != 4 || data[9] != 3 {
		return nil, fmt.Errorf("%w: channels of the table", ErrProfile)
	}
	var t *table
	switch string(data[:4]) {
	case "mft1":
		t = oldTable(data, 48, 256, 256, 1, lab8)
	case "mft2":
		if len(data) >= 52 {
			t = oldTable(data, 52, int(binary.BigEndian.Uint16(data[48:])), int(binary.BigEndian.Uint16(data[50:])), 2, lab16)
		}
	case "mAB ":
		t = newerTable(data)
	}
	if t == nil {
		return nil, fmt.Errorf("%w: the table is damaged", ErrProfile)
	}
	return t.inks(lab), nil
}

// inks turns the nodes into colours of sRGB.
func (t *table) inks(lab bool) *Inks {
	inks := &Inks{grid: t.grid, nodes: make([][3]uint16, pow4(t.grid))}
	for ink, curve := range t.before {
		for v := range 256 {
			place := clamp(curve(float64(v)/255)) * float64(t.grid-1)
			node := min(int(place), max(t.grid-2, 0))
			inks.curve[ink][v] = position{node, int32(math.Round((place - float64(node)) * (1 << shareBits)))}
		}
	}
	for i := range inks.nodes {
		v := t.after([3]float64{t.nodes(3 * i), t.nodes(3*i + 1), t.nodes(3*i + 2)})
		xyz := [3]float64{v[0] * maxXYZ, v[1] * maxXYZ, v[2] * maxXYZ}
		if lab {
			xyz = fromLab(v[0]*t.scale.lightness, v[1]*t.scale.ab-t.scale.offset, v[2]*t.scale.ab-t.scale.offset)
		}
		inks.nodes[i] = toSRGB(xyz)
	}
	return inks
}

func pow4(n int) int { return n * n * n * n }

// oldTable reads a table of 8 or 16 bits, nil where it is not whole.
func oldTable(data []byte, at, entriesBefore, entriesAfter, width int, scale labScale) *table {
	grid := int(data[10])
	if grid < 2 || pow4(grid) > maxNodes || entriesBefore < 2 || entriesAfter < 2 || entriesBefore > 4096 || entriesAfter > 4096 {
		return nil
	}
	read := func(n int) func(int) float64 {
		if at < 0 || len(data)-at < n*width {
			at = -1
			return nil
		}
		b := data[at:]
		at += n * width
		if width == 1 {
			return func(i int) float64 { return float64(b[i]) / 255 }
		}
		return func(i int) float64 { return float64(binary.BigEndian.Uint16(b[2*i:])) / 65535 }
	}
	before, nodes, after := read(4*entriesBefore), read(3*pow4(grid)), read(3*entriesAfter)
	if at < 0 {
		return nil
	}
	t := &table{grid: grid, nodes: nodes, scale: scale}
	for ink := range t.before {
		t.before[ink] = sampled(func(i int) float64 { return before(ink*entriesBefore + i) }, entriesBefore)
	}
	t.after = func(v [3]float64) [3]float64 {
		for c := range v {
			v[c] = sampled(func(i int) float64 { return after(c*entriesAfter + i) }, entriesAfter)(v[c])
		}
		return v
	}
	return t
}

// sampled is a curve through n values.
func sampled(value func(int) float64, n int) func(float64) float64 {
	return func(x float64) float64 {
		place := clamp(x) * float64(n-1)
		i := min(int(place), n-2)
		share := place - float64(i)
		return value(i)*(1-share) + value(i+1)*share
	}
}

func clamp(x float64) float64 { return min(1, max(0, x)) }

// newerTable reads a table with curves before the nodes (A), and after them (M),
// with a matrix, and last (B). It is nil where that is not whole.
func newerTable(data []byte) *table {
	offset := func(i int) uint32 { return binary.BigEndian.Uint32(data[12+4*i:]) }
	clut := data[min(int64(offset(3)), int64(len(data))):]
	if offset(0) == 0 || offset(3) == 0 || offset(4) == 0 || len(clut) < 20 {
		return nil
	}
	grid, width := int(clut[0]), int(clut[16])
	for _, n := range clut[:4] {
		if int(n) != grid {
			return nil
		}
	}
	if grid < 2 || pow4(grid) > maxNodes || width != 1 && width != 2 || len(clut)-20 < 3*pow4(grid)*width {
		return nil
	}
	values := clut[20:]
	t := &table{grid: grid, scale: lab8, nodes: func(i int) float64 {
		if width == 1 {
			return float64(values[i]) / 255
		}
		return float64(binary.BigEndian.Uint16(values[2*i:])) / 65535
	}}
	a, b := curves(data, offset(4), 4), curves(data, offset(0), 3)
	if a == nil || b == nil {
		return nil
	}
	copy(t.before[:], a)
	m, matrix := curves(data, offset(2), 3), cut(data, offset(1), 48)
	if offset(1) != 0 && (m == nil || matrix == nil) {
		return nil
	}
	t.after = func(v [3]float64) [3]float64 {
		if offset(1) != 0 {
			v = multiply(matrix, through(m, v))
		}
		return through(b, v)
	}
	return t
}

func through(curves []func(float64) float64, v [3]float64) [3]float64 {
	for i := range v {
		v[i] = curves[i](clamp(v[i]))
	}
	return v
}

// multiply goes through a matrix of three rows, with a column of sums behind them
// (10.12.5).
func multiply(matrix []byte, v [3]float64) (out [3]float64) {
	e := func(i int) float64 { return fixed(matrix[4*i:]) }
	for i := range out {
		out[i] = e(3*i)*v[0] + e(3*i+1)*v[1] + e(3*i+2)*v[2] + e(9+i)
	}
	return out
}

// fixed reads a s15Fixed16Number (4.6).
func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

// curves reads so many curves, each filled up to four bytes; nil where they are
// not whole.
func curves(data []byte, offset uint32, n int) (all []func(float64) float64) {
	rest := data[min(int64(offset), int64(len(data))):]
	for range n {
		curve, size := readCurve(rest)
		if curve == nil {
			return nil
		}
		all = append(all, curve)
		rest = rest[min((size+3)&^3, len(rest)):]
	}
	return all
}

// readCurve reads a curveType (10.6) or a parametricCurveType (10.18), and returns
// its length.
func readCurve(b []byte) (func(float64) float64, int) {
	if len(b) < 12 {
		return nil, 0
	}
	switch string(b[:4]) {
	case "curv":
		n := int64(binary.BigEndian.Uint32(b[8:]))
		if n > 4096 || int64(len(b)) < 12+2*n {
			return nil, 0
		}
		values := b[12 : 12+2*n]
		switch n {
		case 0:
			return func(x float64) float64 { return x }, 12
		case 1:
			gamma := float64(binary.BigEndian.Uint16(values)) / 256
			return func(x float64) float64 { return math.Pow(x, gamma) }, 14
		}
		return sampled(func(i int) float64 { return float64(binary.BigEndian.Uint16(values[2*i:])) / 65535 }, int(n)), 12 + int(2*n)
	case "para":
		return parametric(b)
	}
	return nil, 0
}

// parametric reads g, a, b, c, d, e and f, of which each type has the first few.
func parametric(b []byte) (func(float64) float64, int) {
	kind := int(binary.BigEndian.Uint16(b[8:]))
	counts := []int{1, 3, 4, 5, 7}
	if kind >= len(counts) || len(b) < 12+4*counts[kind] {
		return nil, 0
	}
	p := [7]float64{1, 1}
	for i := range counts[kind] {
		p[i] = fixed(b[12+4*i:])
	}
	g, a, offset, c, d, e, f := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	switch kind {
	case 1, 2:
		if a == 0 {
			return nil, 0
		}
		// Below -b/a the curve is c: of type 1, which has none, 0.
		e, f, c, d = p[3], p[3], 0, -offset/a
	}
	return func(x float64) float64 {
		if kind > 0 && x < d {
			return c*x + f
		}
		return math.Pow(max(0, a*x+offset), g) + e
	}, 12 + 4*counts[kind]
}
