// Package picturetest writes JPEG XLs that no encoder at hand makes, for tests.
package picturetest

import (
	"image"
	"math/bits"
	"slices"
)

// JXL is a JPEG XL of layers, each of one colour (ISO/IEC 18181-1).
type JXL struct {
	Width, Height int // as coded
	Orientation   int // as in EXIF; 0 for 1
	Bits          int // of a sample: 8 or 10
	Alpha         bool
	Multiplied    bool // alpha has multiplied the colours
	Layers        []Layer
}

// Layer is a frame that lies on those before it.
type Layer struct {
	image.Rectangle
	// Samples are red, green, blue and, if there is one, alpha: 0, or at least half
	// of what they may be.
	Samples []int
}

// Bytes writes the file.
func (j JXL) Bytes() []byte {
	b := &lowBits{}
	b.header(j)
	for i, l := range j.Layers {
		b.frame(j, l, i == 0, i == len(j.Layers)-1)
		global := &lowBits{}
		global.solid(j, l)
		b.parts(global.data, groups(l.Size()))
	}
	return b.data
}

// groupSide is the side of a group of pixels, the largest that there is.
const groupSide = 1024

func groups(size image.Point) int {
	return (size.X + groupSide - 1) / groupSide * ((size.Y + groupSide - 1) / groupSide)
}

