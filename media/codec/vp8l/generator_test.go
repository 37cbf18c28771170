package vp8l

import (
	"image"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// generator writes random pictures that use all that the format has, more than encoders do.
type generator struct {
	*rand.Rand
	out   []byte
	bits  uint64
	count uint
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
}

func (g *generator) write(v, n int) {
	g.bits |= uint64(v) << g.count
	for g.count += uint(n); g.count >= 8; g.count -= 8 {
		g.out = append(g.out, byte(g.bits))
		g.bits >>= 8
	}
}

// flag writes a bit that is set one time in n, and returns it.
func (g *generator) flag(n int) bool {
	set := g.IntN(n) == 0
	g.write(map[bool]int{true: 1}[set], 1)
	return set
}

func (g *generator) bytes() []byte { return append(g.out, byte(g.bits)) }

// randomChunk returns a picture of the size.
func randomChunk(seed uint64, size image.Point) []byte {
	g := newGenerator(seed)
	g.write(0x2f, 8)
	g.write(size.X-1, 14)
	g.write(size.Y-1, 14)
	g.flag(2)
	g.write(0, 3)
	g.writePicture(size)
	return g.bytes()
}

// writePicture writes what comes after the header.
func (g *generator) writePicture(size image.Point) {
	for _, kind := range g.Perm(4)[:g.IntN(5)] {
		g.write(1, 1)
		g.write(kind, 2)
		switch kind {
		case prediction, crossColour:
			n := g.IntN(8)
			g.write(n, 3)
			g.writePixels(image.Pt(count(size.X, uint(n+2)), count(size.Y, uint(n+2))), 0, false)
		case indexing:
			n := 1 + g.IntN([]int{2, 4, 16, 17, 256}[g.IntN(5)])
			g.write(n-1, 8)
			g.writePixels(image.Pt(n, 1), 0, false)
			switch {
			case n <= 2:
				size.X = count(size.X, 3)
			case n <= 4:
				size.X = count(size.X, 2)
			case n <= 16:
				size.X = count(size.X, 1)
			}
		}
	}
	g.write(0, 1)
	g.writePixels(size, 0, true)
}

// writePixels writes entropy-coded values. Red and green of each are below a number if that
// is not 0. It returns them.
func (g *generator) writePixels(size image.Point, below int, tiled bool) (groupOf []int) {
	cache := 0
	if g.flag(3) {
		n := 1 + g.IntN(maxCacheBits)
		g.write(n, 4)
		cache = 1 << n
	}
	groups, side, tiles := 1, uint(0), []int(nil)
	if tiled && g.flag(2) {
		groups = 1 + g.IntN(5)
		if g.IntN(40) == 0 {
			groups = 1000 + g.IntN(200)
		}
		n := g.IntN(8)
		g.write(n, 3)
		side = uint(n + 2)
		tiles = g.writePixels(image.Pt(count(size.X, side), count(size.Y, side)), groups, false)
		groups = 0
		for _, t := range tiles {
			groups = max(groups, t+1)
		}
	}
	codes := make([][5]*randomCode, groups)
	for i := range codes {
		for j, symbols := range []int{literals + lengths + cache, 256, 256, 256, 40} {
			most := symbols
			if below > 0 && j < 2 {
				most = [2]int{min(below, 256), (below + 255) / 256}[j]
			}
			codes[i][j] = g.writeCode(symbols, most)
		}
	}
	g.writeValues(size, cache > 0, func(x, y int) *[5]*randomCode {
		if tiles == nil {
			return &codes[0]
		}
		return &codes[tiles[y>>side*count(size.X, side)+x>>side]]
	}, func(red, green int) { groupOf = append(groupOf, red<<8|green) }, below > 0)
	return groupOf
}

// writeValues writes values with the codes of each place.
func (g *generator) writeValues(size image.Point, cache bool, codes func(x, y int) *[5]*randomCode, note func(red, green int), plain bool) {
	for at := 0; at < size.X*size.Y; {
		c := codes(at%size.X, at/size.X)
		green := c[0].any(g)
		for plain && green >= literals || green >= literals && green < literals+lengths && !g.canCopy(c, green-literals, size, at) {
			green = c[0].any(g)
			if !c[0].has(literals) {
				break
			}
		}
		c[0].write(g, green)
		switch {
		case green < literals:
			red := c[1].any(g)
			c[1].write(g, red)
			for _, other := range c[2:4] {
				other.write(g, other.any(g))
			}
			note(red, green)
			at++
		case green < literals+lengths:
			at += g.writeCopy(c, green-literals, size, at)
		default:
			at++
		}
	}
}

// canCopy reports whether there is a copy of the shortest length that a symbol stands for.
func (g *generator) canCopy(c *[5]*randomCode, symbol int, size image.Point, at int) bool {
	return first(symbol) <= size.X*size.Y-at && at > 0 && len(g.distances(c, size.X, at)) > 0
}

// first returns the least length or distance that a symbol stands for.
func first(symbol int) int {
	r := bitReader{data: make([]byte, 8)}
	return int(r.readParameter(uint32(symbol)))
}

func (g *generator) distances(c *[5]*randomCode, width, at int) (symbols []int) {
	for _, s := range c[4].symbols {
		if distanceOf(first(s), width) <= at {
			symbols = append(symbols, s)
		}
	}
	return symbols
}

func (g *generator) writeCopy(c *[5]*randomCode, symbol int, size image.Point, at int) int {
	n := g.writeExtra(symbol, func(n int) bool { return n <= size.X*size.Y-at })
	fit := g.distances(c, size.X, at)
	if len(fit) == 0 {
		fit = c[4].symbols // which makes no sense
	}
	distance := fit[g.IntN(len(fit))]
	c[4].write(g, distance)
	g.writeExtra(distance, func(n int) bool { return distanceOf(n, size.X) <= at })
	return n
}

// writeExtra writes the bits after a symbol, and returns what both stand for.
func (g *generator) writeExtra(symbol int, fits func(n int) bool) int {
	if symbol < 4 {
		return symbol + 1
	}
	n := (symbol - 2) / 2
	v := g.IntN(1 << n)
	if !fits(first(symbol) + v) {
		v = 0
	}
	g.write(v, n)
	return first(symbol) + v
}

// randomCode is a prefix code with its symbols.
type randomCode struct {
	symbols []int
	lengths []int
	codes   []int // last bit first
}

func (c *randomCode) any(g *generator) int { return c.symbols[g.IntN(len(c.symbols))] }

// has reports whether a symbol is below a number.
func (c *randomCode) has(below int) bool { return slices.Min(c.symbols) < below }

func (c *randomCode) write(g *generator, symbol int) {
	i := slices.Index(c.symbols, symbol)
	g.write(c.codes[i], c.lengths[i])
}

// writeCode writes a code of some of the symbols below most.
func (g *generator) writeCode(symbols, most int) *randomCode {
	if g.flag(3) {
		return g.writeSimpleCode(min(most, 256))
	}
	c := g.newCode(g.Perm(most)[:1+g.IntN(min(most, 60))], maxCodeBits)
	all := make([]int, symbols)
	for i, s := range c.symbols {
		all[s] = c.lengths[i]
	}
	if len(c.symbols) == 1 {
		all[c.symbols[0]] = 1 + g.IntN(maxCodeBits) // which takes no bits
	}
	g.writeLengths(all)
	return c
}

// newCode returns a random code of symbols, of which none takes more than the bits.
func (g *generator) newCode(symbols []int, most int) *randomCode {
	c := &randomCode{symbols: symbols, lengths: []int{0}, codes: make([]int, len(symbols))}
	for last := 0; len(c.lengths) < len(symbols); {
		if g.IntN(3) == 0 {
			last = g.IntN(len(c.lengths))
		}
		if c.lengths[last] == most {
			last = g.IntN(len(c.lengths))
			continue
		}
		c.lengths[last]++
		c.lengths = append(c.lengths, c.lengths[last])
	}
	slices.Sort(c.symbols)
	next := 0
	for l := 1; l <= most; l++ {
		next <<= 1
		for i := range c.symbols {
			if c.lengths[i] == l {
				c.codes[i] = int(bits.Reverse16(uint16(next))) >> (16 - l)
				next++
			}
		}
	}
	return c
}

func (g *generator) writeSimpleCode(most int) *randomCode {
	two := g.flag(2)
	first, second := g.IntN(most), g.IntN(most)
	wide := first > 1 || g.IntN(2) == 0
	if g.write(map[bool]int{true: 1}[wide], 1); wide {
		g.write(first, 8)
	} else {
		g.write(first, 1)
	}
	if !two {
		return &randomCode{symbols: []int{first}, lengths: []int{0}, codes: []int{0}}
	}
	g.write(second, 8)
	return &randomCode{symbols: []int{first, second}, lengths: []int{1, 1}, codes: []int{0, 1}}
}

// lengthRun is a symbol of the code of lengths.
type lengthRun struct{ symbol, extra, bits int }

// writeLengths writes the lengths of codes, in any of the ways that there are.
func (g *generator) writeLengths(all []int) {
	var runs []lengthRun
	last := 8
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i+n] == all[i] {
			n++
		}
		switch use := g.IntN(4) > 0; {
		case use && all[i] == 0 && n >= 11:
			n = min(n, 138)
			runs = append(runs, lengthRun{repeatZeroMore, n - 11, 7})
		case use && all[i] == 0 && n >= 3:
			n = min(n, 10)
			runs = append(runs, lengthRun{repeatZero, n - 3, 3})
		case use && all[i] == last && n >= 3:
			n = min(n, 6)
			runs = append(runs, lengthRun{repeatLast, n - 3, 2})
		default:
			n = 1
			runs = append(runs, lengthRun{symbol: all[i]})
			if all[i] > 0 {
				last = all[i]
			}
		}
		i += n
	}
	counted := g.IntN(3) == 0
	for counted && len(runs) > 2 && runs[len(runs)-1].symbol == 0 {
		runs = runs[:len(runs)-1]
	}
	counted = counted && len(runs) >= 2
	g.writeRuns(runs, counted)
}

func (g *generator) writeRuns(runs []lengthRun, counted bool) {
	var used []int
	for _, r := range runs {
		if !slices.Contains(used, r.symbol) {
			used = append(used, r.symbol)
		}
	}
	c := g.newCode(used, 7)
	g.write(len(orderOfLengths)-4, 4)
	for _, symbol := range orderOfLengths {
		l := 0
		if i := slices.Index(c.symbols, int(symbol)); i >= 0 {
			l = max(c.lengths[i], 1)
		}
		g.write(l, 3)
	}
	if g.write(map[bool]int{true: 1}[counted], 1); counted {
		n := 0
		for len(runs)-2 >= 1<<(2+2*n) {
			n++
		}
		g.write(n, 3)
		g.write(len(runs)-2, 2+2*n)
	}
	for _, r := range runs {
		c.write(g, r.symbol)
		g.write(r.extra, r.bits)
	}
}
