package vp8l

import (
	"fmt"
	"image"
)

const (
	maxCacheBits = 11
	cacheFactor  = 0x1e35a7bd
)

// pixels are values of a picture or of what describes one, which are entropy-coded. Their
// bytes are alpha, red, green and blue from the top.
type pixels struct {
	width  int
	list   []uint32
	at     int // the next one to decode
	tiles  tiles
	groups []group
	cache  cache
}

// readPixels reads what comes before the values (3.6.2, 3.7.2). Only those of the picture
// itself have tiles.
func (r *bitReader) readPixels(size image.Point, tiled bool) (*pixels, error) {
	p := &pixels{width: size.X}
	if r.read(1) == 1 {
		n := uint(r.read(4))
		if n < 1 || n > maxCacheBits {
			return nil, fmt.Errorf("%w: a cache of %d bits", ErrDamaged, n)
		}
		p.cache = cache{colours: make([]uint32, 1<<n), shift: 32 - n}
	}
	groups, err := 1, error(nil)
	if tiled && r.read(1) == 1 {
		if p.tiles, groups, err = r.readTiles(size); err != nil {
			return nil, err
		}
	}
	if p.groups, err = r.readGroups(&p.tiles, groups, len(p.cache.colours)); err != nil {
		return nil, err
	}
	p.list = make([]uint32, size.X*size.Y)
	return p, nil
}

// all returns the values, all decoded.
func (p *pixels) all(r *bitReader) ([]uint32, error) {
	if err := p.decode(r, len(p.list)); err != nil {
		return nil, err
	}
	return p.list, r.check()
}

// decodeRow returns the values of row y, after which others may be decoded already.
func (p *pixels) decodeRow(r *bitReader, y int) ([]uint32, error) {
	end := (y + 1) * p.width
	if err := p.decode(r, end); err != nil {
		return nil, err
	}
	return p.list[end-p.width : end : end], nil
}

// decode goes on until there are as many values as end says.
func (p *pixels) decode(r *bitReader, end int) error {
	if len(p.groups) == 1 || p.tiles.group == nil {
		for p.at < end {
			if err := p.decodeIn(r, &p.groups[0], end); err != nil {
				return err
			}
		}
		return nil
	}
	y := p.at / p.width
	x := p.at - y*p.width
	for start := p.at - x; p.at < end; {
		x = p.at - start
		for x >= p.width {
			x -= p.width
			start += p.width
			y++
		}
		tile := x >> p.tiles.bits
		g := p.tiles.group[y>>p.tiles.bits*p.tiles.across+tile]
		stop := start + min((tile+1)<<p.tiles.bits, p.width)
		if err := p.decodeIn(r, &p.groups[g], min(stop, end)); err != nil {
			return err
		}
	}
	return nil
}

// decodeIn decodes values with the codes of a group until there are as many as end says, or
// more after a copy.
func (p *pixels) decodeIn(from *bitReader, g *group, end int) error {
	r, list, at := *from, p.list, p.at
	for at < end {
		r.fill()
		v := g.green.next(&r)
		switch {
		case v < literals && g.sameRest:
			list[at] = v<<8 | g.rest
			at++
		case v < literals:
			v = v<<8 | g.red.next(&r)<<16 | g.blue.next(&r)
			if r.count < maxCodeBits {
				r.fill()
			}
			list[at] = v | g.alpha.next(&r)<<24
			at++
		case v < literals+lengths:
			n := int(r.readParameter(v - literals))
			r.fill()
			distance := distanceOf(int(r.readParameter(g.distance.next(&r))), p.width)
			if n > len(list)-at || distance > at {
				return fmt.Errorf("%w: a copy of %d pixels, %d back from pixel %d of %d", ErrDamaged, n, distance, at, len(list))
			}
			repeat(list[at-distance:at+n], distance)
			at += n
		default:
			list[at] = p.cache.look(list[:at], v-literals-lengths)
			at++
		}
	}
	*from, p.at = r, at
	return nil
}

// cache has the colours that came last, by their hashes (3.6.2.3).
type cache struct {
	colours []uint32
	shift   uint
	noted   int // how many pixels are in it
}

// look returns a colour, after it has noted those that came.
func (c *cache) look(all []uint32, at uint32) uint32 {
	for _, v := range all[c.noted:] {
		c.colours[v*cacheFactor>>c.shift] = v
	}
	c.noted = len(all)
	return c.colours[at]
}
