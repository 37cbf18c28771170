package h264

// mapContexts are the contexts of the coefficients of a kind of blocks.
type mapContexts struct {
	significant, last, level int
	significantAt, lastAt    *[63]uint8 // added by position
	moreLevels               int        // contexts for levels above 1, less one
}

// Contexts by the kind of block, in frames and fields: Tables 9-34 and 9-40.
var (
	frameMaps = newMaps(105, 166, 402, 417, &sigContext8x8)
	fieldMaps = newMaps(277, 338, 436, 451, &sigContextField8x8)
)

func newMaps(significant, last, significant8, last8 int, at8 *[63]uint8) *[6]mapContexts {
	m := new([6]mapContexts)
	levels := [5]int{0, 10, 20, 30, 39}
	for kind, offset := range [5]int{0, 15, 29, 44, 47} {
		m[kind] = mapContexts{significant + offset, last + offset, 227 + levels[kind], &inOrder, &inOrder, 4}
	}
	m[blockChromaDC].significantAt, m[blockChromaDC].lastAt = &chromaInOrder, &chromaInOrder
	m[blockChromaDC].moreLevels = 3
	m[blockLuma8] = mapContexts{significant8, last8, 426, at8, &lastContext8x8, 4}
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
)

// block reads the coefficients of a block (7.3.5.3.3).
func (v *cabac) block(b *block) int {
	if b.kind != blockLuma8 && !v.coded(b) {
		return 0
	}
	total := v.readMap(&v.maps[b.kind], len(b.scan))
	v.readLevels(b, total)
	return total
}

// coded reads coded_block_flag, in a context of the same of the blocks beside
// and above (9.3.3.1.1.9). What is not there counts as coded.
func (v *cabac) coded(b *block) bool {
	n := 0
	if b.kind == blockLumaDC || b.kind == blockChromaDC {
		n = v.around(2, func(mb *macroblock) bool { return mb.dc>>b.plane&1 != 0 })
		if v.c.left == nil {
			n++
		}
		if v.c.above == nil {
			n += 2
		}
	} else {
		if v.c.coded[b.place-1] != 0 {
			n++
		}
		if v.c.coded[b.place-placesPerRow] != 0 {
			n += 2
		}
	}
	return v.decide(ctxCoded+4*b.kind+n) != 0
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
func (v *cabac) readLevels(b *block, total int) {
	m := &v.maps[b.kind]
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
	maxGolomb     = 16 // of its prefix; no level of 8-bit samples needs more
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
