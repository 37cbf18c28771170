package vp8

// filterHeader says how much edges of blocks are smoothed (9.6).
type filterHeader struct {
	simple    bool
	level     int
	sharpness int
	adjusted  bool
	frame     int // by how much the level of a key frame differs
	blocks    int // and of a macroblock that is not predicted as a whole
}

func (h *filterHeader) read(r *boolReader) {
	h.simple = r.flag()
	h.level = r.number(6)
	h.sharpness = r.number(3)
	if h.adjusted = r.flag(); !h.adjusted || !r.flag() {
		return
	}
	var all [8]int // by the frame that is referred to, and by the mode
	for i := range all {
		all[i] = r.optional(6)
	}
	h.frame, h.blocks = all[0], all[4]
}

// strength is how much the edges of one macroblock are smoothed (15.2 to 15.4).
type strength struct {
	outer, inner int32 // limits for differences at edges: around the macroblock and in it; 0 for none
	next         int32 // for those of neighbours beside an edge
	high         int32 // from which neighbours stay as they are
}

func (h *filterHeader) strength(s *segments, m *decodedMacroblock) strength {
	if h.level == 0 {
		return strength{}
	}
	level := s.of(&s.filter, m.segment, h.level)
	if h.adjusted {
		level += h.frame
		if !m.whole {
			level += h.blocks
		}
	}
	level = min(max(level, 0), 63)
	if level == 0 {
		return strength{}
	}
	next := level
	if h.sharpness > 0 {
		next >>= 1
		if h.sharpness > 4 {
			next >>= 1
		}
		next = min(next, 9-h.sharpness)
	}
	next = max(next, 1)
	out := strength{outer: int32(2*(level+2) + next), next: int32(next)}
	if !m.whole || m.anything {
		out.inner = int32(2*level + next)
	}
	if level >= 40 {
		out.high = 2
	} else if level >= 15 {
		out.high = 1
	}
	return out
}

// filterRow smooths the edges of the macroblocks of row y, the ones above it too. Those
// strengths are used that were found before the last ones.
func (d *decoder) filterRow(y int) {
	if d.filter.level == 0 {
		return
	}
	for x, s := range d.strengths[0] {
		switch {
		case s.outer == 0:
		case d.filter.simple:
			d.planes[0].filterSimply(x, y, s)
		default:
			luma, cb, cr := &d.planes[0], &d.planes[1], &d.planes[2]
			filter(x, y, 16, half{luma, 0, 0}, half{luma, 8, 0}, half{luma, 0, 8}, s)
			filter(x, y, 8, half{cb, 0, 0}, half{cr, 0, 0}, half{cr, 0, 0}, s)
		}
	}
}

// half is eight of the sixteen samples along an edge: of a plane, so much to the right
// and down from where a macroblock begins.
type half struct {
	*plane
	right, down int
}

// filter smooths the edges of a macroblock, of luma or of both planes of chroma. The first
// half of any edge is with the one beside it the whole of a horizontal edge, and with the
// one below the whole of a vertical edge.
func filter(x, y, side int, first, beside, below half, s strength) {
	at := first.at(x*side, y*side)
	next, under := beside.at(x*side+beside.right, y*side), below.at(x*side, y*side+below.down)
	if x > 0 {
		smoothEdge(first.plane, below.plane, at, under, vertical, true, s)
	}
	for i := 4; i < side && s.inner > 0; i += 4 {
		smoothEdge(first.plane, below.plane, at+i, under+i, vertical, false, s)
	}
	if y > 0 {
		smoothEdge(first.plane, beside.plane, at, next, horizontal, true, s)
	}
	for i := 4; i < side && s.inner > 0; i += 4 {
		smoothEdge(first.plane, beside.plane, at+i*first.stride, next+i*first.stride, horizontal, false, s)
	}
}

// direction is that of an edge.
type direction bool

const (
	vertical   direction = false
	horizontal direction = true
)

// smoothEdgeGo smooths eight samples along an edge in one plane and eight in another one
// of the same stride, or in the same.
func smoothEdgeGo(p, q *plane, at, other int, d direction, outer bool, s strength) {
	along, across := p.stride, 1
	if d == horizontal {
		along, across = 1, p.stride
	}
	smooth := filterInner
	if outer {
		smooth = filterOuter
	}
	smooth(p.samples, at, along, across, 8, s)
	smooth(q.samples, other, along, across, 8, s)
}

