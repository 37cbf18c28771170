package e2e

import (
	"strings"
	"testing"
)

// lowBits writes numbers of the least significant bit first, as JPEG XL has them
// (ISO/IEC 18181-1, annex B).
type lowBits struct {
	data []byte
	used int // bits
}

// add writes pairs of a number and its bits.
func (b *lowBits) add(pairs ...int) {
	for ; len(pairs) > 1; pairs = pairs[2:] {
		for i := range pairs[1] {
			if b.used%8 == 0 {
				b.data = append(b.data, 0)
			}
			b.data[b.used/8] |= byte(pairs[0]>>i&1) << (b.used % 8)
			b.used++
		}
	}
}

func (b *lowBits) align() { b.used = 8 * len(b.data) }

// deepTree is a JPEG XL of a few kilobytes, black, 4096 by 1024 pixels, whose decoder
// has to make two thousand decisions for each sample of each pixel (annex H): is the
// sample on the left greater than 4095? Than 4094? And so on. The codes of its samples
// have no bits.
func deepTree() []byte {
	const width, height, levels = 4096, 1024, 2000
	header := &lowBits{}
	header.add(
		0xff, 8, 0x0a, 8, // signature
		0, 1, 1, 2, height-1, 13, 0, 3, 1, 2, width-1, 13, // size
		0, 1, 0, 1, 0, 1, 0, 2, 1, 1, 0, 2, 0, 1, 1, 1, // 8 bits, no more channels, sRGB
		0, 2, 1, 1) // no extensions, no other transform
	header.align()
	header.add( // frame: modular, not subsampled, groups of 1024 pixels, one pass, the last, no filters
		0, 1, 0, 2, 1, 1, 0, 2, 0, 1, 0, 2, 3, 2, 0, 2, 0, 1, 0, 2, 1, 1, 0, 2, 0, 1, 0, 1, 0, 2, 0, 2, 0, 2)

	global := &lowBits{}
	global.add(1, 1, 1, 1)                         // usual quantisation; a tree
	global.add(0, 1, 1, 1, 2, 2)                   // no copies; contexts of the tree, of two bits each
	global.add(0, 2, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2) // thresholds, properties, all others
	global.add(1, 1, 0, 4, 4, 4, 0, 3, 0, 3)       // prefix codes; thresholds by their length
	global.add(4, 4, 0, 3, 0, 3)                   // and the others as they are
	global.add(1, 1, 3, 4, 5, 3, 1, 1, 3, 4, 0, 3) // alphabets of 14, 9
	global.add(0, 1)                               // and 1 tokens
	global.add(1, 2, 0, 2, 13, 4)                  // of which only the 14th is used: 12 bits follow
	global.add(1, 2, 1, 2, 0, 4, 8, 4)             // or the first and the ninth: leaf, and the left sample
	decision := func(k int) { global.add(1, 1, 2*(4095-k)-4096, 12) }
	decision(0)
	for k := 1; k < levels; k++ {
		global.add(0, 1) // the leaf where the answer is yes
		decision(k)
	}
	global.add(0, 1, 0, 1)
	global.add(0, 1, 1, 1, 0, 2)             // no copies; one context for all samples
	global.add(1, 1, 4, 4, 0, 3, 0, 3, 0, 1) // prefix codes of one token
	global.add(1, 1, 1, 1, 0, 2)             // this tree, no transforms
	group := []byte{0b11}                    // the same

	header.add(0, 1)
	header.align()
	for _, part := range []int{len(global.data), 0, 0, 1, 1, 1, 1} {
		if part < 1024 {
			header.add(0, 2, part, 10)
		} else {
			header.add(1, 2, part-1024, 14)
		}
	}
	header.align()
	file := append(header.data, global.data...)
	for range 4 {
		file = append(file, group...)
	}
	return file
}

// A file of a few kilobytes that asks for minutes of work is stopped, by whatever
// decodes it, and refused.
func TestAPictureOfEndlessWorkIsRefused(t *testing.T) {
	for _, probes := range []string{"false", "true"} {
		p := start(t, t.TempDir(), "POSTERN_VIDEO_PROBES="+probes)
		if _, err := p.upload(p.key, "deep.jxl", deepTree()); err == nil || !strings.Contains(err.Error(), "Image dimensions are too large") {
			t.Errorf("probes %s: got %v, want it refused as too large", probes, err)
		}
		p.stop()
	}
}
