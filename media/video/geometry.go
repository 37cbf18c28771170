package video

import (
	"image"
	"math"
	"math/bits"
	"time"
)

const maxSide = 1<<16 - 1 // pixels

// geometry is how a decoded frame comes onto the screen.
type geometry struct {
	width, height int             // coded
	visible       image.Rectangle // empty for all
	aspect        ratio           // width to height of a pixel; zero for square
	display       image.Point     // told by the container, before turning; zero for not told
	mirrored      bool
	rotation      int
}

// ratio is num to den.
type ratio struct{ num, den uint64 }

func (g geometry) apply(f *Facts) {
	coded := image.Rect(0, 0, g.width, g.height)
	f.CodedWidth, f.CodedHeight = g.width, g.height
	f.Visible = g.visible
	if f.Visible.Empty() || !f.Visible.In(coded) {
		f.Visible = coded
	}
	f.Width, f.Height = f.Visible.Dx(), f.Visible.Dy()
	switch d := g.display; {
	case 0 < d.X && d.X <= maxSide && 0 < d.Y && d.Y <= maxSide:
		f.Width, f.Height = d.X, d.Y
	case g.aspect.num > 0 && g.aspect.den > 0:
		// A ratio that leads nowhere is taken for nonsense, as players do.
		if w := mulDiv(uint64(f.Width), g.aspect.num, g.aspect.den); 0 < w && w <= maxSide {
			f.Width = int(w)
		}
	}
	f.Mirrored, f.Rotation = g.mirrored, g.rotation
	if g.rotation%180 != 0 {
		f.Width, f.Height = f.Height, f.Width
	}
}

// quarterTurns rounds an angle in degrees clockwise to 0, 90, 180 or 270.
func quarterTurns(degrees float64) int {
	q := math.Round(math.Mod(degrees, 360) / 90)
	if math.IsNaN(q) {
		return 0
	}
	return (int(q) + 4) % 4 * 90
}

// mulDiv returns a*b/c rounded to nearest, or the largest value on overflow.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	lo, carry := bits.Add64(lo, c/2, 0)
	hi += carry
	if hi >= c {
		return math.MaxUint64
	}
	q, _ := bits.Div64(hi, lo, c)
	return q
}

// seconds returns n/scale seconds, rounded to a nanosecond, or the longest
// Duration when that is too long.
func seconds(n, scale uint64) time.Duration {
	return time.Duration(min(mulDiv(n, uint64(time.Second), scale), math.MaxInt64))
}

// signedSeconds is seconds for either sign.
func signedSeconds(n int64, scale uint64) time.Duration {
	if n < 0 {
		return -seconds(uint64(-n), scale)
	}
	return seconds(uint64(n), scale)
}

// addTime returns a+b, or the longest Duration when that is too long. Neither
// may be negative.
func addTime(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
