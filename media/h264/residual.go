package h264

var (
	// unscaled leaves coefficients as they are.
	unscaled = func() (s [16]int32) {
		for i := range s {
			s[i] = 1
		}
		return s
	}()

	chromaDCScan = []uint8{0, 1, 2, 3}
)

// newBlock returns a block to read, until the next one; for each to be a new
// object would cost more than what is read.
func (d *sliceDecoder) newBlock(b block) *block {
	d.block = b
	return &d.block
}

// readDC16x16 reads the DC coefficients of a 16x16 block of luma and puts them,
// transformed and scaled, before those of its 4x4 blocks (8.5.2).
func (d *sliceDecoder) readDC16x16() {
	b := d.newBlock(block{kind: blockLumaDC, place: placeY, scan: d.scan4[:], scale: unscaled[:], out: d.dc[:]})
	if d.entropy.block(b) == 0 {
		return
	}
	d.mb.dc |= 1
	inverseHadamard(&d.dc)
	scale := d.tables.block4[0][d.qp][0]
	for i := range 16 {
		x, y := blockX[i]/4, blockY[i]/4
		d.residual[16*i] = (d.dc[4*y+x]*scale + 32) >> 6
	}
	clear(d.dc[:])
}

// readLuma reads the other coefficients of luma.
func (d *sliceDecoder) readLuma() {
	for i := range 4 {
		switch {
		case d.mb.pattern>>i&1 == 0:
		case d.mb.transform8x8:
			d.readLuma8(i)
		default:
			d.readLuma4(i)
		}
	}
}

func (d *sliceDecoder) readLuma4(quarter int) {
	b := d.newBlock(block{kind: blockLuma4, scan: d.scan4[:], scale: d.tables.block4[0][d.qp][:], shift: 4})
	if d.mb.kind == intra16x16 {
		b.kind, b.scan = blockLumaAC, d.scan4[1:]
	}
	for i := 4 * quarter; i < 4*quarter+4; i++ {
		b.place, b.out = places[i], d.residual[16*i:16*i+16]
		d.coded[b.place] = uint8(d.entropy.block(b))
	}
}

// readLuma8 reads an 8x8 block, which CAVLC has in four parts.
func (d *sliceDecoder) readLuma8(quarter int) {
	b := d.newBlock(block{kind: blockLuma8, scan: d.scan8[:], scale: d.tables.block8[d.qp][:], shift: 6})
	b.place, b.out = places[4*quarter], d.residual[64*quarter:64*quarter+64]
	if d.slice.pps.cabac {
		d.entropy.block(b)
		for i := 4 * quarter; i < 4*quarter+4; i++ {
			d.coded[places[i]] = 1
		}
		return
	}
	b.kind = blockLuma4
	for i := range 4 {
		b.place, b.scan = places[4*quarter+i], d.scan8x4[i][:]
		d.coded[b.place] = uint8(d.entropy.block(b))
	}
}

func (d *sliceDecoder) readChroma() {
	if d.slice.sps.monochrome {
		return
	}
	if d.mb.pattern>>4 != 0 {
		d.readChromaDC(1)
		d.readChromaDC(2)
	}
	if d.mb.pattern>>4 == 2 {
		d.readChromaAC(1)
		d.readChromaAC(2)
	}
}

// chromaScale returns the factors of a plane of chroma.
func (d *sliceDecoder) chromaScale(plane int) []int32 {
	return d.tables.block4[plane][d.slice.chromaQP[plane-1][d.qp]][:]
}

// readChromaDC does for chroma what readDC16x16 does for luma (8.5.11).
func (d *sliceDecoder) readChromaDC(plane int) {
	b := d.newBlock(block{kind: blockChromaDC, plane: plane, scan: chromaDCScan, scale: unscaled[:], out: d.dc[:4]})
	if d.entropy.block(b) == 0 {
		return
	}
	d.mb.dc |= 1 << plane
	scale := d.chromaScale(plane)[0]
	c := d.dc[:4]
	sum, difference := c[0]+c[1], c[0]-c[1]
	below, belowDifference := c[2]+c[3], c[2]-c[3]
	out := d.residual[256+64*(plane-1):][:64]
	out[0] = (sum + below) * scale >> 5
	out[16] = (difference + belowDifference) * scale >> 5
	out[32] = (sum - below) * scale >> 5
	out[48] = (difference - belowDifference) * scale >> 5
	clear(c)
}

func (d *sliceDecoder) readChromaAC(plane int) {
	b := d.newBlock(block{kind: blockChromaAC, plane: plane, scan: d.scan4[1:], scale: d.chromaScale(plane), shift: 4})
	first := 16 + 4*(plane-1)
	for i := first; i < first+4; i++ {
		b.place, b.out = places[i], d.residual[16*i:16*i+16]
		d.coded[b.place] = uint8(d.entropy.block(b))
	}
}
