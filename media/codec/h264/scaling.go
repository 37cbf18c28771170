package h264

// scalingLists are the weights of the coefficients of each kind of block, in
// zig-zag order: those of intra blocks of Y, Cb and Cr, of inter blocks, and of
// 8x8 blocks, intra and inter by turns, of Y, Cb and Cr (Table 7-2). Those of
// 8x8 blocks are 64 long.
type scalingLists [12][64]uint8

// Ways to tell a scaling list.
const (
	listInherited = iota
	listDefault
	listSent
)

// scalingSyntax is what a parameter set tells of scaling lists.
type scalingSyntax struct {
	present bool
	how     [12]int
	sent    scalingLists
}

// parse reads the first n lists (7.3.2.1.1.1).
func (s *scalingSyntax) parse(b *bitReader, n int) {
	s.present = true
	for i := range n {
		s.how[i] = listInherited
		if b.flag() {
			s.how[i] = parseScalingList(b, s.sent[i][:listLength(i)])
		}
	}
}

func listLength(i int) int {
	if i < 6 {
		return 16
	}
	return 64
}

func parseScalingList(b *bitReader, list []uint8) (how int) {
	last, next := 8, 8
	for i := range list {
		if next != 0 {
			next = (last + b.seWithin(-128, 127)) & 255
			if i == 0 && next == 0 {
				return listDefault
			}
		}
		if next != 0 {
			last = next
		}
		list[i] = uint8(last)
	}
	return listSent
}

// resolve returns the lists that s tells of. Those that begin a series fall
// back to lists given, the others to the one before (Table 7-2).
func (s *scalingSyntax) resolve(fallback *scalingLists) *scalingLists {
	lists := new(scalingLists)
	for i := range lists {
		switch {
		case s.how[i] == listSent:
			lists[i] = s.sent[i]
		case s.how[i] == listDefault:
			lists[i] = defaultLists[i]
		case i == 0 || i == 3 || i == 6 || i == 7:
			lists[i] = fallback[i]
		case i > 7:
			lists[i] = lists[i-2]
		default:
			lists[i] = lists[i-1]
		}
	}
	return lists
}

// listsOf returns the lists that hold in a picture (7.4.2.2).
func listsOf(s *sps, p *pps) *scalingLists {
	lists, fallback := flatLists, defaultLists
	if s.scaling.present {
		lists = s.scaling.resolve(defaultLists)
		fallback = lists
	}
	if p.scaling.present {
		lists = p.scaling.resolve(fallback)
	}
	return lists
}

// scaleTables are the factors of coefficients for each QP, in raster order.
type scaleTables struct {
	block4 [3][scales][16]int32 // of Y, Cb and Cr, times 16
	block8 [3][scales][64]int32 // times 64
}

// scales is more than any QP, from the least on, of samples of 14 bits; the DC
// of chroma in 4:2:2 goes 3 beyond.
const scales = 52 + 6*6 + 3

// newScaleTables works out LevelScale of 8.5.9 times 2 to the QP / 6.
func newScaleTables(s *sps, p *pps) *scaleTables {
	lists, t := listsOf(s, p), new(scaleTables)
	for plane := range t.block4 {
		for qp := range scales {
			for i, at := range zigzag4 {
				weight := int32(lists[plane][i])
				t.block4[plane][qp][at] = weight * norm4(qp%6, int(at)) << (qp / 6)
			}
		}
		if !p.transform8x8 || plane > 0 && !s.full() {
			continue
		}
		for qp := range scales {
			for i, at := range zigzag8 {
				weight := int32(lists[6+2*plane][i])
				t.block8[plane][qp][at] = weight * norm8(qp%6, int(at)) << (qp / 6)
			}
		}
	}
	return t
}

var (
	norms4 = [6][3]int32{{10, 16, 13}, {11, 18, 14}, {13, 20, 16}, {14, 23, 18}, {16, 25, 20}, {18, 29, 23}}
	norms8 = [6][6]int32{
		{20, 18, 32, 19, 25, 24}, {22, 19, 35, 21, 28, 26}, {26, 23, 42, 24, 33, 31},
		{28, 25, 45, 26, 35, 33}, {32, 28, 51, 30, 40, 38}, {36, 32, 58, 34, 46, 43},
	}
)

// norm4 is normAdjust4x4 (8-315).
func norm4(m, at int) int32 {
	v := &norms4[m]
	x, y := at%4, at/4
	switch {
	case x%2 == 0 && y%2 == 0:
		return v[0]
	case x%2 == 1 && y%2 == 1:
		return v[1]
	}
	return v[2]
}

// norm8 is normAdjust8x8 (8-318).
func norm8(m, at int) int32 {
	v := &norms8[m]
	x, y := at%8, at/8
	switch {
	case x%4 == 0 && y%4 == 0:
		return v[0]
	case x%2 == 1 && y%2 == 1:
		return v[1]
	case x%4 == 2 && y%4 == 2:
		return v[2]
	case x%4 == 0 && y%2 == 1 || x%2 == 1 && y%4 == 0:
		return v[3]
	case x%4 == 0 && y%4 == 2 || x%4 == 2 && y%4 == 0:
		return v[4]
	}
	return v[5]
}
