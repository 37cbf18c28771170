package jpeg

import (
	"fmt"
	"runtime"
	"slices"
)

// scan is a scan header (B.2.3) with what it refers to.
type scan struct {
	parts        []scanPart
	mcusX, mcusY int
	decode       func(c *scanPart, x, y int) // of a block

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
	dcBins       *dcBins // these two are nil in Huffman coding
	acBins       *acBins
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
	if d.dispensable(s) {
		return nil // nextMarker skips it
	}
	if err := d.prepare(s); err != nil {
		return err
	}
	s.decode = d.blockDecoder(s)
	if d.decodeScan(s) {
		d.leave(true)
	}
	return nil
}

// scanHeader reads the payload of an SOS segment (B.2.3).
func (d *decoder) scanHeader(p []byte) (*scan, error) {
	if len(p) < 1 || p[0] < 1 || p[0] > 4 || len(p) < 4+2*int(p[0]) {
		return nil, fmt.Errorf("%w: scan header", ErrFormat)
	}
	f := &d.frame
	n := 1 + 2*int(p[0])
	s := &scan{mcusX: f.mcusX, mcusY: f.mcusY}
	for part := range slices.Chunk(p[1:n], 2) {
		if err := d.addPart(s, part[0], part[1]>>4, part[1]&15); err != nil {
			return nil, err
		}
	}
	if len(s.parts) == 1 {
		c := &s.parts[0]
		s.mcusX, s.mcusY = c.blocksX, c.blocksY
		c.across, c.down = 1, 1
	}
	if !f.progressive {
		return s, nil
	}
	s.start, s.end, s.high, s.low = int(p[n]), int(p[n+1]), uint(p[n+2]>>4), uint(p[n+2]&15)
	return s, s.checkProgressive()
}

// addPart adds to s the component with an ID, coded with these tables.
func (d *decoder) addPart(s *scan, id, dc, ac byte) error {
	i := d.frame.index(id)
	if i < 0 || dc > 3 || ac > 3 {
		return fmt.Errorf("%w: component of a scan", ErrFormat)
	}
	c := &d.frame.comps[i]
	blocks := c.h * c.v
	for _, other := range s.parts {
		if other.component == c {
			return fmt.Errorf("%w: component twice in a scan", ErrFormat)
		}
		blocks += other.h * other.v
	}
	if blocks > maxMCUBlocks && len(s.parts) > 0 {
		return fmt.Errorf("%w: too many blocks in an MCU", ErrFormat)
	}
	part := scanPart{component: c, across: c.h, down: c.v, dc: &d.dc[dc], ac: &d.ac[ac]}
	if d.frame.arithmetic {
		coder := d.arithmeticCoder()
		part.dcBins, part.acBins = &coder.dc[dc], &coder.ac[ac]
	}
	s.parts = append(s.parts, part)
	return nil
}

// prepare makes the tables ready that a scan needs.
func (d *decoder) prepare(s *scan) error {
	progressive := d.frame.progressive
	for _, c := range s.parts {
		if c.quant == nil {
			c.quant = d.quant[c.tq]
		}
		c.coefs.note(s)
		if c.quant == nil {
			return fmt.Errorf("%w: quantization table is missing", ErrFormat)
		}
		if d.frame.arithmetic {
			continue
		}
		if s.start == 0 && s.high == 0 {
			if err := c.dc.build(); err != nil {
				return err
			}
		}
		if progressive && s.start == 0 {
			continue
		}
		if err := c.ac.build(); err != nil {
			return err
		}
		if !progressive && c.size < 8 {
			c.ac.buildSkip()
		}
	}
	return nil
}

// yieldEvery is after how many rows of MCUs others who wait for a processor get
// it: a scan of a large picture takes longer than an answer may.
const yieldEvery = 16

// decodeScan reads the MCUs of a scan as far as they are there. Where an
// interval between restart markers is damaged, the next one begins anew. It
// reports whether nothing of the scan follows.
func (d *decoder) decodeScan(s *scan) (all bool) {
	b := &d.bits
	b.begin()
	d.restart(s)
	lost, left := false, d.interval
	for y := range s.mcusY {
		if y%yieldEvery == yieldEvery-1 {
			runtime.Gosched()
		}
		for x := range s.mcusX {
			if left == 0 && d.interval > 0 {
				if d.leave(false); !b.nextInterval() {
					return false
				}
				d.restart(s)
				lost, left = false, d.interval
			}
			left--
			if lost = lost || !d.hasPlenty() && d.exhausted(s); !lost {
				s.decodeMCU(x, y)
				d.decoded = true
			} else if d.interval == 0 {
				return true
			}
		}
	}
	return true
}

// hasPlenty reports that the next MCU is there, as it nearly always is. It is short
// enough to be inlined.
func (d *decoder) hasPlenty() bool { return !d.frame.arithmetic && d.bits.hasPlenty() }

// exhausted reports whether there is nothing to decode the next MCU from.
func (d *decoder) exhausted(s *scan) bool {
	if d.frame.arithmetic {
		return d.coder.exhausted()
	}
	if d.bits.ready() {
		return false
	}
	return s.eobRun == 0 || d.bits.overrun()
}

// restart resets what does not outlive a restart marker (F.2.1.3.1, F.2.4.4).
func (d *decoder) restart(s *scan) {
	s.eobRun = 0
	for _, c := range s.parts {
		c.pred, c.context = 0, 0
	}
	if d.frame.arithmetic {
		d.coder.restart()
	}
}

func (s *scan) decodeMCU(x, y int) {
	if len(s.parts) == 1 {
		s.decode(&s.parts[0], x, y)
		return
	}
	for i := range s.parts {
		c := &s.parts[i]
		for v := range c.down {
			for h := range c.across {
				s.decode(c, x*c.across+h, y*c.down+v)
			}
		}
	}
}

// blockDecoder returns what reads a block of s, where it is in its component.
func (d *decoder) blockDecoder(s *scan) func(c *scanPart, x, y int) {
	b, f := &d.bits, &d.frame
	switch {
	case f.arithmetic && f.progressive:
		return func(c *scanPart, x, y int) { d.coder.decodeProgressive(s, c, y*c.stride+x) }
	case f.arithmetic:
		return d.coder.decodeBlock
	case !f.progressive:
		return b.decodeBlock
	case s.start == 0 && s.high == 0:
		return func(c *scanPart, x, y int) { s.firstDC(b, c, y*c.stride+x) }
	case s.start == 0:
		return func(c *scanPart, x, y int) { s.refineDC(b, c, y*c.stride+x) }
	case s.high == 0:
		return func(c *scanPart, x, y int) { s.firstAC(b, c, y*c.stride+x) }
	default:
		return func(c *scanPart, x, y int) { s.refineAC(b, c, y*c.stride+x) }
	}
}
