package h264

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// slice returns the payload of a slice of n macroblocks after its header.
func (r *randomStream) slice(t *testing.T, d *decoder, rng *rand.Rand, head byte, w bitWriter, n int) []byte {
	start := w.bits
	data := append(w.data, make([]byte, (n+1)*1000)...)
	b := bitReader{data: data, end: 8 * len(data)}
	s, err := d.parseSlice(&b, head)
	if err == nil {
		err = d.place(s)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.pic.slices = append(d.pic.slices, s)
	d.pic.decoded += n
	b.pos = start
	for range 100 {
		fillRandom(rng, data, start)
		g := newGenerator(newSliceDecoder(d.pic, s, &b), rng, data)
		if g.macroblocks(s.firstMB, n) {
			return g.finish()
		}
	}
	t.Fatal("no bits found for a slice")
	return nil
}

// fillRandom puts random bits from one on, more than a macroblock may have.
func fillRandom(rng *rand.Rand, data []byte, from int) {
	at := from / 8
	keep := byte(0xff) >> (from % 8)
	data[at] = data[at]&^keep | byte(rng.Uint32())&keep
	for i := at + 1; i < min(at+1000, len(data)); i++ {
		data[i] = byte(rng.Uint32())
	}
}

// generator finds random bits that a slice decoder takes for macroblocks. One
// of cabac and cavlc is its reader.
type generator struct {
	d      *sliceDecoder
	cabac  *cabac
	cavlc  *cavlc
	rng    *rand.Rand
	data   []byte
	number int32
	fields uint64 // bits: which pairs are of fields; CABAC alone would hold to frames
}

func newGenerator(d *sliceDecoder, rng *rand.Rand, data []byte) *generator {
	g := &generator{d: d, rng: rng, data: data, number: int32(len(d.pic.slices))}
	g.cabac, _ = d.entropy.(*cabac)
	g.cavlc, _ = d.entropy.(*cavlc)
	d.entropy = &bounded{entropy: d.entropy}
	if d.pic.pairs {
		g.fields = rng.Uint64()
	}
	return g
}

// mark returns a function that takes everything back to where it is.
func (g *generator) mark() func() {
	if g.cabac != nil {
		d, reader, entropy := *g.d, *g.cabac, g.d.entropy
		return func() { *g.d, *g.cabac, g.d.entropy = d, reader, &bounded{entropy: entropy.(*bounded).entropy} }
	}
	d, reader, entropy := *g.d, *g.cavlc, g.d.entropy
	return func() { *g.d, *g.cavlc, g.d.entropy = d, reader, &bounded{entropy: entropy.(*bounded).entropy} }
}

// read returns how many bits were read, those ahead included.
func (g *generator) read() int {
	if g.cabac != nil {
		return 8 * g.cabac.pos
	}
	return g.cavlc.pos
}

// macroblocks finds bits for n macroblocks, by trying. It returns false if the
// bits that were read ahead of the first one seem to allow none.
func (g *generator) macroblocks(i, n int) bool {
	if n == 0 {
		return true
	}
	back := g.mark()
	tries := 300
	if n == 1 {
		tries = 5000 // the end is rare
	}
	for range tries {
		if g.macroblock(i, n == 1) && g.macroblocks(i+1, n-1) {
			return true
		}
		back()
		fillRandom(g.rng, g.data, g.read())
	}
	return false
}

// macroblock reports whether the bits are a macroblock.
func (g *generator) macroblock(i int, last bool) bool {
	d := g.d
	d.next(i, g.number)
	upper := d.pic.pairs && i%2 == 0
	if upper && d.field != (g.fields>>(i/2)&1 != 0) {
		return false
	}
	d.macroblock()
	if g.cabac != nil && !upper && g.cabac.terminate() != last {
		return false
	}
	return !d.damaged && !d.entropy.failed()
}

// bounded notes coefficients so large that a decoder of 16 bits may overflow,
// which the standard forbids (8.5.12.1).
type bounded struct {
	entropy
	over bool
}

func (e *bounded) block(b *block) int {
	total := e.entropy.block(b)
	sum, limit := int32(0), int32(1<<15)
	if b.shift == 0 {
		limit = 100 // of a DC block, which is scaled later
	}
	for _, v := range b.out {
		sum += max(v, -v)
	}
	e.over = e.over || sum >= limit
	return total
}

func (e *bounded) failed() bool { return e.over || e.entropy.failed() }

// finish ends the payload behind the last macroblock.
func (g *generator) finish() []byte {
	end := g.read()
	if g.cabac != nil {
		end = g.cabac.consumed() - 1 // its last bit is the stop bit
	}
	out := bytes.Clone(g.data[:end/8+1])
	out[end/8] = out[end/8]&^(0xff>>(end%8)) | 0x80>>(end%8)
	return out
}
