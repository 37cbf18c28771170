package jpeg

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// arithmetic decodes the binary decisions of an entropy-coded segment (D.2) and
// the coefficients that are made of them (F.2.4, G.2).
type arithmetic struct {
	bits *bitReader // of which it takes whole bytes

	// The registers C and A of D.2. Below the bits of C that are due, code has
	// those that are read ahead.
	code     uint64
	interval uint32
	ahead    int

	dc [4]dcBins
	ac [4]acBins

	left    int  // decisions that may be made before the next byte
	damaged bool // since the last restart
}

// What is all but certain costs next to no bits, and after the end of a segment
// come zeros without end, so that the length of a file says little of the
// decisions in it. A picture may take so many whatever its length, a quarter of a
// second's, and more for each byte; photos take a dozen for one.
const (
	freeDecisions    = 1 << 26
	decisionsForByte = 40
)

// bin is what is known of one decision: the index of its estimate, and its more
// probable value in the lowest bit.
type bin uint8

// even is the bin of what is not estimated: both values are as probable.
const even bin = 113 << 1

// dcBins are those for the DC differences of a scan (F.1.4.4.1), with the bounds
// of what counts as a small one, as powers of two.
type dcBins struct {
	lower, upper uint8
	bins         [64]bin
}

// acBins are those for AC coefficients (F.1.4.4.2), which from the zigzag index
// high on have others for their magnitude.
type acBins struct {
	high uint8
	bins [256]bin
}

// Where magnitudes have their bins, and how much further those for the lower bits
// of each are.
const (
	dcMagnitude     = 20
	acMagnitude     = 189
	acMagnitudeHigh = 217
	lowerBits       = 14
)

// arithmeticCoder returns the decoder's coder, which it has from then on.
func (d *decoder) arithmeticCoder() *arithmetic {
	if d.coder == nil {
		d.coder = &arithmetic{bits: &d.bits, left: freeDecisions}
		for i := range 4 {
			d.coder.dc[i].upper = 1
			d.coder.ac[i].high = 6
		}
	}
	return d.coder
}

// readConditioning reads a DAC segment (B.2.4.3).
func (a *arithmetic) readConditioning(p []byte) error {
	for ; len(p) >= 2; p = p[2:] {
		class, id, value := p[0]>>4, p[0]&15, p[1]
		lower, upper := value&15, value>>4
		switch {
		case id > 3:
			return fmt.Errorf("%w: arithmetic conditioning", ErrFormat)
		case class == 0 && lower <= upper:
			a.dc[id].lower, a.dc[id].upper = lower, upper
		case class == 1 && value >= 1 && value <= 63:
			a.ac[id].high = value + 1
		default:
			return fmt.Errorf("%w: arithmetic conditioning", ErrFormat)
		}
	}
	return nil
}

// restart begins anew at the reader's position (D.2.7, F.2.4.4).
func (a *arithmetic) restart() {
	a.code, a.interval, a.ahead, a.damaged = 0, 1<<16, -16, false
	for i := range 4 {
		clear(a.dc[i].bins[:])
		clear(a.ac[i].bins[:])
	}
}

// exhausted reports whether nothing more is to be read, at least up to the next
// restart.
func (a *arithmetic) exhausted() bool { return a.damaged || a.left < 0 || a.bits.err != nil }

// decide reads a decision, 0 or 1 (D.2.2 to D.2.6).
func (a *arithmetic) decide(b *bin) int {
	if a.ahead < 15 {
		a.fill()
	}
	a.left--
	e := &estimates[*b]
	a.interval -= e.lps
	value := int(*b & 1)
	if split := uint64(a.interval) << a.ahead; a.code < split {
		if a.interval >= 1<<15 {
			return value
		}
		if a.interval < e.lps {
			*b, value = e.afterLess, 1-value
		} else {
			*b = e.afterMore
		}
	} else {
		a.code -= split
		if a.interval < e.lps {
			*b = e.afterMore
		} else {
			*b, value = e.afterLess, 1-value
		}
		a.interval = e.lps
	}
	shift := bits.LeadingZeros16(uint16(a.interval))
	a.interval <<= shift
	a.ahead -= shift
	return value
}

// fill reads four bytes. Zeros follow a segment.
func (a *arithmetic) fill() {
	b := a.bits
	if b.end-b.pos < 4 && b.marker == 0 {
		b.fill()
	}
	a.code = a.code<<32 | uint64(binary.BigEndian.Uint32(b.buf[b.pos:]))
	a.ahead += 32
	if b.pos < b.end {
		b.pos += 4
		a.left = min(a.left+4*decisionsForByte, freeDecisions)
	}
}

// decideEven reads a decision that is not estimated.
func (a *arithmetic) decideEven() int {
	b := even
	return a.decide(&b)
}

