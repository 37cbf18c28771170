package picture

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// maxColours is the size of a GIF's palette.
const maxColours = 256

// quantise returns m in at most 256 colours. A picture that has no more keeps
// them; else they are chosen by median cut, and dithered. Pixels of less than
// half opacity become transparent, all others opaque.
func quantise(m *image.NRGBA) *image.Paletted {
	dst := image.NewPaletted(image.Rect(0, 0, m.Rect.Dx(), m.Rect.Dy()), nil)
	if paintExactly(dst, m) {
		return dst
	}
	dst.Palette = append(medianCut(countColours(m), maxColours-1), color.NRGBA{})
	dither(dst, m)
	return dst
}

// pixel is red, green and blue. While dithering they may leave 0 to 255.
type pixel [3]int

func (p pixel) colour() color.NRGBA {
	return color.NRGBA{clamp(p[0]), clamp(p[1]), clamp(p[2]), 255}
}

// nrgbaRow returns the bytes of row y, counted from the top.
func nrgbaRow(m *image.NRGBA, y int) []byte {
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
		row := nrgbaRow(m, y)
		for x := range dst.Rect.Dx() {
			var c color.NRGBA
			if p, ok := pixelAt(row, x); ok {
				c = p.colour()
			}
			i, ok := indices[c]
			if !ok && len(indices) == maxColours {
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

// bin holds the pixels of a cell: their number, and the sum of their colours,
// which countColours turns into the mean.
type bin struct {
	count  int
	colour pixel
}

func (b *bin) add(count int, p pixel) {
	b.count += count
	for i := range p {
		b.colour[i] += count * p[i]
	}
}

func (b *bin) divide() {
	for i := range b.colour {
		b.colour[i] /= b.count
	}
}

// mean returns the mean colour of bins that hold means.
func mean(bins []bin) pixel {
	var all bin
	for _, b := range bins {
		all.add(b.count, b.colour)
	}
	all.divide()
	return all.colour
}

// countColours returns the bins that are not empty, with their means.
func countColours(m *image.NRGBA) []bin {
	bins := make([]bin, cells)
	for y := range m.Rect.Dy() {
		row := nrgbaRow(m, y)
		for x := range m.Rect.Dx() {
			if p, ok := pixelAt(row, x); ok {
				bins[p.cell()].add(1, p)
			}
		}
	}
	bins = slices.DeleteFunc(bins, func(b bin) bool { return b.count == 0 })
	for i := range bins {
		bins[i].divide()
	}
	return bins
}

// colourBox holds bins, how far they spread and in which channel the most.
type colourBox struct {
	bins   []bin
	axis   int
	weight int // spread times the number of pixels
}

func newColourBox(bins []bin) colourBox {
	b := colourBox{bins: bins}
	count, spread := 0, 0
	low, high := bins[0].colour, bins[0].colour
	for _, bin := range bins {
		count += bin.count
		for i, v := range bin.colour {
			low[i], high[i] = min(low[i], v), max(high[i], v)
			if d := high[i] - low[i]; d > spread {
				b.axis, spread = i, d
			}
		}
	}
	b.weight = spread * count
	return b
}

// halve parts the box at the median of its pixels. It must have two bins.
func (b colourBox) halve() (low, high colourBox) {
	slices.SortFunc(b.bins, func(x, y bin) int { return cmp.Compare(x.colour[b.axis], y.colour[b.axis]) })
	total := 0
	for _, bin := range b.bins {
		total += bin.count
	}
	cut, below := 1, b.bins[0].count
	for cut < len(b.bins)-1 && below < total/2 {
		below += b.bins[cut].count
		cut++
	}
	return newColourBox(b.bins[:cut]), newColourBox(b.bins[cut:])
}

// medianCut chooses at most n colours: it halves the box that weighs most until
// there are as many boxes, and takes the mean of each (Heckbert, 1982).
func medianCut(bins []bin, n int) color.Palette {
	boxes := []colourBox{newColourBox(bins)}
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
		palette = append(palette, mean(b.bins).colour())
	}
	return palette
}
