package vp8l

import "encoding/binary"

// uncross undoes what red and blue were told from green and red (4.2).
func (t *transform) uncross(row []uint32, y int) []uint32 {
	out := t.rows[0][:t.width]
	tiles := t.data[y>>t.bits*t.across:][:t.across]
	for i, factors := range tiles {
		x := i << t.bits
		end := min(x+1<<t.bits, t.width)
		uncrossTile(out[x:end], row[x:end], factors)
	}
	return out
}

func uncrossTile(out, in []uint32, factors uint32) {
	toRed, toBlue, redToBlue := int32(int8(factors)), int32(int8(factors>>8)), int32(int8(factors>>16))
	for i, v := range in[:len(out)] {
		green := int32(int8(v >> 8))
		red := v>>16 + uint32(toRed*green>>5)
		blue := v + uint32(toBlue*green>>5) + uint32(redToBlue*int32(int8(red))>>5)
		out[i] = v&0xff00ff00 | red&0xff<<16 | blue&0xff
	}
}

// addGreen adds green to red and blue (4.3).
func addGreen(out, in []uint32) {
	for i, v := range in[:len(out)] {
		out[i] = uint32(withGreen(uint64(v)))
	}
}

// withGreen does so with two pixels.
func withGreen(v uint64) uint64 {
	const blue = 0x000000ff000000ff
	return v&^redBlue | (v&redBlue+v>>8&blue*0x00010001)&redBlue
}

// unbundle writes the colours of pixels, of which a value has one in each 8>>t.bits bits of
// its green (4.4).
func (t *transform) unbundle(out, in []uint32) {
	colours := (*[256]uint32)(t.data)
	if t.bits == 0 {
		for i, v := range in[:len(out)] {
			out[i] = colours[uint8(v>>8)]
		}
		return
	}
	each := 8 >> t.bits
	mask := uint32(1)<<each - 1
	for _, v := range in {
		v = v >> 8 & 0xff
		n := min(1<<t.bits, len(out))
		for i := range out[:n] {
			out[i] = colours[v&mask]
			v >>= each
		}
		out = out[n:]
	}
}

// redBlue are red and blue of two pixels.
const redBlue = 0x00ff00ff00ff00ff

// store writes pixels as bytes of red, green, blue and alpha.
func store(row []byte, pixels []uint32) {
	for ; len(pixels) >= 2; row, pixels = row[8:], pixels[2:] {
		binary.LittleEndian.PutUint64(row, swapped(uint64(pixels[0])|uint64(pixels[1])<<32))
	}
	if len(pixels) > 0 {
		binary.LittleEndian.PutUint32(row, uint32(swapped(uint64(pixels[0]))))
	}
}

// storeAddingGreen is store after addGreen.
func storeAddingGreen(row []byte, pixels []uint32) {
	for ; len(pixels) >= 2; row, pixels = row[8:], pixels[2:] {
		binary.LittleEndian.PutUint64(row, swapped(withGreen(uint64(pixels[0])|uint64(pixels[1])<<32)))
	}
	if len(pixels) > 0 {
		binary.LittleEndian.PutUint32(row, uint32(swapped(withGreen(uint64(pixels[0])))))
	}
}

// swapped returns two pixels with red and blue in each other's place.
func swapped(v uint64) uint64 {
	return v&^redBlue | v>>16&0x000000ff000000ff | v&0x000000ff000000ff<<16
}
