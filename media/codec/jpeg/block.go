package jpeg

import "encoding/binary"

// decodeBlock reads a block of sequential coding and sets its samples.
func (b *bitReader) decodeBlock(c *scanPart, x, y int) {
	c.pred += b.readDC(c.dc)
	dc := c.pred * c.quant[0]
	if c.size == 1 {
		b.skipAC(c.ac, 1)
		c.samples[y*c.pitch()+x] = inverse1(c.reduced(dc))
		return
	}
	block := [64]int32{dc}
	if next := b.readAC(c.ac, c.quant, &block, needed(c.size)); next < 64 {
		b.skipAC(c.ac, next)
	}
	c.transformBlock(&block, x, y)
}

// transformBlock sets the samples of a block from its coefficients, which are
// dequantized.
func (c *component) transformBlock(block *[64]int32, x, y int) {
	if c.extra > 0 {
		for i, v := range block {
			block[i] = c.reduced(v)
		}
	}
	inverse(c.size, block, c.samples[y*c.size*c.pitch()+x*c.size:], c.pitch())
}

// reduced returns a coefficient as it is for samples of 8 bits.
func (c *component) reduced(v int32) int32 { return (v + 1<<c.extra>>1) >> c.extra }

// needed returns one more than the greatest zigzag index that the transform of
// a size needs.
func needed(size int) int {
	switch size {
	case 1:
		return 1
	case 2:
		return 5
	case 4:
		return 25
	}
	return 64
}

// readDC reads the difference of a DC coefficient to its predictor (F.2.2.1).
func (b *bitReader) readDC(t *huffmanTable) int32 {
	b.refill()
	c := t.find(b.acc)
	b.take(c.length())
	return extend(b.take(c.size()), c.size())
}

// readAC reads AC coefficients (F.2.2.2) and dequantizes them, until one at or
// beyond the zigzag index limit is next. It returns the index of that, 64 if
// the block has ended.
func (b *bitReader) readAC(t *huffmanTable, quant, block *[64]int32, limit int) int {
	buf := b.buf
	acc, n, pos := b.acc, b.n, b.pos // kept in registers
	k := 1
	for k < limit {
		acc |= binary.BigEndian.Uint64(buf[pos:]) >> (n & 63)
		pos += int(63-n) >> 3
		n |= 56

		c := t.find(acc)
		size := c.size()
		acc <<= c.length() & 63
		n -= c.length() + size
		k += c.run()
		if k > 63 || c.ends() {
			acc <<= size
			k = 64
			break
		}
		block[zigzag[k]] = extend(int32(acc>>32>>(32-size)), size) * quant[k]
		acc <<= size
		k++
	}
	b.acc, b.n, b.pos = acc, n, pos
	return k
}

// skipAC reads the AC coefficients of a block from a zigzag index below 64 on.
func (b *bitReader) skipAC(t *huffmanTable, k int) {
	table, buf := t.skip, b.buf
	acc, n, pos := b.acc, b.n, b.pos // kept in registers
	for {
		acc |= binary.BigEndian.Uint64(buf[pos:]) >> (n & 63)
		pos += int(63-n) >> 3
		n |= 56
		for range 56 / skipBits {
			e := table[acc>>(64-skipBits)]
			next := k + int(e>>4)
			if next > 63 {
				b.acc, b.n, b.pos = acc, n, pos
				if next -= skipEnd >> 4; next >= 0 && next < 64 {
					b.take(uint(e & 15))
					return
				}
				if k = b.skipSymbol(t, k); k > 63 {
					return
				}
				acc, n, pos = b.acc, b.n, b.pos
				break
			}
			acc <<= e & 15
			n -= uint(e & 15)
			k = next
		}
	}
}

// skipSymbol reads one AC symbol at zigzag index k and returns the next index.
func (b *bitReader) skipSymbol(t *huffmanTable, k int) int {
	b.refill()
	c := t.find(b.acc)
	b.take(c.length())
	b.take(c.size())
	if c.ends() {
		return 64
	}
	return k + c.run() + 1
}
