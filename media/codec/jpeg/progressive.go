package jpeg

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// coefficients holds what is known so far of a component of a progressive
// picture. A refining scan must know of every coefficient whether it is zero,
// but values are kept only of those that the transform needs.
type coefficients struct {
	kept   int      // of each block: size*size
	slots  [64]int8 // by zigzag index: place among the kept; -1 if not kept
	wanted uint64   // the set of those that are kept, by zigzag index
	values []int16
	// nonzero holds for each block the set of AC coefficients that are not
	// zero, by zigzag index. It is nil where no scan that refines is read.
	nonzero []uint64
	low     [64]uint8 // by zigzag index: bits not known, of those that are sent
}

// refines reports whether scans that refine AC coefficients are read. At 1/4,
// where three of them are left of a block, they change little, and scaler makes
// up for it where samples have 8 bits.
func (f *frame) refines() bool { return f.size > 2 || f.complete }

// dispensable reports whether a scan is left out.
func (d *decoder) dispensable(s *scan) bool {
	f, c := &d.frame, s.parts[0].component
	if s.start == 0 || f.refines() {
		return false
	}
	coarse := f.coarse && c != &f.comps[0]
	return s.high > 0 || coarse || s.start >= needed(c.size)
}

// coefficientBytes returns the memory that coefficients take for a block.
func coefficientBytes(size int, refines bool) int64 {
	n := int64(2 * size * size)
	if refines {
		n += 8
	}
	return n
}

func (c *coefficients) allocate(blocks, size int, refines bool) {
	c.kept = size * size
	for k, at := range zigzag {
		c.slots[k] = -1
		if y, x := int(at>>3), int(at&7); y < size && x < size {
			c.slots[k] = int8(y*size + x)
			c.wanted |= 1 << k
		}
	}
	c.values = make([]int16, blocks*c.kept)
	if refines {
		c.nonzero = make([]uint64, blocks)
	}
}

// note keeps what a scan does not tell of the coefficients in it.
func (c *coefficients) note(s *scan) {
	for k := s.start; k <= s.end; k++ {
		c.low[k] = uint8(s.low)
	}
}

