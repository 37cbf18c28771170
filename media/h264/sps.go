package h264

import (
	"fmt"
	"slices"
)

// Profiles whose sequence parameter sets tell of chroma, depth and scaling.
var highProfiles = []uint32{100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}

const maxSizeInMBs = 1 << 12 // of either side; no level comes near

// sps is a sequence parameter set (7.3.2.1.1), as far as it is needed.
type sps struct {
	id             int
	monochrome     bool
	scaling        scalingSyntax
	frameNumBits   int
	orderType      int // pic_order_cnt_type
	orderBits      int
	orderDeltaZero bool
	widthMBs       int
	heightMapUnits int
	frameMBsOnly   bool
	adaptiveField  bool // MBAFF where a picture is a frame
	cropX, cropY   int  // of the left upper corner, in luma samples
	cropped        [2]int
}

// heightMBs returns the height of a frame.
func (s *sps) heightMBs() int {
	if s.frameMBsOnly {
		return s.heightMapUnits
	}
	return 2 * s.heightMapUnits
}

func parseSPS(b *bitReader) (*sps, error) {
	s := new(sps)
	profile := b.bits(8)
	b.bits(16) // constraint flags and level, which tell nothing that is needed
	s.id = b.ueUpTo(31)
	if slices.Contains(highProfiles, profile) {
		if err := s.parseFormat(b); err != nil {
			return nil, err
		}
	}
	s.frameNumBits = b.ueUpTo(12) + 4
	s.parseOrder(b)
	b.ue()   // max_num_ref_frames
	b.flag() // gaps_in_frame_num_value_allowed_flag
	s.widthMBs = b.ueUpTo(maxSizeInMBs-1) + 1
	s.heightMapUnits = b.ueUpTo(maxSizeInMBs-1) + 1
	if s.frameMBsOnly = b.flag(); !s.frameMBsOnly {
		s.adaptiveField = b.flag()
	}
	b.flag() // direct_8x8_inference_flag
	if err := s.parseCropping(b); err != nil {
		return nil, err
	}
	if b.overrun() { // what follows, on usability, has no say in the samples
		return nil, fmt.Errorf("%w: sequence parameter set", ErrDamaged)
	}
	return s, nil
}

// parseFormat reads what high profiles add.
func (s *sps) parseFormat(b *bitReader) error {
	chroma := b.ueUpTo(3)
	if chroma > 1 {
		return fmt.Errorf("%w: chroma format %d", ErrUnsupported, chroma)
	}
	s.monochrome = chroma == 0
	luma, colour := b.ueUpTo(6), b.ueUpTo(6)
	if luma != 0 || colour != 0 && !s.monochrome {
		return fmt.Errorf("%w: %d bits a sample", ErrUnsupported, 8+max(luma, colour))
	}
	if b.flag() {
		return fmt.Errorf("%w: lossless coding", ErrUnsupported)
	}
	if b.flag() {
		s.scaling.parse(b, 8)
	}
	return nil
}

// parseOrder reads what is needed to skip the order of pictures.
func (s *sps) parseOrder(b *bitReader) {
	s.orderType = b.ueUpTo(2)
	switch s.orderType {
	case 0:
		s.orderBits = b.ueUpTo(12) + 4
	case 1:
		s.orderDeltaZero = b.flag()
		b.se()
		b.se()
		for range b.ueUpTo(255) {
			b.se()
		}
	}
}

func (s *sps) parseCropping(b *bitReader) error {
	width, height := 16*s.widthMBs, 16*s.heightMBs()
	unitX, unitY := 2, 2
	if s.monochrome {
		unitX, unitY = 1, 1
	}
	if !s.frameMBsOnly {
		unitY *= 2
	}
	var left, right, top, bottom int
	if b.flag() {
		left, right = unitX*b.ueUpTo(1<<16), unitX*b.ueUpTo(1<<16)
		top, bottom = unitY*b.ueUpTo(1<<16), unitY*b.ueUpTo(1<<16)
	}
	if left+right >= width || top+bottom >= height {
		return fmt.Errorf("%w: nothing left after cropping", ErrDamaged)
	}
	s.cropX, s.cropY = left, top
	s.cropped = [2]int{width - left - right, height - top - bottom}
	return nil
}
