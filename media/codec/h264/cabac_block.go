package h264

// mapContexts are the contexts of the coefficients of a kind of blocks.
type mapContexts struct {
	coded                    int // of coded_block_flag
	significant, last, level int
	significantAt, lastAt    *[63]uint8 // added by position
	moreLevels               int        // contexts for levels above 1, less one
}

// kindsOfBlocks are those of ctxBlockCat: behind the kinds of luma and of chroma
// of 4:2:0 come four of Cb and four of Cr of 4:4:4.
const kindsOfBlocks = 14

// category returns ctxBlockCat of a block.
func (b *block) category() int {
	switch {
	case b.plane == 0 || b.kind == blockChromaDC || b.kind == blockChromaAC:
		return b.kind
	case b.kind == blockLuma8:
		return 5 + 4*b.plane
	}
	return 2 + 4*b.plane + b.kind
}

// Contexts by the kind of block, in frames and fields: Tables 9-34 and 9-40.
var (
	frameMaps = newMaps(mapBases{
		significant: [3]int{105, 484, 528}, last: [3]int{166, 572, 616},
		significant8: [3]int{402, 660, 718}, last8: [3]int{417, 690, 748},
	}, &sigContext8x8)
	fieldMaps = newMaps(mapBases{
		significant: [3]int{277, 776, 820}, last: [3]int{338, 864, 908},
		significant8: [3]int{436, 675, 733}, last8: [3]int{451, 699, 757},
	}, &sigContextField8x8)
)

// mapBases are the first contexts of each plane.
type mapBases struct{ significant, last, significant8, last8 [3]int }

func newMaps(from mapBases, at8 *[63]uint8) *[kindsOfBlocks]mapContexts {
	m := new([kindsOfBlocks]mapContexts)
	coded, coded8 := [3]int{ctxCoded, 460, 472}, 1012
	level, level8 := [3]int{227, 952, 982}, [3]int{426, 708, 766}
	levels, maps := [5]int{0, 10, 20, 30, 39}, [5]int{0, 15, 29, 44, 47}
	for plane := range 3 {
		for kind, offset := range maps {
			if plane > 0 && kind > blockLuma4 {
				break // chroma of 4:2:0 and 4:2:2 stands among the first
			}
			b := block{kind: kind, plane: plane}
			m[b.category()] = mapContexts{
				coded[plane] + 4*kind, from.significant[plane] + offset, from.last[plane] + offset,
				level[plane] + levels[kind], &inOrder, &inOrder, 4,
			}
		}
		b := block{kind: blockLuma8, plane: plane}
		m[b.category()] = mapContexts{
			coded8 + 4*plane, from.significant8[plane], from.last8[plane], level8[plane], at8, &lastContext8x8, 4,
		}
	}
	m[blockChromaDC].significantAt, m[blockChromaDC].lastAt = &chromaInOrder, &chromaInOrder
	m[blockChromaDC].moreLevels = 3
	return m
}

var (
	inOrder = func() (t [63]uint8) {
		for i := range t {
			t[i] = uint8(i)
		}
		return t
	}()
	chromaInOrder = [63]uint8{0, 1, 2}
	tallInOrder   = [63]uint8{0, 0, 1, 1, 2, 2, 2} // of DC blocks of 4:2:2
)

// block reads the coefficients of a block (7.3.5.3.3).
func (v *cabac) block(b *block) int {
	m := &v.maps[b.category()]
	if (b.kind != blockLuma8 || v.slice.sps.full()) && !v.coded(b, m) {
		return 0
	}
	if b.kind == blockChromaDC && len(b.scan) == 8 {
		tall := *m
		tall.significantAt, tall.lastAt = &tallInOrder, &tallInOrder
		m = &tall
	}
	total := v.readMap(m, len(b.scan))
	v.readLevels(b, m, total)
	return total
}

// coded reads coded_block_flag, in a context of the same of the blocks beside
// and above (9.3.3.1.1.9). What is not there counts as coded.
func (v *cabac) coded(b *block, m *mapContexts) bool {
	n := 0
	switch coded := &v.c.coded[b.plane]; {
	case b.kind == blockLumaDC || b.kind == blockChromaDC:
		n = v.around(2, func(mb *macroblock) bool { return mb.dc>>b.plane&1 != 0 })
		if v.c.left == nil {
			n++
		}
		if v.c.above == nil {
			n += 2
		}
	default:
		left := v.c.left
		if b.kind == blockLuma8 {
			left, _ = v.c.beside(b.place/placesPerRow-1, 4)
		}
		if v.counts(b, coded[b.place-1], b.place%placesPerRow == 1, left) {
			n++
		}
		if v.counts(b, coded[b.place-placesPerRow], b.place/placesPerRow == 1, v.c.above) {
			n += 2
		}
	}
	return v.decide(m.coded+n) != 0
}

// counts reports whether what lies beside a block counts as coded; outside tells
// that it is of another macroblock. For an 8x8 block, 4x4 blocks do not, while in
// the streams of early x264 they do in any case.
func (v *cabac) counts(b *block, coded uint8, outside bool, mb *macroblock) bool {
	if b.kind == blockLuma8 && outside && mb != nil && !mb.transform8x8 {
		return mb.kind == intraPCM || v.slice.earlyX264
	}
	return coded != 0
}

// readMap reads which of n coefficients are not zero, and returns how many.
func (v *cabac) readMap(m *mapContexts, n int) (total int) {
	for i := range n - 1 {
		if v.decide(m.significant+int(m.significantAt[i])) == 0 {
			continue
		}
		v.positions[total] = uint8(i)
		total++
		if v.decide(m.last+int(m.lastAt[i])) != 0 {
			return total
		}
	}
	v.positions[total] = uint8(n - 1)
	return total + 1
}

// readLevels reads the levels of coefficients, the last one first.
func (v *cabac) readLevels(b *block, m *mapContexts, total int) {
	round := int32(1) << b.shift >> 1
	ones, more := 0, 0
	for i := total - 1; i >= 0; i-- {
		context := m.level
		if more == 0 {
			context += min(1+ones, 4)
		}
		level := int32(1)
		if v.decide(context) == 0 {
			ones++
		} else {
			level = v.readLevel(m.level + 5 + min(more, m.moreLevels))
			more++
		}
		if v.bypass() != 0 {
			level = -level
		}
		to := b.scan[v.positions[i]]
		b.out[to] = (level*b.scale[to] + round) >> b.shift
	}
}

const (
	maxUnaryLevel = 15 // from there on, the rest is sent as Exp-Golomb code
	maxGolomb     = 22 // of its prefix; no level of 14-bit samples needs more
)

// readLevel reads a level of 2 or more (9.3.2.3).
func (v *cabac) readLevel(context int) int32 {
	level := int32(2)
	for v.decide(context) != 0 {
		if level++; level == maxUnaryLevel {
			return level + v.readGolomb()
		}
	}
	return level
}

func (v *cabac) readGolomb() (n int32) {
	k := 0
	for v.bypass() != 0 {
		n += 1 << k
		if k++; k > maxGolomb {
			v.damaged = true
			return 0
		}
	}
	for k--; k >= 0; k-- {
		n += int32(v.bypass()) << k
	}
	return n
}
