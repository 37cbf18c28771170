package video

// bitReader reads bits, the highest of a byte first. Behind the end there are
// zeros.
type bitReader struct {
	data []byte
	at   int // bits
}

// read returns the next n bits, at most 32.
func (b *bitReader) read(n int) int {
	v := 0
	for range n {
		v <<= 1
		if i := b.at >> 3; i < len(b.data) {
			v |= int(b.data[i]>>(7-b.at&7)) & 1
		}
		b.at++
	}
	return v
}

func (b *bitReader) flag() bool { return b.read(1) == 1 }

func (b *bitReader) skip(n int) { b.at += n }

// ended reports whether more was read than there is.
func (b *bitReader) ended() bool { return b.at > 8*len(b.data) }

// number reads an Exp-Golomb code (H.264 and H.265, 9.1 and 9.2).
func (b *bitReader) number() int {
	zeros := 0
	for !b.flag() {
		if zeros++; zeros > 31 || b.ended() {
			return 0
		}
	}
	return 1<<zeros - 1 + b.read(zeros)
}

// numbers reads and drops n of them.
func (b *bitReader) numbers(n int) {
	for range n {
		b.number()
	}
}

// signed reads a signed Exp-Golomb code.
func (b *bitReader) signed() int {
	n := b.number()
	if n&1 == 1 {
		return (n + 1) / 2
	}
	return -n / 2
}
