package jpeg

import (
	"encoding/binary"
	"fmt"
)

// scan is a scan header (B.2.3) with what it refers to.
type scan struct {
	parts        []scanPart
	mcusX, mcusY int

	// Of a progressive picture: the coefficients in the scan by zigzag index,
	// and the bits of them that were sent before (high) and are not yet (low).
	start, end int
	high, low  uint
	eobRun     int // blocks to come that have nothing more in this scan
}

// scanPart is one component in a scan.
type scanPart struct {
	*component
	across, down int // blocks in an MCU
	dc, ac       *huffmanTable
}

// readScan reads an SOS segment and what is coded after it.
func (d *decoder) readScan() error {
	if d.scans++; d.scans > maxScans {
		return fmt.Errorf("%w: too many scans", ErrFormat)
	}
	p, err := d.payload()
	if err != nil {
		return err
	}
	s, err := d.scanHeader(p)
	d.bits.discard(len(p))
	if err != nil {
		return err
	}
	if s.start > 0 && d.frame.size == 1 {
		return nil // nextMarker skips what nothing is needed of
	}
	if err := d.prepare(s); err != nil {
		return err
	}
	d.decodeScan(s)
	return nil
}

func (d *decoder) scanHeader(p []byte) (*scan, error) {
	f := &d.frame
	if len(p) < 1 || p[0] == 0 || int(p[0]) > len(f.comps) || len(p) < 4+2*int(p[0]) {
		return nil, fmt.Errorf("%w: scan header", ErrFormat)
	}
	n := int(p[0])
	s := &scan{mcusX: f.mcusX, mcusY: f.mcusY}
	blocks := 0
	for i := range n {
		id, dc, ac := p[1+2*i], p[2+2*i]>>4, p[2+2*i]&15
		at := f.index(id)
		if at < 0 || s.has(id) || dc > 3 || ac > 3 {
			return nil, fmt.Errorf("%w: component of a scan", ErrFormat)
		}
		c := &f.comps[at]
		blocks += c.h * c.v
		s.parts = append(s.parts, scanPart{c, c.h, c.v, &d.dc[dc], &d.ac[ac]})
	}
	if n == 1 {
		c := &s.parts[0]
		s.mcusX, s.mcusY = c.blocksX, c.blocksY
		c.across, c.down = 1, 1
	} else if blocks > maxMCUBlocks {
		return nil, fmt.Errorf("%w: too many blocks in an MCU", ErrFormat)
	}
	if f.progressive {
		p = p[1+2*n:]
		s.start, s.end, s.high, s.low = int(p[0]), int(p[1]), uint(p[2]>>4), uint(p[2]&15)
		return s, s.checkProgressive()
	}
	return s, nil
}

func (s *scan) has(id byte) bool {
	for _, c := range s.parts {
		if c.id == id {
			return true
		}
	}
	return false
}

// prepare makes the tables ready that a scan needs.
func (d *decoder) prepare(s *scan) error {
	for _, c := range s.parts {
		if c.quant == nil {
			if c.quant = d.quant[c.tq]; c.quant == nil {
				return fmt.Errorf("%w: quantization table is missing", ErrFormat)
			}
		}
		if s.start == 0 && s.high == 0 {
			if err := c.dc.build(); err != nil {
				return err
			}
		}
		if s.start > 0 || !d.frame.progressive {
			if err := c.ac.build(); err != nil {
				return err
			}
			if !d.frame.progressive && d.frame.size < 8 {
				c.ac.buildSkip()
			}
		}
	}
	return nil
}

// decodeScan reads the MCUs of a scan as far as they are there. Where an
// interval between restart markers is damaged, the next one begins anew.
func (d *decoder) decodeScan(s *scan) {
	b := &d.bits
	b.begin()
	s.restart()
	lost, left := false, d.interval
	for y := range s.mcusY {
		for x := range s.mcusX {
			if left == 0 && d.interval > 0 {
				if !b.nextInterval() {
					return
				}
				s.restart()
				lost, left = false, d.interval
			}
			left--
			if lost = lost || s.exhausted(b); !lost {
				d.decodeMCU(s, x, y)
				d.decoded = true
			} else if d.interval == 0 {
				return
			}
		}
	}
}

// exhausted reports whether the segment has ended before the next MCU.
func (s *scan) exhausted(b *bitReader) bool {
	if b.ready() {
		return false
	}
	return s.eobRun == 0 || b.overrun()
}

// restart resets what does not outlive a restart marker (F.2.1.3.1).
func (s *scan) restart() {
	s.eobRun = 0
	for _, c := range s.parts {
		c.pred = 0
	}
}

func (d *decoder) decodeMCU(s *scan, x, y int) {
	for i := range s.parts {
		c := &s.parts[i]
		for v := range c.down {
			for h := range c.across {
				bx, by := x*c.across+h, y*c.down+v
				if d.frame.progressive {
					s.decodeProgressive(&d.bits, c, by*c.stride+bx)
				} else {
					d.decodeBlock(c, bx, by)
				}
			}
		}
	}
}

// decodeBlock reads a block of sequential coding and sets its samples.
func (d *decoder) decodeBlock(c *scanPart, x, y int) {
	size := d.frame.size
	pitch := c.component.stride * size
	out := c.samples[y*size*pitch+x*size:]

	c.pred += d.bits.readDC(c.dc)
	dc := c.pred * c.quant[0]
	if size == 1 {
		d.bits.skipAC(c.ac, 1)
		out[0] = inverse1(dc)
		return
	}
	block := [64]int32{dc}
	if next := d.bits.readAC(c.ac, c.quant, &block, needed(size)); next < 64 {
		d.bits.skipAC(c.ac, next)
	}
	inverse(size, &block, out, pitch)
}

// needed returns one more than the greatest zigzag index that the transform of
// a size needs.
func needed(size int) int {
	switch size {
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