// lowBits writes numbers of the least significant bit first (annex B).
type lowBits struct {
	data []byte
	used int
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

func (b *lowBits) flag(f bool) {
	if f {
		b.add(1, 1)
	} else {
		b.add(0, 1)
	}
}

func (b *lowBits) align() { b.used = 8 * len(b.data) }

// choose writes a number by the first of four fields, each of a base and bits, that
// holds it (B.2.2).
func (b *lowBits) choose(n int, fields ...int) {
	for i := 0; i < len(fields); i += 2 {
		if base, bits := fields[i], fields[i+1]; n >= base && n < base+1<<bits {
			b.add(i/2, 2, n-base, bits)
			return
		}
	}
	panic("number beyond its fields")
}

// header writes signature and image header (annex D).
func (b *lowBits) header(j JXL) {
	b.add(0xff, 8, 0x0a, 8)
	b.add(0, 1)
	b.choose(j.Height, 1, 9, 1, 13, 1, 18, 1, 30)
	b.add(0, 3)
	b.choose(j.Width, 1, 9, 1, 13, 1, 18, 1, 30)
	b.add(0, 1, 1, 1, max(j.Orientation, 1)-1, 3, 0, 3) // neither another size, a preview, nor animation
	b.depth(j.Bits)
	b.add(1, 1) // 16 bits are enough
	if !j.Alpha {
		b.add(0, 2)
	} else {
		b.add(1, 2, 0, 1, 0, 2)
		b.depth(j.Bits)
		b.add(0, 2, 0, 2) // of full size, without a name
		b.flag(j.Multiplied)
	}
	b.add(0, 1, 1, 1, 1, 1) // sRGB, tone mapping as usual
	b.add(0, 2, 1, 1)       // no extensions, transforms as usual
	b.align()
}

func (b *lowBits) depth(bits int) {
	b.add(0, 1)
	b.choose(bits, 8, 0, 10, 0, 12, 0, 1, 6)
}

// frame writes the header of a modular frame (annex F).
func (b *lowBits) frame(j JXL, l Layer, first, last bool) {
	const replace, blend = 0, 2
	b.add(0, 1, 0, 2, 1, 1, 0, 2, 0, 1, 0, 2) // a frame, modular, no flags, not subsampled
	if j.Alpha {
		b.add(0, 2)
	}
	b.add(3, 2, 0, 2) // largest groups, one pass
	whole := image.Rect(0, 0, j.Width, j.Height)
	cropped := l.Rectangle != whole
	b.flag(cropped)
	if cropped {
		for _, n := range []int{packSigned(l.Min.X), packSigned(l.Min.Y), l.Dx(), l.Dy()} {
			b.choose(n, 0, 8, 256, 11, 2304, 14, 18688, 30)
		}
	}
	mode, channels := replace, 1
	if j.Alpha {
		channels = 2
		if !first {
			mode = blend
		}
	}
	partial := !whole.In(l.Rectangle)
	for range channels {
		b.add(mode, 2)
		if mode == blend {
			b.add(0, 2, 0, 1) // by the first alpha, not clamped
		}
		if mode != replace || partial {
			b.add(1, 2) // on what was kept before
		}
	}
	b.flag(last)
	if !last {
		b.add(1, 2) // kept for the next
		if mode == replace && !partial {
			b.add(0, 1)
		}
	}
	b.add(0, 2, 0, 1, 0, 1, 0, 2, 0, 2, 0, 2) // no name, no filters, no extensions
}

func packSigned(n int) int {
	if n < 0 {
		return -2*n - 1
	}
	return 2 * n
}

// parts writes the table of contents and the parts of a modular frame: what counts for
// all of it, and a byte for each group that says to go by that.
func (b *lowBits) parts(global []byte, groups int) {
	group := []byte{0b11}
	lengths := []int{len(global)}
	if groups > 1 {
		lengths = append(lengths, 0, 0)
		for range groups {
			lengths = append(lengths, len(group))
		}
	}
	b.add(0, 1)
	b.align()
	for _, n := range lengths {
		b.choose(n, 0, 10, 1024, 14, 17408, 22, 4211712, 30)
	}
	b.align()
	b.data = append(b.data, global...)
	for range lengths[min(3, len(lengths)):] {
		b.data = append(b.data, group...)
	}
	b.align()
}

// How the numbers of a cluster are coded (C.2.3): below 16 each is a token, or the token
// tells the bits of the number.
const (
	isToken    = 4
	tellBits   = 0
	configBits = 4
)

// tree writes what comes before the decisions of a tree (H.4): the clusters of its six
// contexts, which are thresholds, properties, predictors, offsets and two of multipliers,
// and by what prefix codes they are coded.
func (b *lowBits) tree(contexts [6]int, clusters ...cluster) {
	b.add(1, 1, 1, 1)       // usual quantisation; a tree
	b.add(0, 1, 1, 1, 2, 2) // no copies; clusters in two bits
	for _, c := range contexts {
		b.add(c, 2)
	}
	b.codes(clusters...)
}

// cluster is a prefix code of one, two or four tokens, in their order.
type cluster struct {
	split  int
	tokens []int
}

func (b *lowBits) codes(clusters ...cluster) {
	b.add(1, 1)
	for _, c := range clusters {
		b.add(c.split, configBits)
		if c.split == isToken {
			b.add(0, 3, 0, 3)
		}
	}
	for _, c := range clusters {
		largest := c.largest()
		if b.flag(largest > 0); largest > 0 {
			n := bits.Len(uint(largest)) - 1
			b.add(n, 4, largest-1<<n, n)
		}
	}
	for _, c := range clusters {
		if c.largest() == 0 {
			continue
		}
		b.add(1, 2, len(c.tokens)-1, 2)
		for _, t := range c.tokens {
			b.add(t, bits.Len(uint(c.largest())))
		}
		if len(c.tokens) == 4 {
			b.add(0, 1) // of two bits each
		}
	}
}

func (c cluster) largest() int { return c.tokens[len(c.tokens)-1] }

// token writes one of a cluster.
func (b *lowBits) token(c cluster, token int) {
	i := slices.Index(c.tokens, token)
	switch len(c.tokens) {
	case 2:
		b.add(i, 1)
	case 4:
		b.add(i>>1, 1, i&1, 1)
	}
}

// samples writes the codes of samples that are all as their leaf says, and takes the
// tree for all of the frame.
func (b *lowBits) samples() {
	b.add(0, 1, 1, 1, 0, 2) // no copies; one cluster
	b.codes(cluster{isToken, []int{0}})
	b.add(1, 1, 1, 1, 0, 2) // this tree; no transforms
}

// solid writes the tree and the samples of a layer of one colour: by the number of the
// channel, and no other, it finds the sample.
func (b *lowBits) solid(j JXL, l Layer) {
	const leaf, channel = 0, 1
	thresholds := cluster{isToken, []int{0, 2, 4, 6}}
	properties := cluster{isToken, []int{leaf, channel}}
	others := cluster{isToken, []int{0}}
	offsets := cluster{tellBits, []int{0, j.Bits + 1}}
	b.tree([6]int{0, 1, 2, 3, 2, 2}, thresholds, properties, others, offsets)
	greater := func(than int) {
		b.token(properties, channel)
		b.token(thresholds, 2*than)
	}
	is := func(sample int) {
		b.token(properties, leaf)
		if sample == 0 {
			b.token(offsets, 0)
			return
		}
		b.token(offsets, j.Bits+1)
		b.add(2*sample-1<<j.Bits, j.Bits)
	}
	last := len(l.Samples) - 1
	greater(last - 1)
	for c := last; c > 1; c-- {
		is(l.Samples[c])
		greater(c - 2)
	}
	is(l.Samples[1])
	is(l.Samples[0])
	b.samples()
}

// DeepTree is a JPEG XL of a few kilobytes, black, of 4096 by 1024 pixels. Its decoder
// has to make two thousand decisions for each sample of each pixel: is the sample on the
// left greater than 4095? Than 4094? And so on.
func DeepTree() []byte {
	const levels, most, leaf, left = 2000, 4095, 0, 8
	j := JXL{Width: 4096, Height: 1024, Bits: 8}
	whole := Layer{Rectangle: image.Rect(0, 0, j.Width, j.Height)}
	thresholds := cluster{tellBits, []int{13}} // twelve bits follow
	properties := cluster{isToken, []int{leaf, left}}
	global := &lowBits{}
	global.tree([6]int{0, 1, 2, 2, 2, 2}, thresholds, properties, cluster{isToken, []int{0}})
	for k := range levels {
		if k > 0 {
			global.token(properties, leaf) // where the answer was yes
		}
		global.token(properties, left)
		global.add(2*(most-k)-1<<12, 12)
	}
	global.token(properties, leaf)
	global.token(properties, leaf)
	global.samples()

	b := &lowBits{}
	b.header(j)
	b.frame(j, whole, true, true)
	b.parts(global.data, groups(whole.Size()))
	return b.data
}
