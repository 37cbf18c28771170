// Package palette reduces pictures to few colours, for GIF.
package palette

import (
	"image"
	"image/color"
)

// Max is the size of a GIF's palette.
const Max = 256

// Quantise returns m in at most 256 colours. A picture that has no more keeps
// them; else they are chosen by median cut, and dithered. Pixels of less than
// half opacity become transparent, all others opaque.
func Quantise(m *image.NRGBA) *image.Paletted {
	dst := image.NewPaletted(image.Rect(0, 0, m.Rect.Dx(), m.Rect.Dy()), nil)
	if paintExactly(dst, m) {
		return dst
	}
	dst.Palette = append(medianCut(countColours(m), Max-1), color.NRGBA{})
	dither(dst, m)
	return dst
}

// pixel is red, green and blue, or how much they are off.
type pixel [3]int32

func (p pixel) colour() color.NRGBA {
	return color.NRGBA{clamp(p[0]), clamp(p[1]), clamp(p[2]), 255}
}

func clamp(v int32) uint8 {
	if uint32(v) > 255 {
		v = ^(v >> 31)
	}
	return uint8(v)
}

// opaque is the least alpha of pixels that are not transparent.
const opaque = 128

// rowOf returns the bytes of row y, counted from the top.
func rowOf(m *image.NRGBA, y int) []byte {
	i := m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y+y)
	return m.Pix[i : i+4*m.Rect.Dx()]
}

// pixelAt returns the colour of the pixel x of a row, not ok if transparent.
func pixelAt(row []byte, x int) (p pixel, ok bool) {
	b := row[4*x : 4*x+4]
	return pixel{int32(b[0]), int32(b[1]), int32(b[2])}, b[3] >= opaque
}

// paintExactly reports whether m has few enough colours for a palette, and if
// so fills dst.
func paintExactly(dst *image.Paletted, m *image.NRGBA) bool {
	indices := make(map[color.NRGBA]uint8)
	for y := range dst.Rect.Dy() {
		row := rowOf(m, y)
		for x := range dst.Rect.Dx() {
			var c color.NRGBA
			if p, ok := pixelAt(row, x); ok {
				c = p.colour()
			}
			i, ok := indices[c]
			if !ok && len(indices) == Max {
				return false
			}
			if !ok {
				i = uint8(len(indices))
				indices[c] = i
				dst.Palette = append(dst.Palette, c)
			}
			dst.Pix[y*dst.Stride+x] = i
		}
	}
	return true
}

// cellBits is the precision, in bits a channel, in which colours are counted
// and looked up.
const cellBits = 5

const cells = 1 << (3 * cellBits)

// low is the part of a channel that cells do not tell apart.
const low = 1<<(8-cellBits) - 1

// cellOf returns the number of the cell that a colour lies in.
func cellOf(r, g, b int32) uint {
	const shift = 8 - cellBits
	return uint(r>>shift<<(2*cellBits)|g>>shift<<cellBits|b>>shift) % cells
}

// shade is the pixels of a cell: their number and mean.
type shade struct {
	count  int32
	colour pixel
}

// mean returns the mean colour of shades.
func mean(shades []shade) pixel {
	count, sums := 0, [3]int{}
	for _, s := range shades {
		count += int(s.count)
		for i, v := range s.colour {
			sums[i] += int(s.count) * int(v)
		}
	}
	return pixel{int32(sums[0] / count), int32(sums[1] / count), int32(sums[2] / count)}
}

// countColours returns the shades that are not empty.
func countColours(m *image.NRGBA) (shades []shade) {
	type tally struct{ count, r, g, b int32 } // the colours less what is low in them
	tallies := new([cells]tally)
	for y := range m.Rect.Dy() {
		for row := rowOf(m, y); len(row) >= 4; row = row[4:] {
			if row[3] < opaque {
				continue
			}
			r, g, b := int32(row[0]), int32(row[1]), int32(row[2])
			t := &tallies[cellOf(r, g, b)]
			t.count++
			t.r += r & low
			t.g += g & low
			t.b += b & low
		}
	}
	for cell, t := range tallies {
		if t.count == 0 {
			continue
		}
		const shift, mask = 8 - cellBits, 1<<cellBits - 1
		base := pixel{int32(cell >> (2 * cellBits) << shift), int32(cell >> cellBits & mask << shift), int32(cell & mask << shift)}
		shades = append(shades, shade{t.count, pixel{base[0] + t.r/t.count, base[1] + t.g/t.count, base[2] + t.b/t.count}})
	}
	return shades
}

// colourBox holds shades, how far they spread and in which channel the most.
type colourBox struct {
	shades []shade
	axis   int
	weight int // spread times the number of pixels
}

func newColourBox(shades []shade) colourBox {
	b := colourBox{shades: shades}
	count, spread := 0, int32(0)
	low, high := shades[0].colour, shades[0].colour
	for _, shade := range shades {
		count += int(shade.count)
		for i, v := range shade.colour {
			low[i], high[i] = min(low[i], v), max(high[i], v)
			if d := high[i] - low[i]; d > spread {
				b.axis, spread = i, d
			}
		}
	}
	b.weight = int(spread) * count
	return b
}

// sort brings the shades into the order of the axis, equal ones as they were. The scratch is as
// long as they are.
func (b colourBox) sort(scratch []shade) {
	var next [256 + 1]int32 // where the next shade of a value belongs
	for i := range b.shades {
		next[b.shades[i].colour[b.axis]+1]++
	}
	for v := range 256 {
		next[v+1] += next[v]
	}
	for i := range b.shades {
		at := &next[b.shades[i].colour[b.axis]]
		scratch[*at] = b.shades[i]
		*at++
	}
	copy(b.shades, scratch)
}

// halve parts the box at the median of its pixels. It must have two shades.
func (b colourBox) halve(scratch []shade) (low, high colourBox) {
	b.sort(scratch[:len(b.shades)])
	total := 0
	for _, shade := range b.shades {
		total += int(shade.count)
	}
	cut, below := 1, int(b.shades[0].count)
	for cut < len(b.shades)-1 && below < total/2 {
		below += int(b.shades[cut].count)
		cut++
	}
	return newColourBox(b.shades[:cut]), newColourBox(b.shades[cut:])
}

// medianCut chooses at most n colours: it halves the box that weighs most until
// there are as many boxes, and takes the mean of each (Heckbert, 1982).
func medianCut(shades []shade, n int) color.Palette {
	boxes := []colourBox{newColourBox(shades)}
	scratch := make([]shade, len(shades))
	for len(boxes) < n {
		heaviest := 0
		for i, b := range boxes {
			if b.weight > boxes[heaviest].weight {
				heaviest = i
			}
		}
		if boxes[heaviest].weight == 0 {
			break
		}
		low, high := boxes[heaviest].halve(scratch)
		boxes[heaviest] = low
		boxes = append(boxes, high)
	}
	var palette color.Palette
	for _, b := range boxes {
		palette = append(palette, mean(b.shades).colour())
	}
	return palette
}
