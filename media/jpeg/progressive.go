package jpeg

import (
	"fmt"
	"math/bits"
)

// coefficients holds what is known so far of a component of a progressive
// picture. A refining scan must know of every coefficient whether it is zero,
// but values are kept only of those that the transform needs.
type coefficients struct {
	kept   int      // of each block: size*size
	slots  [64]int8 // by zigzag index: place among the kept; -1 if not kept
	values []int16
	// nonzero holds for each block the set of AC coefficients that are not
	// zero, by zigzag index. It is nil if only DC is needed.
	nonzero []uint64
}

// coefficientBytes returns the memory that coefficients take for a block.
func coefficientBytes(size int) int64 {
	if size == 1 {
		return 2
	}
	return int64(2*size*size + 8)
}

func (c *coefficients) allocate(blocks, size int) {
	c.kept = size * size
	for k, at := range zigzag {
		c.slots[k] = -1
		if y, x := int(at>>3), int(at&7); y < size && x < size {
			c.slots[k] = int8(y*size + x)
		}
	}
	c.values = make([]int16, blocks*c.kept)
	if size > 1 {
		c.nonzero = make([]uint64, blocks)
	}
}

// set makes the coefficient k of a block, so far zero, a value.
func (c *coefficients) set(block, k int, value int32) {
	c.nonzero[block] |= 1 << k
	if slot := c.slots[k]; slot >= 0 {
		c.values[block*c.kept+int(slot)] = int16(value)
	}
}

// grow adds bit to the magnitude of the coefficient k of a block.
func (c *coefficients) grow(block, k int, bit int16) {
	slot := c.slots[k]
	if slot < 0 {
		return
	}
	if v := &c.values[block*c.kept+int(slot)]; *v < 0 {
		*v -= bit
	} else {
		*v += bit
	}
}

// checkProgressive reports what is wrong with the parameters of a scan
// (G.1.1.1.1).
func (s *scan) checkProgressive() error {
	switch {
	case s.start == 0 && s.end != 0,
		s.start > 0 && len(s.parts) > 1,
		s.start > s.end || s.end > 63,
		s.low > 13 || s.high > 0 && s.high != s.low+1:
		return fmt.Errorf("%w: progression", ErrFormat)
	}
	return nil
}

// decodeProgressive reads what a scan has of a block (G.2).
func (s *scan) decodeProgressive(b *bitReader, c *scanPart, block int) {
	switch {
	case s.start == 0 && s.high == 0:
		c.pred += b.readDC(c.dc)
		c.coefs.values[block*c.coefs.kept] = int16(c.pred << s.low)
	case s.start == 0:
		b.refill()
		c.coefs.values[block*c.coefs.kept] |= int16(b.take(1) << s.low)
	case s.eobRun > 0:
		s.eobRun--
		if s.high > 0 {
			s.refine(b, c, block, s.start, s.end+1)
		}
	case s.high == 0:
		s.firstAC(b, c, block)
	default:
		s.refineAC(b, c, block)
	}
}

// firstAC reads the upper bits of AC coefficients (G.1.2.2).
func (s *scan) firstAC(b *bitReader, c *scanPart, block int) {
	for k := s.start; k <= s.end; k++ {
		b.refill()
		symbol := c.ac.find(b.acc)
		b.take(symbol.length())
		if symbol.ends() {
			s.eobRun = b.readEOBRun(symbol) - 1
			return
		}
		k += symbol.run()
		v := extend(b.take(symbol.size()), symbol.size())
		if v != 0 && k <= s.end {
			c.coefs.set(block, k, v<<s.low)
		}
	}
}

// refineAC reads the next lower bit of AC coefficients (G.1.2.3).
func (s *scan) refineAC(b *bitReader, c *scanPart, block int) {
	for k := s.start; k <= s.end; k++ {
		b.refill()
		symbol := c.ac.find(b.acc)
		b.take(symbol.length())
		if symbol.ends() {
			s.eobRun = b.readEOBRun(symbol) - 1
			s.refine(b, c, block, k, s.end+1)
			return
		}
		v := int32(0)
		if symbol.size() != 0 {
			v = (2*b.take(1) - 1) << s.low
		}
		k = s.refineRun(b, c, block, k, symbol.run())
		if v != 0 && k <= s.end {
			c.coefs.set(block, k, v)
		}
	}
}

// refineRun refines from the coefficient k on while it passes by zeros of them.
// It returns the index of the zero after these, or one beyond the band.
func (s *scan) refineRun(b *bitReader, c *scanPart, block, k, zeros int) int {
	zero := ^c.coefs.nonzero[block] >> k << k
	for range zeros {
		zero &= zero - 1
	}
	next := min(bits.TrailingZeros64(zero), s.end+1)
	s.refine(b, c, block, k, next)
	return next
}

// refine reads a bit for each coefficient from k up to next that is not zero.
func (s *scan) refine(b *bitReader, c *scanPart, block, k, next int) {
	if k >= next {
		return
	}
	set := c.coefs.nonzero[block] >> k << k << (64 - next) >> (64 - next)
	for ; set != 0; set &= set - 1 {
		b.refill()
		if b.take(1) != 0 {
			c.coefs.grow(block, bits.TrailingZeros64(set), 1<<s.low)
		}
	}
}

// readEOBRun reads the rest of an EOBn and returns the number of blocks, this
// one included, that have nothing more in the band.
func (b *bitReader) readEOBRun(c code) int {
	n := uint(c.run())
	return 1<<n + int(b.take(n))
}

// transform sets the samples of a progressive picture from its coefficients.
func (f *frame) transform() {
	for i := range f.comps {
		if c := &f.comps[i]; c.quant != nil {
			c.transform(f.size)
		}
	}
}

func (c *component) transform(size int) {
	// Of the kept coefficients: where they belong in a block, and what they are
	// multiplied by.
	var place [64]uint8
	var quant, block [64]int32
	for k, slot := range c.coefs.slots {
		if slot >= 0 {
			place[slot], quant[slot] = zigzag[k], c.quant[k]
		}
	}
	pitch, kept := c.stride*size, c.coefs.kept
	for y := range c.rows {
		for x := range c.stride {
			at := (y*c.stride + x) * kept
			for i, v := range c.coefs.values[at : at+kept] {
				block[place[i&63]&63] = int32(v) * quant[i&63]
			}
			inverse(size, &block, c.samples[y*size*pitch+x*size:], pitch)
		}
	}
}
