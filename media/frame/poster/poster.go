// Package poster draws the picture that stands for a video of which no frame can
// be decoded.
package poster

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// A poster has no detail, so that more pixels than these a side add nothing.
const (
	minSide = 16
	maxSide = 1280
)

// minTextHeight is the height in pixels below which digits cannot be read.
const minTextHeight = 9

// The colours: a dark ground that brightens towards its centre, a light mark on
// a disc, and the text on a dark label.
var (
	edge  = color.RGBA{0x14, 0x17, 0x1c, 0xff}
	heart = color.RGBA{0x2b, 0x31, 0x3b, 0xff}
	disc  = color.NRGBA{0xff, 0xff, 0xff, 0x24}
	mark  = color.NRGBA{0xf2, 0xf4, 0xf7, 0xff}
	label = color.NRGBA{0x00, 0x00, 0x00, 0x99}
)

// Draw returns a poster for a video of width x height pixels: a play mark on a
// dark ground and, where there is room for it, the duration as "01:13" at the
// bottom right. Minutes go on beyond 59. A duration of zero or less is left
// out. Sizes above 1280 pixels a side are scaled down to that, their ratio
// kept; sides below 16 pixels are made 16.
func Draw(width, height int, d time.Duration) image.Image {
	m := image.NewRGBA(image.Rectangle{Max: limit(width, height)})
	paintGround(m)
	paintMark(m)
	if d > 0 {
		paintDuration(m, text(d))
	}
	return m
}

func limit(width, height int) image.Point {
	share := min(1, maxSide/float64(max(width, height, 1)))
	scaled := func(n int) int { return max(minSide, int(math.Round(float64(n)*share))) }
	return image.Pt(scaled(width), scaled(height))
}

