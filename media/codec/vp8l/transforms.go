package vp8l

import (
	"fmt"
	"image"
)

// Kinds of transforms (3.5).
const (
	prediction = iota
	crossColour
	subtractGreen
	indexing
)

// transform is what was done to the pixels of a picture, and is undone row by row.
type transform struct {
	kind   int
	bits   uint // of the side of a tile, or of how many pixels are bundled in one
	width  int
	across int      // tiles
	data   []uint32 // of each tile, or colours

	// The last row and, for predictions, the one before, which ends with a pixel more: the
	// one to the right above the last is the first of the row.
	rows [2][]uint32
}

// readTransforms returns the width of the picture that is coded.
func (d *decoder) readTransforms() (width int, err error) {
	width = d.width
	var seen [4]bool
	for d.bits.read(1) == 1 {
		t := transform{kind: int(d.bits.read(2)), width: width}
		if seen[t.kind] {
			return 0, fmt.Errorf("%w: transform %d comes twice", ErrDamaged, t.kind)
		}
		seen[t.kind] = true
		switch t.kind {
		case prediction, crossColour:
			err = d.readTiled(&t)
		case indexing:
			err = d.readColours(&t)
			width = count(width, t.bits)
		}
		if err != nil {
			return 0, err
		}
		d.transforms = append(d.transforms, t)
	}
	return width, nil
}

// readTiled reads a value for each tile.
func (d *decoder) readTiled(t *transform) error {
	t.bits = 2 + uint(d.bits.read(3))
	t.across = count(t.width, t.bits)
	p, err := d.bits.readPixels(image.Pt(t.across, count(d.height, t.bits)), false)
	if err != nil {
		return err
	}
	t.rows = [2][]uint32{make([]uint32, t.width+1), make([]uint32, t.width+1)}
	t.data, err = p.all(&d.bits)
	return err
}

// readColours reads a palette (4.4). What is not in it is transparent.
func (d *decoder) readColours(t *transform) error {
	n := int(d.bits.read(8)) + 1
	switch {
	case n <= 2:
		t.bits = 3
	case n <= 4:
		t.bits = 2
	case n <= 16:
		t.bits = 1
	}
	p, err := d.bits.readPixels(image.Pt(n, 1), false)
	if err != nil {
		return err
	}
	colours, err := p.all(&d.bits)
	if err != nil {
		return err
	}
	for i := 1; i < n; i++ {
		colours[i] = add(colours[i], colours[i-1])
	}
	t.data = make([]uint32, 256)
	copy(t.data, colours)
	t.rows[0] = make([]uint32, t.width)
	return nil
}

// apply returns row y of the picture before the transform. It is valid until the next
// call. The row that it is made of stays as it is.
func (t *transform) apply(row []uint32, y int) []uint32 {
	switch t.kind {
	case prediction:
		return t.predict(row, y)
	case crossColour:
		return t.uncross(row, y)
	case subtractGreen:
		if t.rows[0] == nil {
			t.rows[0] = make([]uint32, t.width)
		}
		addGreen(t.rows[0], row)
	case indexing:
		t.unbundle(t.rows[0], row)
	}
	return t.rows[0]
}

// add returns the sums of the bytes.
func add(a, b uint32) uint32 {
	const even = 0x00ff00ff
	return (a&even+b&even)&even | (a&^even+b&^even)&^even
}