// magnitude reads the rest of one that is greater than m, a power of two: up to
// the power that is not less, and the bits below that. The bins begin at index i.
func (a *arithmetic) magnitude(bins []bin, i int, m int32) int32 {
	for a.decide(&bins[i]) != 0 {
		if m <<= 1; m == 1<<15 {
			a.damaged = true
			return 0
		}
		i++
	}
	v := m
	for i += lowerBits; m > 1; {
		if m >>= 1; a.decide(&bins[i]) != 0 {
			v |= m
		}
	}
	return v + 1
}

// readDC reads the DC coefficient of the next block of a component (F.2.4.1).
func (a *arithmetic) readDC(c *scanPart) int32 {
	t := c.dcBins
	b := t.bins[c.context:][:4]
	c.context = 0
	if a.decide(&b[0]) == 0 {
		return c.pred
	}
	sign := a.decide(&b[1])
	difference := int32(1)
	if a.decide(&b[2+sign]) != 0 {
		difference = a.magnitude(t.bins[:], dcMagnitude, 1)
	}
	c.context = t.context(difference, sign)
	if sign != 0 {
		difference = -difference
	}
	c.pred += difference
	return c.pred
}

// context returns where the bins are for a difference that follows another one
// (F.1.4.4.1.2).
func (t *dcBins) context(magnitude int32, sign int) int {
	const small, large = 4, 12
	m := int32(0) // the greatest power of two that is less
	if magnitude > 1 {
		m = 1 << (bits.Len32(uint32(magnitude-1)) - 1)
	}
	switch {
	case m < 1<<t.lower>>1:
		return 0
	case m > 1<<t.upper>>1:
		return large + 4*sign
	}
	return small + 4*sign
}

// readAC reads the next AC coefficient that is not zero, of those from zigzag
// index k up to end (F.2.4.2). It returns its index; 64 if there is none.
func (a *arithmetic) readAC(t *acBins, k, end int) (int, int32) {
	if a.decide(&t.bins[3*(k-1)]) != 0 {
		return 64, 0
	}
	for a.decide(&t.bins[3*(k-1)+1]) == 0 {
		if k++; k > end {
			a.damaged = true
			return 64, 0
		}
	}
	sign := a.decideEven()
	first, v := &t.bins[3*(k-1)+2], int32(1)
	if a.decide(first) != 0 {
		v = 2
		if a.decide(first) != 0 {
			at := acMagnitude
			if k >= int(t.high) {
				at = acMagnitudeHigh
			}
			v = a.magnitude(t.bins[:], at, 2)
		}
	}
	if sign != 0 {
		v = -v
	}
	return k, v
}

// decodeBlock reads a block of sequential coding and sets its samples.
func (a *arithmetic) decodeBlock(c *scanPart, x, y int) {
	block := [64]int32{a.readDC(c) * c.quant[0]}
	for k := 1; k < 64; k++ {
		var v int32
		if k, v = a.readAC(c.acBins, k, 63); k < 64 {
			block[zigzag[k]] = v * c.quant[k]
		}
	}
	c.transformBlock(&block, x, y)
}

// decodeProgressive reads what a scan has of a block.
func (a *arithmetic) decodeProgressive(s *scan, c *scanPart, block int) {
	switch {
	case s.start == 0 && s.high == 0:
		c.coefs.values[block*c.coefs.kept] = int16(a.readDC(c) << s.low)
	case s.start == 0:
		c.coefs.values[block*c.coefs.kept] |= int16(a.decideEven() << s.low)
	case s.high == 0:
		for k := s.start; k <= s.end; k++ {
			var v int32
			if k, v = a.readAC(c.acBins, k, s.end); k < 64 {
				c.coefs.set(block, k, v<<s.low)
			}
		}
	default:
		a.refine(s, c, block)
	}
}

// refine reads the next lower bit of AC coefficients (G.1.3.3).
func (a *arithmetic) refine(s *scan, c *scanPart, block int) {
	nonzero := c.coefs.nonzero[block]
	last := 63 - bits.LeadingZeros64(nonzero<<(63-s.end)>>(63-s.end))
	for k := s.start; k <= s.end; k++ {
		if k > last && a.decide(&c.acBins.bins[3*(k-1)]) != 0 {
			return
		}
		for !a.refineOne(s, c, block, k, nonzero>>k&1 != 0) {
			if k++; k > s.end {
				a.damaged = true
				return
			}
		}
	}
}

// refineOne reads what a scan has of the coefficient k of a block. It reports
// whether the block may end before the next one, as it cannot after a zero that
// stays one.
func (a *arithmetic) refineOne(s *scan, c *scanPart, block, k int, known bool) bool {
	b := c.acBins.bins[3*(k-1):][:3]
	switch {
	case known:
		if a.decide(&b[2]) != 0 {
			c.coefs.grow(block, k, 1<<s.low)
		}
		return true
	case a.decide(&b[1]) == 0:
		return false
	}
	c.coefs.set(block, k, int32(1-2*a.decideEven())<<s.low)
	return true
}
