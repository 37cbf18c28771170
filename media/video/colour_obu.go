package video

import "image"

// vp8Header reads the start of a key frame: RFC 6386, 9.1.
func vp8Header(frame []byte) header {
	h := header{colour: Colour{Matrix: 6}}
	if len(frame) >= 10 && frame[0]&1 == 0 && string(frame[3:6]) == "\x9d\x01\x2a" {
		side := func(at int) int { return int(frame[at]) | int(frame[at+1])<<8&0x3f00 }
		h.size = image.Pt(side(6), side(8))
	}
	return h
}

// vp9Matrices are the matrices of VP9's colour spaces (VP9 Bitstream
// Specification, 7.2.2).
var vp9Matrices = [8]int{0, 6, 1, 6, 7, 9, 0, 0}

// vp9Header reads the uncompressed header of a key frame: 6.2.
func vp9Header(frame []byte) (h header) {
	b := &bitReader{data: frame}
	if b.read(2) != 2 {
		return header{}
	}
	profile := b.read(1) | b.read(1)<<1
	if profile == 3 {
		b.skip(1)
	}
	if b.read(2) != 0 { // another frame again, or no key frame
		return header{}
	}
	b.skip(2)
	if b.read(24) != 0x498342 {
		return header{}
	}
	if profile >= 2 {
		b.skip(1) // depth
	}
	const rgb = 7
	if space := b.read(3); space == rgb {
		h.colour = Colour{RGB: true, RangeTold: true, FullRange: true}
		b.skip(1)
	} else {
		h.colour = Colour{Matrix: vp9Matrices[space], RangeTold: true, FullRange: b.flag()}
		if profile == 1 || profile == 3 {
			b.skip(3) // sampling
		}
	}
	if b.ended() {
		return header{}
	}
	if size := image.Pt(b.read(16)+1, b.read(16)+1); !b.ended() {
		h.size = size
	}
	return h
}

// av1Header looks for a sequence header among open bitstream units (AV1
// Bitstream & Decoding Process Specification, 5.3).
func av1Header(units []byte) (header, bool) {
	for len(units) > 1 {
		kind, extended, sized := units[0]>>3&15, units[0]&4 != 0, units[0]&2 != 0
		units = units[1:]
		if extended {
			units = units[1:]
		}
		size := len(units)
		if sized {
			n, length := leb128(units)
			if length == 0 || n > uint64(len(units)-length) {
				return header{}, false
			}
			units, size = units[length:], int(n)
		}
		if kind == 1 {
			return av1Sequence(units[:size])
		}
		units = units[size:]
	}
	return header{}, false
}

// leb128 reads a number (4.10.5); its length is 0 when there is none.
func leb128(b []byte) (n uint64, length int) {
	for i := range min(8, len(b)) {
		n |= uint64(b[i]&0x7f) << (7 * i)
		if b[i]&0x80 == 0 {
			return n, i + 1
		}
	}
	return 0, 0
}

// av1Sequence reads a sequence header: 5.5.
func av1Sequence(unit []byte) (h header, ok bool) {
	b := &bitReader{data: unit}
	profile := b.read(3)
	b.skip(1)
	reduced := b.flag()
	if reduced {
		b.skip(5)
	} else {
		skipAV1Points(b)
	}
	width, height := b.read(4)+1, b.read(4)+1
	h.size = image.Pt(b.read(width)+1, b.read(height)+1)
	if !reduced && b.flag() {
		b.skip(7)
	}
	b.skip(3)
	if !reduced {
		skipAV1Tools(b)
	}
	b.skip(3)
	h.colour = av1Config(b, profile)
	return h, !b.ended()
}

// skipAV1Points skips the timing and the operating points.
func skipAV1Points(b *bitReader) {
	delayBits := 0
	if b.flag() {
		b.skip(64)
		if b.flag() {
			b.number() // a variable length code of the same form
		}
		if b.flag() {
			delayBits = b.read(5) + 1
			b.skip(42)
		}
	}
	delayed := b.flag()
	for range b.read(5) + 1 {
		b.skip(12)
		if b.read(5) > 7 {
			b.skip(1)
		}
		if delayBits > 0 && b.flag() {
			b.skip(2*delayBits + 1)
		}
		if delayed && b.flag() {
			b.skip(4)
		}
	}
}

// skipAV1Tools skips what only moving pictures need.
func skipAV1Tools(b *bitReader) {
	b.skip(4)
	ordered := b.flag()
	if ordered {
		b.skip(2)
	}
	if screen := b.flag() || b.flag(); screen && !b.flag() {
		b.skip(1)
	}
	if ordered {
		b.skip(3)
	}
}

// av1Config reads the colour configuration: 5.5.2.
func av1Config(b *bitReader, profile int) Colour {
	wide := b.flag() && profile == 2 && b.flag() // of 12 bits
	grey := profile != 1 && b.flag()
	primaries, transfer, matrix := 2, 2, 2
	if b.flag() {
		primaries, transfer, matrix = b.read(8), b.read(8), b.read(8)
	}
	if !grey && primaries == 1 && transfer == 13 && matrix == 0 {
		return Colour{RGB: true, RangeTold: true, FullRange: true}
	}
	c := Colour{Matrix: matrix, RangeTold: true, FullRange: b.flag()}
	full := profile == 1 || wide && !b.flag() // of 4:4:4
	c.RGB = matrix == 0 && !grey && full
	return c
}
