package clip

import "slices"

// A sequence parameter set is read up to the colours; what comes before them is
// skipped. No count in it makes a loop longer than a standard allows.

// extendedProfiles of H.264 tell the sampling and the depth.
var extendedProfiles = []int{100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}

// avcColour reads a sequence parameter set of H.264, 7.3.2.1.1.
func avcColour(unit []byte) Colour {
	b := &bitReader{data: unit[1:]}
	profile := b.read(8)
	b.skip(16)
	b.number() // its ID
	if slices.Contains(extendedProfiles, profile) {
		skipAVCExtension(b)
	}
	b.number() // frame numbers
	skipAVCOrder(b)
	b.number() // reference frames
	b.skip(1)
	b.numbers(2) // size
	if !b.flag() {
		b.skip(1) // of fields
	}
	b.skip(1)
	if b.flag() {
		b.numbers(4) // cropping
	}
	return usability(b)
}

func skipAVCExtension(b *bitReader) {
	chroma := b.number()
	if chroma == 3 {
		b.skip(1)
	}
	b.numbers(2) // depths
	b.skip(1)
	if !b.flag() {
		return
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
// H.265 have in common: annex E.1.1.
func usability(b *bitReader) Colour {
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
	}
	if b.ended() {
		return Colour{}
	}
	return c
}

// hevcColour reads a sequence parameter set of H.265, 7.3.2.2.1.
func hevcColour(unit []byte) Colour {
	b := &bitReader{data: unit[2:]}
	b.skip(4)
	layers := b.read(3)
	b.skip(1)
	skipHEVCProfile(b, layers)
	b.number() // its ID
	if b.number() == 3 {
		b.skip(1)
	}
	b.numbers(2) // size
	if b.flag() {
		b.numbers(4) // cropping
	}
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
	return usability(b)
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