// set makes the coefficient k of a block, so far zero, a value.
func (c *coefficients) set(block, k int, value int32) {
	if c.nonzero != nil {
		c.nonzero[block] |= 1 << k
	}
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

// firstDC reads the upper bits of a DC coefficient (G.1.2.1).
func (s *scan) firstDC(b *bitReader, c *scanPart, block int) {
	c.pred += b.readDC(c.dc)
	c.coefs.values[block*c.coefs.kept] = int16(c.pred << s.low)
}

// refineDC reads the next lower bit of a DC coefficient (G.1.2.1).
func (s *scan) refineDC(b *bitReader, c *scanPart, block int) {
	b.refill()
	c.coefs.values[block*c.coefs.kept] |= int16(b.take(1) << s.low)
}

// firstAC reads the upper bits of AC coefficients (G.1.2.2).
func (s *scan) firstAC(b *bitReader, c *scanPart, block int) {
	if s.eobRun > 0 {
		s.eobRun--
		return
	}
	buf := b.buf
	acc, n, pos := b.acc, b.n, b.pos // kept in registers
	for k := s.start; k <= s.end; k++ {
		acc |= binary.BigEndian.Uint64(buf[pos:]) >> (n & 63)
		pos += int(63-n) >> 3
		n |= 56

		symbol := c.ac.find(acc)
		size := symbol.size()
		acc <<= symbol.length() & 63
		n -= symbol.length() + size
		if symbol.ends() {
			b.acc, b.n, b.pos = acc, n, pos
			s.eobRun = b.readEOBRun(symbol) - 1
			return
		}
		k += symbol.run()
		if size > 0 && k <= s.end {
			c.coefs.set(block, k, extend(int32(acc>>32>>(32-size)), size)<<s.low)
		}
		acc <<= size
	}
	b.acc, b.n, b.pos = acc, n, pos
}

// refineAC reads the next lower bit of AC coefficients (G.1.2.3).
func (s *scan) refineAC(b *bitReader, c *scanPart, block int) {
	if s.eobRun > 0 {
		s.eobRun--
		s.refine(b, c, block, s.start, s.end+1)
		return
	}
	known := c.coefs.nonzero[block] // before this scan
	fresh := known
	buf := b.buf
	acc, n, pos := b.acc, b.n, b.pos // kept in registers
	for k := s.start; k <= s.end; k++ {
		acc |= binary.BigEndian.Uint64(buf[pos:]) >> (n & 63)
		pos += int(63-n) >> 3
		n |= 56

		symbol := c.ac.find(acc)
		acc <<= symbol.length() & 63
		n -= symbol.length()
		if symbol.ends() {
			b.acc, b.n, b.pos = acc, n, pos
			s.eobRun = b.readEOBRun(symbol) - 1
			s.refine(b, c, block, k, s.end+1)
			c.coefs.nonzero[block] = fresh
			return
		}
		positive := acc>>63 != 0
		if symbol.size() != 0 {
			acc <<= 1
			n--
		}
		// It stands behind so many coefficients that are zero.
		zero := ^known >> k << k
		for range symbol.run() {
			zero &= zero - 1
		}
		next := min(bits.TrailingZeros64(zero), s.end+1)
		set := known >> k << k & (1<<next - 1)
		if passed := uint(bits.OnesCount64(set)); set&c.coefs.wanted == 0 && passed <= 32 {
			acc <<= passed
			n -= passed
		} else {
			b.acc, b.n, b.pos = acc, n, pos
			s.refine(b, c, block, k, next)
			acc, n, pos = b.acc, b.n, b.pos
		}
		if k = next; symbol.size() != 0 && k <= s.end {
			fresh |= 1 << k
			if c.coefs.wanted>>k&1 != 0 {
				c.coefs.set(block, k, value(positive)<<s.low)
			}
		}
	}
	b.acc, b.n, b.pos = acc, n, pos
	c.coefs.nonzero[block] = fresh
}

// value is that of a coefficient that was zero until now.
func value(positive bool) int32 {
	if positive {
		return 1
	}
	return -1
}

// refine reads a bit for each coefficient from k up to next that is not zero.
func (s *scan) refine(b *bitReader, c *scanPart, block, k, next int) {
	if k >= next {
		return
	}
	set := c.coefs.nonzero[block] >> k << k << (64 - next) >> (64 - next)
	for kept := set & c.coefs.wanted; kept != 0; kept &= kept - 1 {
		below := kept&-kept - 1
		b.drop(bits.OnesCount64(set & below))
		set &^= below
		b.refill()
		if b.take(1) != 0 {
			c.coefs.grow(block, bits.TrailingZeros64(kept), 1<<s.low)
		}
		set &= set - 1
	}
	b.drop(bits.OnesCount64(set))
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
			c.transform()
		}
	}
}

func (c *component) transform() {
	switch {
	case c.size == 1:
		for i, v := range c.coefs.values {
			c.samples[i] = inverse1(c.reduced(int32(v) * c.quant[0]))
		}
		return
	case c.size == 2 && c.extra == 0:
		c.transform2()
		return
	}
	// Of the kept coefficients: where they belong in a block, and what they are
	// multiplied by.
	var place [64]uint8
	var quant, block [64]int32
	for k, slot := range c.coefs.slots {
		if slot >= 0 {
			place[slot], quant[slot] = zigzag[k], c.quant[k]
		}
	}
	values := c.coefs.values
	for y := range c.rows {
		for x := range c.stride {
			for i, v := range values[:c.coefs.kept] {
				block[place[i&63]&63] = int32(v) * quant[i&63]
			}
			values = values[c.coefs.kept:]
			c.transformBlock(&block, x, y)
		}
	}
}

func (c *component) transform2() {
	right, below, both := c.scaler(1), c.scaler(2), c.scaler(4)
	pitch, values := c.pitch(), c.coefs.values
	for y := range c.rows {
		out := c.samples[2*y*pitch:]
		for range c.stride {
			v := (*[4]int16)(values)
			inverse2(int32(v[0])*c.quant[0], right.of(v[1]), below.of(v[2]), both.of(v[3]), out, pitch)
			values, out = values[4:], out[2:]
		}
	}
}

// scaler dequantizes a coefficient, the lower bits of which may not be known:
// then it takes the middle of what they may add.
type scaler struct{ quant, middle int32 }

func (c *component) scaler(k int) scaler {
	return scaler{c.quant[k], (1<<c.coefs.low[k] - 1) * c.quant[k] / 2}
}

func (s scaler) of(v int16) int32 {
	sign := int32(v>>15) - int32(-v>>15)
	return int32(v)*s.quant + sign*s.middle
}
