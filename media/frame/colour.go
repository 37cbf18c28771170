package frame

import (
	"image"
	"math"

	"postern/media/video"
)

// colour is how samples stand for colours.
type colour struct {
	matrix    int // MatrixCoefficients of Rec. ITU-T H.273, table 4; never 2
	fullRange bool
}

// weights are the shares of red and blue in luma, by matrix.
var weights = map[int][2]float64{
	1:  {0.2126, 0.0722}, // BT.709
	4:  {0.30, 0.11},     // FCC
	5:  {0.299, 0.114},   // BT.601, 625 lines
	6:  {0.299, 0.114},   // BT.601, 525 lines
	7:  {0.212, 0.087},   // SMPTE 240M
	9:  {0.2627, 0.0593}, // BT.2020
	10: {0.2627, 0.0593},
}

const (
	rgb      = 0 // the samples are green, blue and red
	bt709    = 1
	bt601    = 6
	smpte240 = 7
	ycgco    = 8
)

// colourOf goes by what the key frame tells, then by what the container tells,
// and else by the size: pictures of high definition are of BT.709, smaller ones
// of BT.601. The range is limited unless one of both tells otherwise.
func colourOf(key *video.KeyFrame, facts video.Facts) colour {
	const untold = -1
	c := colour{matrix: untold}
	for _, told := range []video.Colour{facts.Colour, key.Colour()} {
		if _, known := weights[told.Matrix]; known || told.Matrix == ycgco {
			c.matrix = told.Matrix
		}
		if told.RGB {
			c.matrix = rgb
		}
		if told.RangeTold {
			c.fullRange = told.FullRange
		}
	}
	if c.matrix == untold {
		c.matrix = bt601
		if facts.CodedWidth >= 1280 || facts.CodedHeight > 576 {
			c.matrix = bt709
		}
	}
	return c
}

// transform maps samples to those of JFIF, which are of BT.601 and full range:
// factors in 1/65536 of luma and of both chroma less 128.
type transform struct {
	factors [3][3]int32
	black   int32
}

const one = 1 << 16

func (c colour) transform() transform {
	t := transform{black: 16}
	luma, chroma := 219.0, 224.0
	if c.fullRange {
		t.black, luma, chroma = 0, 255, 255
	}
	to := weights[bt601]
	for i, unit := range [3][3]float64{{255 / luma, 0, 0}, {0, 255 / chroma, 0}, {0, 0, 255 / chroma}} {
		for k, v := range toYCC(c.toRGB(unit), to) {
			t.factors[k][i] = int32(math.Round(v * one))
		}
	}
	return t
}

func (c colour) toRGB(ycc [3]float64) (rgb [3]float64) {
	if c.matrix == ycgco {
		y, cg, co := ycc[0], ycc[1], ycc[2]
		return [3]float64{y - cg + co, y + cg, y - cg - co}
	}
	w := weights[c.matrix]
	r := ycc[0] + 2*(1-w[0])*ycc[2]
	b := ycc[0] + 2*(1-w[1])*ycc[1]
	return [3]float64{r, (ycc[0] - w[0]*r - w[1]*b) / (1 - w[0] - w[1]), b}
}

func toYCC(rgb [3]float64, w [2]float64) [3]float64 {
	y := w[0]*rgb[0] + (1-w[0]-w[1])*rgb[1] + w[1]*rgb[2]
	return [3]float64{y, (rgb[2] - y) / (2 * (1 - w[1])), (rgb[0] - y) / (2 * (1 - w[0]))}
}

// picture returns the frame with its colours as JFIF has them. It takes over
// the samples.
func (p *planes) picture(c colour) image.Image {
	luma, blue, red := p.split()
	if c.matrix == rgb && p.isFull() {
		return p.join(c, luma, blue, red)
	}
	t := c.transform()
	if p.grey {
		t.scaleLuma(luma)
		return &image.Gray{Pix: luma, Stride: p.size.X, Rect: image.Rectangle{Max: p.size}}
	}
	m := &image.YCbCr{
		Y: luma, Cb: blue, Cr: red, YStride: p.size.X, CStride: p.chroma().X,
		SubsampleRatio: p.ratio, Rect: image.Rectangle{Max: p.size},
	}
	if t.factors[0][1] == 0 && t.factors[0][2] == 0 {
		t.scaleLuma(luma)
	} else {
		t.turnLuma(m)
	}
	t.turnChroma(blue, red)
	return m
}

// isFull reports whether chroma is of the size of luma.
func (p *planes) isFull() bool { return !p.grey && p.chroma() == p.size }

// join returns a frame whose samples are green, blue and red.
func (p *planes) join(c colour, green, blue, red []byte) image.Image {
	if !c.fullRange {
		for _, plane := range [][]byte{green, blue, red} {
			transform{black: 16, factors: [3][3]int32{{255 * one / 219}}}.scaleLuma(plane)
		}
	}
	m := image.NewNRGBA(image.Rectangle{Max: p.size})
	for i := range green {
		copy(m.Pix[4*i:4*i+4], []byte{red[i], green[i], blue[i], 255})
	}
	return m
}

// scaleLuma is for matrices that share their luma with BT.601.
func (t transform) scaleLuma(luma []byte) {
	var table [256]byte
	for v := range table {
		table[v] = clamp((int32(v)-t.black)*t.factors[0][0] + one/2)
	}
	for i, v := range luma {
		luma[i] = table[v]
	}
}

// turnLuma needs the chroma as it was before.
func (t transform) turnLuma(m *image.YCbCr) {
	f, size := t.factors[0], m.Rect.Size()
	shift := 0
	if m.CStride != size.X {
		shift = 1
	}
	for y := range size.Y {
		row := m.Y[y*m.YStride:][:size.X]
		at := m.COffset(0, y)
		blue, red := m.Cb[at:at+m.CStride], m.Cr[at:at+m.CStride]
		for x, v := range row {
			b, r := int32(blue[x>>shift])-128, int32(red[x>>shift])-128
			row[x] = clamp((int32(v)-t.black)*f[0] + b*f[1] + r*f[2] + one/2)
		}
	}
}

func (t transform) turnChroma(blue, red []byte) {
	fb, fr := t.factors[1], t.factors[2]
	if fb[1] == one && fr[2] == one && fb[2] == 0 && fr[1] == 0 {
		return
	}
	for i := range blue {
		b, r := int32(blue[i])-128, int32(red[i])-128
		blue[i] = clamp(b*fb[1] + r*fb[2] + 128*one + one/2)
		red[i] = clamp(b*fr[1] + r*fr[2] + 128*one + one/2)
	}
}

// clamp rounds down 1/65536 to a sample.
func clamp(v int32) byte {
	return byte(min(max(v>>16, 0), 255))
}
