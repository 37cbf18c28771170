package h264

import "fmt"

// pps is a picture parameter set (7.3.2.2), as far as it is needed.
type pps struct {
	id, spsID        int
	cabac            bool
	orderPresent     bool // bottom_field_pic_order_in_frame_present_flag
	qp               int  // pic_init_qp, which may be below zero
	chromaOffset     [2]int
	filterControl    bool // deblocking_filter_control_present_flag
	redundantPresent bool
	transform8x8     bool
	scaling          scalingSyntax

	// The tables that follow from the two sets, of the sps that they were made
	// for; nil until a slice needs them.
	tables    *scaleTables
	tablesFor *sps
}

// parsePPS reads a set. How many scaling lists it has follows from the set of
// the sequence, which stands before it.
func parsePPS(b *bitReader, sequence *[32]*sps) (*pps, error) {
	p := &pps{}
	p.id, p.spsID = b.ueUpTo(255), b.ueUpTo(31)
	p.cabac = b.flag()
	p.orderPresent = b.flag()
	if groups := b.ueUpTo(7) + 1; groups > 1 {
		return nil, fmt.Errorf("%w: %d slice groups", ErrUnsupported, groups)
	}
	b.ue()    // num_ref_idx_l0_default_active_minus1
	b.ue()    // num_ref_idx_l1_default_active_minus1
	b.bits(3) // weighted prediction
	p.qp = 26 + b.seWithin(-26-6*6, 25)
	b.se() // pic_init_qs_minus26
	p.chromaOffset[0] = b.seWithin(-12, 12)
	p.chromaOffset[1] = p.chromaOffset[0]
	p.filterControl = b.flag()
	b.flag() // constrained_intra_pred_flag: of no account where all is intra
	p.redundantPresent = b.flag()
	if b.pos < b.end {
		lists := 2
		if s := sequence[p.spsID]; s != nil {
			lists = s.lists8x8()
		}
		p.parseHigh(b, lists)
	}
	if b.overrun() {
		return nil, fmt.Errorf("%w: picture parameter set", ErrDamaged)
	}
	return p, nil
}

// parseHigh reads what high profiles add.
func (p *pps) parseHigh(b *bitReader, lists8x8 int) {
	p.transform8x8 = b.flag()
	if b.flag() {
		lists := 6
		if p.transform8x8 {
			lists += lists8x8
		}
		p.scaling.parse(b, lists)
	}
	p.chromaOffset[1] = b.seWithin(-12, 12)
}

// scaleTables returns the tables of p as a part of s.
func (p *pps) scaleTables(s *sps) *scaleTables {
	if p.tablesFor != s {
		p.tables, p.tablesFor = newScaleTables(s, p), s
	}
	return p.tables
}
