package h264

import "fmt"

// Kinds of slices, modulo 5: Table 7-6.
const (
	sliceI  = 2
	sliceSI = 4
)

// slice is what the header of a slice tells (7.3.3), as far as it is needed.
type slice struct {
	sps         *sps
	pps         *pps
	idr         bool
	reference   bool
	firstMB     int // its address
	kind        int
	frameNum    uint32
	field       bool
	bottom      bool
	redundant   bool
	qp          int  // from the least on: QP'Y
	noFilter    bool // disable_deblocking_filter_idc 1
	filterAlone bool // the same at 2: not across its borders
	alphaOffset int
	betaOffset  int

	earlyX264 bool // see decoder

	// chromaQP is the QP of Cb and Cr for each QP of luma, all from the least on.
	chromaQP [2][scales]uint8
}

// mbaff reports whether pairs of macroblocks choose between frame and field.
func (s *slice) mbaff() bool { return s.sps.adaptiveField && !s.field }

// parseSlice reads the header of the slice in a unit whose first byte is head.
func (d *decoder) parseSlice(b *bitReader, head byte) (*slice, error) {
	s := &slice{earlyX264: d.earlyX264, idr: head&31 == unitIDRSlice, reference: head>>5&3 != 0}
	s.firstMB = b.ueUpTo(maxSizeInMBs * maxSizeInMBs)
	s.kind = b.ueUpTo(9) % 5
	s.pps = d.pps[b.ueUpTo(255)]
	if s.pps == nil || d.sps[s.pps.spsID] == nil {
		if d.setErr != nil {
			return nil, d.setErr
		}
		return nil, fmt.Errorf("%w: parameter sets are missing", ErrDamaged)
	}
	s.sps = d.sps[s.pps.spsID]
	s.frameNum = b.bits(s.sps.frameNumBits)
	if !s.sps.frameMBsOnly {
		if s.field = b.flag(); s.field {
			s.bottom = b.flag()
		}
	}
	if s.mbaff() {
		s.firstMB *= 2 // it is told in pairs
	}
	if err := s.checkKind(); err != nil && !b.overrun() {
		return nil, err
	}
	s.parseOrder(b)
	s.parseMarking(b)
	s.qp = s.pps.qp + s.sps.coarse(0) + b.seWithin(-51-6*6, 51+6*6)
	s.parseFilter(b)
	if b.overrun() || s.qp < 0 || s.qp > s.sps.maxQP() {
		return nil, fmt.Errorf("%w: slice header", ErrDamaged)
	}
	s.fillChromaQP()
	return s, nil
}

func (s *slice) checkKind() error {
	switch s.kind {
	case sliceI:
		return nil
	case sliceSI:
		return fmt.Errorf("%w: SI slices", ErrUnsupported)
	}
	return errPredicted
}

// parseOrder reads past what tells the order of pictures.
func (s *slice) parseOrder(b *bitReader) {
	if s.idr {
		b.ue() // idr_pic_id
	}
	bottomToo := s.pps.orderPresent && !s.field
	switch {
	case s.sps.orderType == 0:
		b.bits(s.sps.orderBits)
		if bottomToo {
			b.se()
		}
	case s.sps.orderType == 1 && !s.sps.orderDeltaZero:
		b.se()
		if bottomToo {
			b.se()
		}
	}
	if s.pps.redundantPresent {
		s.redundant = b.ue() > 0
	}
}

// parseMarking reads past dec_ref_pic_marking (7.3.3.3).
func (s *slice) parseMarking(b *bitReader) {
	switch {
	case !s.reference:
	case s.idr:
		b.bits(2)
	case b.flag():
		for !b.overrun() {
			operation := b.ueUpTo(6)
			if operation == 0 {
				return
			}
			if operation != 5 {
				b.ue()
			}
			if operation == 3 {
				b.ue()
			}
		}
	}
}

func (s *slice) parseFilter(b *bitReader) {
	if !s.pps.filterControl {
		return
	}
	mode := b.ueUpTo(2)
	s.noFilter, s.filterAlone = mode == 1, mode == 2
	if !s.noFilter {
		s.alphaOffset = 2 * b.seWithin(-6, 6)
		s.betaOffset = 2 * b.seWithin(-6, 6)
	}
}

// highChromaQP is QPc for qPI from 30 on: Table 8-15.
var highChromaQP = [...]uint8{
	29, 30, 31, 32, 32, 33, 34, 34, 35, 35, 36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 39,
}

func (s *slice) fillChromaQP() {
	for plane, offset := range s.pps.chromaOffset {
		for qp := range s.sps.maxQP() + 1 {
			i := min(max(qp-s.sps.coarse(0)+offset, -s.sps.coarse(1)), 51)
			if i >= 30 {
				i = int(highChromaQP[i-30])
			}
			s.chromaQP[plane][qp] = uint8(i + s.sps.coarse(1))
		}
	}
}
