package h264

var (
	// unscaled leaves coefficients as they are.
	unscaled = func() (s [64]int32) {
		for i := range s {
			s[i] = 1
		}
		return s
	}()

	chromaDCScan = []uint8{0, 1, 2, 3}
	// tallDCScan is that of 4:2:2, in rows of two (8-330).
	tallDCScan = []uint8{0, 2, 1, 4, 6, 3, 5, 7}
)

// newBlock returns a block to read, until the next one; for each to be a new
// object would cost more than what is read.
func (d *sliceDecoder) newBlock(b block) *block {
	d.block = b
	return &d.block
}

// planeQP returns the QP of a plane, from the least on.
func (d *sliceDecoder) planeQP(plane int) int {
	if plane == 0 {
		return d.qp
	}
	return int(d.slice.chromaQP[plane-1][d.qp])
}

// scale4 returns the factors of 4x4 blocks of a plane, and how far to shift.
func (d *sliceDecoder) scale4(plane int) ([]int32, uint) {
	if d.plain {
		return unscaled[:], 0
	}
	return d.tables.block4[plane][d.planeQP(plane)][:], 4
}

// scale8 returns the same of 8x8 blocks.
func (d *sliceDecoder) scale8(plane int) ([]int32, uint) {
	if d.plain {
		return unscaled[:], 0
	}
	return d.tables.block8[plane][d.planeQP(plane)][:], 6
}

// readDC16x16 reads the DC coefficients of a 16x16 block and puts them,
// transformed and scaled, before those of its 4x4 blocks (8.5.2).
func (d *sliceDecoder) readDC16x16(plane int) {
	b := d.newBlock(block{kind: blockLumaDC, plane: plane, place: firstPlace, scan: d.scan4[:], scale: unscaled[:], out: d.dc[:]})
	if d.entropy.block(b) == 0 {
		return
	}
	d.mb.dc |= 1 << plane
	scale, round, shift := int32(1), int32(0), 0
	if !d.plain {
		inverseHadamard(&d.dc)
		scale, round, shift = d.tables.block4[plane][d.planeQP(plane)][0], 32, 6
	}
	for i := range 16 {
		x, y := blockX[i]/4, blockY[i]/4
		d.residual[plane][16*i] = (d.dc[4*y+x]*scale + round) >> shift
	}
	clear(d.dc[:])
}

// readFull reads the other coefficients of a plane that is coded as luma.
func (d *sliceDecoder) readFull(plane int) {
	for i := range 4 {
		switch {
		case d.mb.pattern>>i&1 == 0:
		case d.mb.transform8x8:
			d.readQuarter8(plane, i)
		default:
			d.readQuarter4(plane, i)
		}
	}
}

func (d *sliceDecoder) readQuarter4(plane, quarter int) {
	b := d.newBlock(block{kind: blockLuma4, plane: plane, scan: d.scan4[:]})
	b.scale, b.shift = d.scale4(plane)
	if d.mb.kind == intra16x16 {
		b.kind, b.scan = blockLumaAC, d.scan4[1:]
	}
	for i := 4 * quarter; i < 4*quarter+4; i++ {
		b.place, b.out = places[i], d.residual[plane][16*i:16*i+16]
		d.coded[plane][b.place] = uint8(d.entropy.block(b))
	}
}

// readQuarter8 reads an 8x8 block, which CAVLC has in four parts.
func (d *sliceDecoder) readQuarter8(plane, quarter int) {
	b := d.newBlock(block{kind: blockLuma8, plane: plane, scan: d.scan8[:]})
	b.scale, b.shift = d.scale8(plane)
	b.place, b.out = places[4*quarter], d.residual[plane][64*quarter:64*quarter+64]
	if d.slice.pps.cabac {
		some := uint8(min(d.entropy.block(b), 1))
		for i := 4 * quarter; i < 4*quarter+4; i++ {
			d.coded[plane][places[i]] = some
		}
		return
	}
	b.kind = blockLuma4
	for i := range 4 {
		b.place, b.scan = places[4*quarter+i], d.scan8x4[i][:]
		d.coded[plane][b.place] = uint8(d.entropy.block(b))
	}
}

func (d *sliceDecoder) readChroma() {
	if !d.hasSmallChroma() {
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

// readChromaDC does for chroma what readDC16x16 does for luma (8.5.11).
func (d *sliceDecoder) readChromaDC(plane int) {
	tall := d.slice.sps.chroma == 2
	b := d.newBlock(block{kind: blockChromaDC, plane: plane, scan: chromaDCScan, scale: unscaled[:], out: d.dc[:]})
	if tall {
		b.scan = tallDCScan
	}
	if d.entropy.block(b) == 0 {
		return
	}
	d.mb.dc |= 1 << plane
	switch {
	case d.plain:
	case tall:
		inverseTall(&d.dc)
		d.scaleDC(d.tables.block4[plane][d.planeQP(plane)+3][0], 32, 6)
	default:
		hadamard4(&d.dc[0], &d.dc[1], &d.dc[2], &d.dc[3])
		d.dc[1], d.dc[2], d.dc[3] = d.dc[3], d.dc[1], d.dc[2]
		d.scaleDC(d.tables.block4[plane][d.planeQP(plane)][0], 0, 5)
	}
	for i := range b.scan {
		d.residual[plane][16*i] = d.dc[i]
	}
	clear(d.dc[:])
}

func (d *sliceDecoder) scaleDC(scale, round int32, shift int) {
	for i := range 8 {
		d.dc[i] = (d.dc[i]*scale + round) >> shift
	}
}

func (d *sliceDecoder) readChromaAC(plane int) {
	b := d.newBlock(block{kind: blockChromaAC, plane: plane, scan: d.scan4[1:]})
	b.scale, b.shift = d.scale4(plane)
	for i := range d.planes[plane].height / 2 {
		b.place, b.out = smallPlaces[i], d.residual[plane][16*i:16*i+16]
		d.coded[plane][b.place] = uint8(d.entropy.block(b))
	}
}