// filterSimply does so with the simple filter, of luma alone.
func (p *plane) filterSimply(x, y int, s strength) {
	at := p.at(x*16, y*16)
	if x > 0 {
		filterSimple(p.samples, at, p.stride, 1, s.outer)
	}
	for i := 4; i < 16 && s.inner > 0; i += 4 {
		filterSimple(p.samples, at+i, p.stride, 1, s.inner)
	}
	if y > 0 {
		filterSimple(p.samples, at, 1, p.stride, s.outer)
	}
	for i := 4; i < 16 && s.inner > 0; i += 4 {
		filterSimple(p.samples, at+i*p.stride, 1, p.stride, s.inner)
	}
}

// filterSimple smooths an edge of 16 samples that lie along apart from each other, with
// the ones before and behind the edge across.
func filterSimple(s []byte, at, along, across int, limit int32) {
	for range 16 {
		p1, p0, q0, q1 := int32(s[at-2*across]), int32(s[at-across]), int32(s[at]), int32(s[at+across])
		if distance(p0, q0)*2+distance(p1, q1)>>1 <= limit {
			smoothTwo(s, at, across, p1, p0, q0, q1)
		}
		at += along
	}
}

// smoothTwo changes the two samples at an edge.
func smoothTwo(s []byte, at, across int, p1, p0, q0, q1 int32) {
	a := clampSigned(clampSigned(p1-q1) + 3*(q0-p0))
	s[at-across] = clamp(p0 + min(a+3, 127)>>3)
	s[at] = clamp(q0 - min(a+4, 127)>>3)
}

// filterInner smooths an edge between blocks, of up to four samples across.
func filterInner(s []byte, at, along, across, n int, f strength) {
	for ; n > 0; n, at = n-1, at+along {
		p1, p0, q0, q1, smooth, high := look(s, at, across, f.inner, f)
		switch {
		case !smooth:
		case high:
			smoothTwo(s, at, across, p1, p0, q0, q1)
		default:
			a := clampSigned(3 * (q0 - p0))
			a1, a2 := min(a+4, 127)>>3, min(a+3, 127)>>3
			a3 := (a1 + 1) >> 1
			s[at-2*across], s[at-across] = clamp(p1+a3), clamp(p0+a2)
			s[at], s[at+across] = clamp(q0-a1), clamp(q1-a3)
		}
	}
}

// filterOuter smooths an edge between macroblocks, of up to six samples across.
func filterOuter(s []byte, at, along, across, n int, f strength) {
	for ; n > 0; n, at = n-1, at+along {
		p1, p0, q0, q1, smooth, high := look(s, at, across, f.outer, f)
		switch {
		case !smooth:
		case high:
			smoothTwo(s, at, across, p1, p0, q0, q1)
		default:
			p2, q2 := int32(s[at-3*across]), int32(s[at+2*across])
			a := clampSigned(clampSigned(p1-q1) + 3*(q0-p0))
			a1, a2, a3 := (27*a+63)>>7, (18*a+63)>>7, (9*a+63)>>7
			s[at-3*across], s[at-2*across], s[at-across] = clamp(p2+a3), clamp(p1+a2), clamp(p0+a1)
			s[at], s[at+across], s[at+2*across] = clamp(q0-a1), clamp(q1-a2), clamp(q2-a3)
		}
	}
}

// look returns the samples beside an edge, whether they are to be smoothed, and whether
// those next to them differ so much that they are to stay.
func look(s []byte, at, across int, limit int32, f strength) (p1, p0, q0, q1 int32, smooth, high bool) {
	p1, p0, q0, q1 = int32(s[at-2*across]), int32(s[at-across]), int32(s[at]), int32(s[at+across])
	if distance(p0, q0)*2+distance(p1, q1)>>1 > limit {
		return
	}
	p3, p2, q2, q3 := int32(s[at-4*across]), int32(s[at-3*across]), int32(s[at+2*across]), int32(s[at+3*across])
	beforeEdge, behindEdge := distance(p1, p0), distance(q1, q0)
	if max(distance(p3, p2), distance(p2, p1), beforeEdge, behindEdge, distance(q2, q1), distance(q3, q2)) > f.next {
		return
	}
	return p1, p0, q0, q1, true, max(beforeEdge, behindEdge) > f.high
}

func distance(a, b int32) int32 { return max(a-b, b-a) }

// clampSigned clamps to what a signed byte holds.
func clampSigned(v int32) int32 { return min(max(v, -128), 127) }
