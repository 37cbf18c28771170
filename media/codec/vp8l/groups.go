package vp8l

import (
	"fmt"
	"image"
)

// Symbols of the first code of a group: values of green, lengths of copies, and places in
// the cache.
const (
	literals = 256
	lengths  = 24
)

// maxGroups bounds the groups of codes, as encoders do. 65,536 could be told.
const maxGroups = 2600

// group is the codes of a pixel (3.7.1).
type group struct {
	green, red, blue, alpha, distance code

	// Where red, blue and alpha have one value each, they are in rest.
	sameRest bool
	rest     uint32
}

func (b *builder) readGroup(r *bitReader, cacheSize int, wanted bool) (g group, err error) {
	for _, c := range []struct {
		code    *code
		symbols int
	}{
		{&g.green, literals + lengths + cacheSize},
		{&g.red, 256}, {&g.blue, 256}, {&g.alpha, 256},
		{&g.distance, 40},
	} {
		if *c.code, err = b.readCode(r, c.symbols, wanted); err != nil {
			return g, err
		}
	}
	if !wanted {
		return g, r.check()
	}
	red, a := g.red.fixed()
	blue, b1 := g.blue.fixed()
	alpha, c := g.alpha.fixed()
	g.sameRest, g.rest = a && b1 && c, alpha<<24|red<<16|blue
	return g, r.check()
}

// tiles tell the group of each square of pixels.
type tiles struct {
	bits   uint // of a side
	across int
	group  []uint32
}

// count returns how many sides of 1<<bits pixels it takes for n.
func count(n int, bits uint) int { return (n + 1<<bits - 1) >> bits }

// readTiles reads the group of each tile (3.7.2.2), and how many groups are told.
func (r *bitReader) readTiles(size image.Point) (t tiles, groups int, err error) {
	t.bits = 2 + uint(r.read(3))
	t.across = count(size.X, t.bits)
	p, err := r.readPixels(image.Pt(t.across, count(size.Y, t.bits)), false)
	if err != nil {
		return t, 0, err
	}
	if t.group, err = p.all(r); err != nil {
		return t, 0, err
	}
	for i, v := range t.group {
		t.group[i] = v >> 8 & 0xffff
		groups = max(groups, int(t.group[i])+1)
	}
	if groups > maxGroups {
		return t, 0, fmt.Errorf("%w: %d groups of prefix codes", ErrDamaged, groups)
	}
	return t, groups, nil
}

// readGroups reads the groups. Where very many are told or more than there are tiles, those
// of no tile are not looked at, and the tiles are told the new numbers.
func (r *bitReader) readGroups(t *tiles, n, cacheSize int) (groups []group, err error) {
	const many = 1000
	var numbers []int // new ones, from 1
	if n > many || n > max(len(t.group), 1) {
		numbers = make([]int, n)
		kept := 0
		for i, g := range t.group {
			if numbers[g] == 0 {
				kept++
				numbers[g] = kept
			}
			t.group[i] = uint32(numbers[g] - 1)
		}
		groups = make([]group, kept)
	} else {
		groups = make([]group, n)
	}
	b := new(builder)
	for i := range n {
		wanted := numbers == nil || numbers[i] > 0
		g, err := b.readGroup(r, cacheSize, wanted)
		if err != nil {
			return nil, err
		}
		switch {
		case numbers == nil:
			groups[i] = g
		case wanted:
			groups[numbers[i]-1] = g
		}
	}
	return groups, nil
}
