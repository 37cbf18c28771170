package video

import (
	"image"
	"slices"
)

// A sequence parameter set is read up to the colours; of what comes before them
// the size is kept. No count in it makes a loop longer than a standard allows.

// extendedProfiles of H.264 tell the sampling and the depth.
var extendedProfiles = []int{100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}

// sampled returns how many samples of luma there are for one of chroma, by
// chroma_format_idc.
func sampled(chroma int) (x, y int) {
	switch chroma {
	case 1:
		return 2, 2
	case 2:
		return 2, 1
	}
	return 1, 1
}

// avcHeader reads a sequence parameter set of H.264, 7.3.2.1.1.
func avcHeader(unit []byte) (h header) {
	b := &bitReader{data: unit[1:]}
	profile := b.read(8)
	b.skip(16)
	b.number() // its ID
	chroma := 1
	if slices.Contains(extendedProfiles, profile) {
		chroma = readAVCExtension(b)
	}
	b.number() // frame numbers
	skipAVCOrder(b)
	b.number() // reference frames
	b.skip(1)
	width, height := 16*(b.number()+1), 16*(b.number()+1)
	unitX, unitY := sampled(chroma)
	if !b.flag() {
		height, unitY = 2*height, 2*unitY // of fields
		b.skip(1)
	}
	b.skip(1)
	h.size = readCropping(b, width, height, unitX, unitY)
	h.colour = usability(b, chroma)
	return h
}

// readCropping returns the size that is left by cropping, if there is any; zero
// for nonsense.
func readCropping(b *bitReader, width, height, unitX, unitY int) image.Point {
	if b.flag() {
		width -= unitX * (b.number() + b.number())
		height -= unitY * (b.number() + b.number())
	}
	if b.ended() || min(width, height) <= 0 || max(width, height) > maxSide {
		return image.Point{}
	}
	return image.Pt(width, height)
}

// readAVCExtension returns chroma_format_idc.
func readAVCExtension(b *bitReader) int {
	chroma := b.number()
	if chroma == 3 {
		b.skip(1)
	}
	b.numbers(2) // depths
	b.skip(1)
	if !b.flag() {
		return chroma
	}
	lists := 8
	if chroma == 3 {
		lists = 12
	}
	for i := range lists {
		if b.flag() {
			size := 16
			if i >= 6 {
				size = 64
			}
			skipAVCScaling(b, size)
		}
	}
	return chroma
}

// skipAVCScaling skips a scaling list: 7.3.2.1.1.1.
func skipAVCScaling(b *bitReader, size int) {
	last, next := 8, 8
	for range size {
		if next != 0 {
			next = (last + b.signed() + 256) & 255
		}
		if next != 0 {
			last = next
		}
	}
}

// skipAVCOrder skips how the order of output is told.
func skipAVCOrder(b *bitReader) {
	switch b.number() {
	case 0:
		b.number()
	case 1:
		b.skip(1)
		b.numbers(2)
		b.numbers(min(b.number(), 255))
	}
}

// usability reads the start of the video usability information, which H.264 and
// H.265 have in common: annex E.1.1. The sampling is chroma_format_idc.
func usability(b *bitReader, sampling int) Colour {
	if !b.flag() {
		return Colour{}
	}
	if b.flag() && b.read(8) == 255 {
		b.skip(32) // pixel aspect
	}
	if b.flag() {
		b.skip(1) // overscan
	}
	if !b.flag() {
		return Colour{}
	}
	b.skip(3)
	c := Colour{RangeTold: true, FullRange: b.flag()}
	if b.flag() {
		b.skip(16)
		c.Matrix = b.read(8)
		c.RGB = c.Matrix == 0 && sampling == 3
	}
	if b.ended() {
		return Colour{}
	}
	return c
}

// hevcHeader reads a sequence parameter set of H.265, 7.3.2.2.1.
func hevcHeader(unit []byte) (h header) {
	b := &bitReader{data: unit[2:]}
	b.skip(4)
	layers := b.read(3)
	b.skip(1)
	skipHEVCProfile(b, layers)
	b.number() // its ID
	chroma := b.number()
	if chroma == 3 {
		b.skip(1)
	}
	width, height := b.number(), b.number()
	unitX, unitY := sampled(chroma)
	h.size = readCropping(b, width, height, unitX, unitY)
	b.numbers(2) // depths
	orderBits := b.number() + 4
	first := layers
	if b.flag() {
		first = 0
	}
	b.numbers(3 * (layers - first + 1))
	b.numbers(6)
	if b.flag() && b.flag() {
		skipHEVCScaling(b)
	}
	b.skip(2)
	if b.flag() {
		b.skip(8)
		b.numbers(2)
		b.skip(1)
	}
	skipHEVCReferences(b)
	if b.flag() {
		b.skip(min(b.number(), 32) * (min(orderBits, 16) + 1))
	}
	b.skip(2)
	h.colour = usability(b, chroma)
	return h
}

// skipHEVCProfile skips profile, tier and level: 7.3.3.
func skipHEVCProfile(b *bitReader, layers int) {
	const profile, level = 88, 8
	b.skip(profile + level)
	if layers == 0 {
		return
	}
	told := b.read(16)
	for i := range layers {
		if told>>(15-2*i)&1 == 1 {
			b.skip(profile)
		}
		if told>>(14-2*i)&1 == 1 {
			b.skip(level)
		}
	}
}

// skipHEVCScaling skips scaling lists: 7.3.4.
func skipHEVCScaling(b *bitReader) {
	for size := range 4 {
		step := 1
		if size == 3 {
			step = 3
		}
		for i := 0; i < 6; i += step {
			switch {
			case !b.flag():
				b.number()
			case size > 1:
				b.numbers(1 + 64)
			default:
				b.numbers(min(64, 1<<(4+size<<1)))
			}
		}
	}
}

// skipHEVCReferences skips the sets of reference pictures: 7.3.7.
func skipHEVCReferences(b *bitReader) {
	before := 0 // pictures in the set before
	for i := range min(b.number(), 64) {
		if b.ended() {
			return
		}
		if i > 0 && b.flag() {
			b.skip(1)
			b.number()
			count := 0
			for range before + 1 {
				if b.flag() || b.flag() {
					count++
				}
			}
			before = count
			continue
		}
		negative := min(b.number(), 16)
		before = negative + min(b.number(), 16)
		for range before {
			b.number()
			b.skip(1)
		}
	}
}