// text is the form of Chevereto's duration_time (docs/chevereto-api.md#small-formats).
func text(d time.Duration) string {
	seconds := int64(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}

// paintGround paints a glow that fades with the distance from the centre.
func paintGround(m *image.RGBA) {
	size := m.Rect.Size()
	across, down := fade(size.X), fade(size.Y)
	for y := range size.Y {
		row := m.Pix[y*m.Stride:]
		for x := range size.X {
			share := across[x] * down[y]
			// Bands of equal colour would show; uneven rounding hides them.
			dither := float32((x*7+y*13+x*y*3)%16) / 16
			p := row[4*x : 4*x+4]
			p[0] = mix(edge.R, heart.R, share, dither)
			p[1] = mix(edge.G, heart.G, share, dither)
			p[2] = mix(edge.B, heart.B, share, dither)
			p[3] = 0xff
		}
	}
}

// fade returns a bell curve over n pixels.
func fade(n int) []float32 {
	curve := make([]float32, n)
	for i := range curve {
		d := (float64(i) - float64(n-1)/2) / float64(n)
		curve[i] = float32(math.Exp(-6 * d * d))
	}
	return curve
}

func mix(a, b uint8, share, dither float32) uint8 {
	return uint8(float32(a) + share*(float32(b)-float32(a)) + dither)
}

// paintMark paints a disc and a triangle of round corners in the centre.
func paintMark(m *image.RGBA) {
	size := m.Rect.Size()
	radius := discRadius(size)
	reach := int(radius) + 1
	box := image.Rect(-reach, -reach, reach+size.X%2, reach+size.Y%2).Add(size.Div(2))
	cx, cy := float32(box.Dx())/2, float32(box.Dy())/2
	fill(m, box, disc, func(z *vector.Rasterizer) { circle(z, cx, cy, radius) })
	fill(m, box, mark, func(z *vector.Rasterizer) { triangle(z, cx, cy, radius*0.52) })
}

// fill paints a shape whose coordinates are those in the box.
func fill(m *image.RGBA, box image.Rectangle, c color.Color, shape func(*vector.Rasterizer)) {
	z := vector.NewRasterizer(box.Dx(), box.Dy())
	shape(z)
	z.ClosePath()
	z.Draw(m, box, image.NewUniform(c), image.Point{})
}

// discRadius is a fifth of the shorter side, but more of a very small one.
func discRadius(size image.Point) float32 {
	side := float32(min(size.X, size.Y))
	return max(side*0.2, min(side*0.4, 9))
}

// circle adds a circle of four cubic curves.
func circle(z *vector.Rasterizer, x, y, r float32) {
	const k = 0.5522848 // the handles' length for a quarter
	z.MoveTo(x+r, y)
	z.CubeTo(x+r, y+k*r, x+k*r, y+r, x, y+r)
	z.CubeTo(x-k*r, y+r, x-r, y+k*r, x-r, y)
	z.CubeTo(x-r, y-k*r, x-k*r, y-r, x, y-r)
	z.CubeTo(x+k*r, y-r, x+r, y-k*r, x+r, y)
}

// triangle adds an equilateral triangle that points to the right, whose corners
// are r away from its centre but rounded off.
func triangle(z *vector.Rasterizer, x, y, r float32) {
	const half, side = 0.5, 0.8660254 // cosine and sine of 60 degrees
	corners := [3][2]float32{{x + r, y}, {x - half*r, y + side*r}, {x - half*r, y - side*r}}
	const round = 0.12
	toward := func(i, j int) (float32, float32) {
		a, b := corners[i], corners[j]
		return a[0] + round*(b[0]-a[0]), a[1] + round*(b[1]-a[1])
	}
	z.MoveTo(toward(0, 1))
	for i := range corners {
		next, after := (i+1)%3, (i+2)%3
		z.LineTo(toward(next, i))
		x, y := toward(next, after)
		z.QuadTo(corners[next][0], corners[next][1], x, y)
	}
}

// paintDuration paints the text on a label in the corner, if it can be read and
// leaves the mark free.
func paintDuration(m *image.RGBA, s string) {
	size := m.Rect.Size()
	height := max(float64(min(size.X, size.Y))*0.055, minTextHeight)
	face, err := newFace(height)
	if err != nil {
		return
	}
	defer face.Close()
	width := font.MeasureString(face, s).Ceil()
	pad := int(math.Round(height * 0.45))
	box := image.Rect(0, 0, width+2*pad, int(math.Round(height))+2*pad)
	box = box.Add(size.Sub(box.Size()).Sub(image.Pt(pad, pad)))
	if free := float32(size.Y)/2 + discRadius(size); box.Min.X < 0 || float32(box.Min.Y) < free {
		return
	}
	fill(m, box, label, func(z *vector.Rasterizer) { roundRect(z, box.Size(), float32(pad)/2) })
	d := font.Drawer{Dst: m, Src: image.NewUniform(mark), Face: face, Dot: fixed.P(box.Min.X+pad, box.Max.Y-pad)}
	d.DrawString(s)
}

// newFace returns a face whose digits are so many pixels high.
func newFace(digitHeight float64) (font.Face, error) {
	f, err := opentype.Parse(gomedium.TTF)
	if err != nil {
		return nil, err
	}
	const digit = 0.72 // of the size, in the Go fonts
	return opentype.NewFace(f, &opentype.FaceOptions{Size: digitHeight / digit, DPI: 72, Hinting: font.HintingFull})
}

// roundRect adds a rectangle of round corners at the origin.
func roundRect(z *vector.Rasterizer, size image.Point, r float32) {
	w, h := float32(size.X), float32(size.Y)
	z.MoveTo(r, 0)
	z.LineTo(w-r, 0)
	z.QuadTo(w, 0, w, r)
	z.LineTo(w, h-r)
	z.QuadTo(w, h, w-r, h)
	z.LineTo(r, h)
	z.QuadTo(0, h, 0, h-r)
	z.LineTo(0, r)
	z.QuadTo(0, 0, r, 0)
}
