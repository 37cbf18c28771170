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
	chroma         int    // ChromaArrayType: 0 without colour, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4
	depth          [2]int // bits of a sample of luma, and of chroma
	lossless       bool   // qpprime_y_zero_transform_bypass_flag
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

// coarse is what a QP of luma (0) or chroma (1) may be below zero: QpBdOffset.
func (s *sps) coarse(of int) int { return 6 * (s.depth[of] - 8) }

// maxQP is the greatest QP of luma that there is, counted from the least.
func (s *sps) maxQP() int { return 51 + s.coarse(0) }

// monochrome reports whether there is luma alone.
func (s *sps) monochrome() bool { return s.chroma == 0 }

// full reports whether chroma is coded as luma is: 4:4:4.
func (s *sps) full() bool { return s.chroma == 3 }

// chromaUnit returns how many samples of luma, across and down, there are for
// one of chroma.
func (s *sps) chromaUnit() (x, y int) {
	switch s.chroma {
	case 1:
		return 2, 2
	case 2:
		return 2, 1
	}
	return 1, 1
}

// heightMBs returns the height of a frame.
func (s *sps) heightMBs() int {
	if s.frameMBsOnly {
		return s.heightMapUnits
	}
	return 2 * s.heightMapUnits
}

func parseSPS(b *bitReader) (*sps, error) {
	s := &sps{chroma: 1, depth: [2]int{8, 8}}
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
	s.chroma = b.ueUpTo(3)
	if s.full() && b.flag() {
		return fmt.Errorf("%w: colour planes apart", ErrUnsupported)
	}
	s.depth = [2]int{8 + b.ueUpTo(6), 8 + b.ueUpTo(6)}
	s.lossless = b.flag()
	if b.flag() {
		s.scaling.parse(b, 6+s.lists8x8())
	}
	return nil
}

// lists8x8 is how many scaling lists of 8x8 blocks there are.
func (s *sps) lists8x8() int {
	if s.full() {
		return 6
	}
	return 2
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
	unitX, unitY := s.chromaUnit()
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
