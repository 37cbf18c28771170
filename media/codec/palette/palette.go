// Package palette reduces pictures to few colours, for GIF.
package palette

import (
	"cmp"
	"image"
	"image/color"
	"slices"
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

// pixel is red, green and blue. While dithering they may leave 0 to 255.
type pixel [3]int

func (p pixel) colour() color.NRGBA {
	return color.NRGBA{clamp(p[0]), clamp(p[1]), clamp(p[2]), 255}
}

func clamp(v int) uint8 { return uint8(max(0, min(255, v))) }

// rowOf returns the bytes of row y, counted from the top.
func rowOf(m *image.NRGBA, y int) []byte {
	i := m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y+y)
	return m.Pix[i : i+4*m.Rect.Dx()]
}

// pixelAt returns the colour of the pixel x of a row, not ok if transparent.
func pixelAt(row []byte, x int) (p pixel, ok bool) {
	b := row[4*x : 4*x+4]
	return pixel{int(b[0]), int(b[1]), int(b[2])}, b[3] >= 128
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

// cell returns the number of the cell that p lies in.
func (p pixel) cell() int {
	const shift = 8 - cellBits
	return int(clamp(p[0]))>>shift<<(2*cellBits) | int(clamp(p[1]))>>shift<<cellBits | int(clamp(p[2]))>>shift
}

// shade holds the pixels of a cell: their number, and the sum of their colours,
// which countColours turns into the mean.
type shade struct {
	count  int
	colour pixel
}

func (s *shade) add(count int, p pixel) {
	s.count += count
	for i := range p {
		s.colour[i] += count * p[i]
	}
}

func (s *shade) divide() {
	for i := range s.colour {
		s.colour[i] /= s.count
	}
}

// mean returns the mean colour of shades that hold means.
func mean(shades []shade) pixel {
	var all shade
	for _, s := range shades {
		all.add(s.count, s.colour)
	}
	all.divide()
	return all.colour
}

// countColours returns the shades that are not empty, with their means.
func countColours(m *image.NRGBA) []shade {
	shades := make([]shade, cells)
	for y := range m.Rect.Dy() {
		row := rowOf(m, y)
		for x := range m.Rect.Dx() {
			if p, ok := pixelAt(row, x); ok {
				shades[p.cell()].add(1, p)
			}
		}
	}
	shades = slices.DeleteFunc(shades, func(s shade) bool { return s.count == 0 })
	for i := range shades {
		shades[i].divide()
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
	count, spread := 0, 0
	low, high := shades[0].colour, shades[0].colour
	for _, shade := range shades {
		count += shade.count
		for i, v := range shade.colour {
			low[i], high[i] = min(low[i], v), max(high[i], v)
			if d := high[i] - low[i]; d > spread {
				b.axis, spread = i, d
			}
		}
	}
	b.weight = spread * count
	return b
}

// halve parts the box at the median of its pixels. It must have two shades.
func (b colourBox) halve() (low, high colourBox) {
	slices.SortFunc(b.shades, func(x, y shade) int { return cmp.Compare(x.colour[b.axis], y.colour[b.axis]) })
	total := 0
	for _, shade := range b.shades {
		total += shade.count
	}
	cut, below := 1, b.shades[0].count
	for cut < len(b.shades)-1 && below < total/2 {
		below += b.shades[cut].count
		cut++
	}
	return newColourBox(b.shades[:cut]), newColourBox(b.shades[cut:])
}

// medianCut chooses at most n colours: it halves the box that weighs most until
// there are as many boxes, and takes the mean of each (Heckbert, 1982).
func medianCut(shades []shade, n int) color.Palette {
	boxes := []colourBox{newColourBox(shades)}
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
		low, high := boxes[heaviest].halve()
		boxes[heaviest] = low
		boxes = append(boxes, high)
	}
	var palette color.Palette
	for _, b := range boxes {
		palette = append(palette, mean(b.shades).colour())
	}
	return palette
}
