package h264

// pairOf returns the pair whose upper macroblock has an address.
func (p *picture) pairOf(upper int) *[2]macroblock { return (*[2]macroblock)(p.mbs[upper:]) }

// pairIn returns the pair across and down from that of macroblock i, or nil if
// it is not in the slice of a number (6.4.10).
func (p *picture) pairIn(i, across, down int, number int32) *[2]macroblock {
	x, pair := i/2%p.width+across, i/2+down*p.width+across
	if x < 0 || x >= p.width || pair < 0 || p.mbs[2*pair].slice != number {
		return nil
	}
	return p.pairOf(2 * pair)
}

// fieldPairsAround counts the pairs to the left of macroblock i and above it that
// are of fields.
func (p *picture) fieldPairsAround(i int, number int32) (n int) {
	for _, pair := range [2]*[2]macroblock{p.pairIn(i, -1, 0, number), p.pairIn(i, 0, -1, number)} {
		if pair != nil && pair[0].field {
			n++
		}
	}
	return n
}

// lookAroundPair finds what lies around macroblock i of a pair (6.4.12.2). The
// samples around it are those beside it in its planes, whatever the other pairs
// are.
func (c *mbContext) lookAroundPair(p *picture, i int, number int32) {
	c.bottom = i % 2
	c.planes, c.x, c.y = p.planes, i/2%p.width, i/2/p.width*2+c.bottom
	if c.field {
		c.planes, c.y = p.fields[c.bottom], i/2/p.width
	}
	left, above := p.pairIn(i, -1, 0, number), p.pairIn(i, 0, -1, number)
	c.aboveLeft = p.pairIn(i, -1, -1, number) != nil
	c.aboveRight = p.pairIn(i, 1, -1, number) != nil
	c.above = nil
	switch {
	case !c.field && c.bottom == 1:
		c.above, c.aboveLeft, c.aboveRight = &p.mbs[i-1], left != nil, false
	case above != nil && c.field && above[0].field:
		c.above = &above[c.bottom]
	case above != nil:
		c.above = &above[1]
	}
	c.left, c.mixed = nil, nil
	switch {
	case left == nil:
	case left[0].field == c.field:
		c.left = &left[c.bottom]
	default:
		c.left, c.mixed = &left[0], left
	}
}

// beside returns the macroblock to the left of a row of blocks, of so many rows
// down, and the row there; nil if that is not in the slice. A frame macroblock
// beside a pair of fields has half of the rows of each, and its blocks all begin
// at rows of the top field; a field macroblock beside a pair of frames has every
// second row of both.
func (c *mbContext) beside(row, down int) (mb *macroblock, rowThere int) {
	switch {
	case c.mixed == nil:
		return c.left, row
	case !c.field:
		return &c.mixed[0], (row + c.bottom*down) / 2
	case 2*row < down:
		return &c.mixed[0], 2 * row
	}
	return &c.mixed[1], 2*row - down
}

// leftPattern returns coded_block_pattern of what lies to the left. Its bits of
// the two blocks of 8x8 that touch the macroblock are right.
func (c *mbContext) leftPattern() uint8 {
	if c.left == nil {
		return 15
	}
	if c.mixed == nil {
		return c.left.pattern
	}
	pattern := uint8(0)
	for half := range 2 {
		mb, row := c.beside(2*half, 4)
		pattern |= mb.pattern >> (row/2*2 + 1) & 1 << (2*half + 1)
	}
	return pattern
}

// ofPaired finds the borders of macroblock i of a pair.
func (b *borders) ofPaired(p *picture, i int, s *slice) {
	mb, bottom, x, y := &p.mbs[i], i%2, i/2%p.width, i/2/p.width
	if mb.field {
		b.reset(p.fields[bottom], x, y)
	} else {
		b.reset(p.planes, x, 2*y+bottom)
	}
	if left := i - bottom - 2; x > 0 && p.filters(s, left, i) {
		b.leftOfPaired(p, mb, bottom, p.pairOf(left))
	}
	above := i - bottom - 2*p.width
	switch {
	case !mb.field && bottom == 1:
		b.above = append(b.above, border{beyond: &p.mbs[i-1], planes: b.planes, half: 2 * b.y, strong: true})
	case y > 0 && p.filters(s, above, i):
		b.aboveOfPaired(p, mb, bottom, p.pairOf(above))
	}
}

// leftOfPaired takes the edge to a pair of the same kind in one, and to one of
// the other kind in halves.
func (b *borders) leftOfPaired(p *picture, mb *macroblock, bottom int, left *[2]macroblock) {
	if left[0].field == mb.field {
		b.left = append(b.left, border{beyond: &left[bottom], planes: b.planes, half: 2 * b.y, halves: 2, strong: true})
		return
	}
	for i := range left {
		side := border{beyond: &left[i], planes: b.planes, half: 2*b.y + i, halves: 1, strong: true}
		if !mb.field { // every second row touches the other field
			side.planes, side.half = p.fields[i], b.y
		}
		b.left = append(b.left, side)
	}
}

// aboveOfPaired takes the edge of a frame macroblock to a pair of fields twice,
// once in the rows of each field. It filters strongly between frames alone.
func (b *borders) aboveOfPaired(p *picture, mb *macroblock, bottom int, above *[2]macroblock) {
	switch {
	case !mb.field && above[0].field:
		for i := range above {
			b.above = append(b.above, border{beyond: &above[i], planes: p.fields[i], half: b.y})
		}
	case mb.field && above[0].field:
		b.above = append(b.above, border{beyond: &above[bottom], planes: b.planes, half: 2 * b.y})
	default:
		b.above = append(b.above, border{beyond: &above[1], planes: b.planes, half: 2 * b.y, strong: !mb.field})
	}
}
