package resample

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"testing"
)

// noise returns a grey picture of smoothed noise.
func noise(r image.Rectangle) *image.Gray {
	rng := rand.New(rand.NewPCG(7, 7))
	m := image.NewGray(r)
	v := 128.0
	for i := range m.Pix {
		v = min(max(v+rng.NormFloat64()*40, 0), 255)
		m.Pix[i] = byte(v)
	}
	return m
}

// reference filters m as the definition says: all samples of m within the
// kernel's reach, in floating point.
func reference(m *image.Gray, part image.Rectangle, width, height int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, width, height))
	xs, ys := float64(part.Dx())/float64(width), float64(part.Dy())/float64(height)
	kernel := func(d, step float64) float64 {
		d = math.Abs(d) / max(step, 1) * math.Pi
		if d == 0 {
			return 1
		}
		if d >= 3*math.Pi {
			return 0
		}
		return math.Sin(d) / d * math.Sin(d/3) / (d / 3)
	}
	for y := range height {
		for x := range width {
			sum, weights := 0.0, 0.0
			for sy := m.Rect.Min.Y; sy < m.Rect.Max.Y; sy++ {
				wy := kernel(float64(sy)+0.5-float64(part.Min.Y)-(float64(y)+0.5)*ys, ys)
				if wy == 0 {
					continue
				}
				for sx := m.Rect.Min.X; sx < m.Rect.Max.X; sx++ {
					w := wy * kernel(float64(sx)+0.5-float64(part.Min.X)-(float64(x)+0.5)*xs, xs)
					sum += w * float64(m.GrayAt(sx, sy).Y)
					weights += w
				}
			}
			out.Pix[y*out.Stride+x] = byte(min(max(math.Round(sum/weights), 0), 255))
		}
	}
	return out
}

// mustResize resizes an upright picture.
func mustResize(t testing.TB, m image.Image, part image.Rectangle, width, height int) image.Image {
	t.Helper()
	out, err := Resize(m, part, width, height, Upright)
	if err != nil {
		t.Fatal(err)
	}
	if want := image.Rect(0, 0, width, height); out.Bounds() != want {
		t.Fatalf("got %v, want %v", out.Bounds(), want)
	}
	return out
}

// greatestDifference returns how far bytes of a and b are apart at most.
func greatestDifference(t testing.TB, a, b []byte) int {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("got %d samples, want %d", len(a), len(b))
	}
	greatest := 0
	for i := range a {
		d := int(a[i]) - int(b[i])
		greatest = max(greatest, d, -d)
	}
	return greatest
}

func TestResizeIsLanczos3(t *testing.T) {
	m := noise(image.Rect(-5, 3, 58, 44)) // 63x41
	for _, row := range []struct {
		name          string
		part          image.Rectangle
		width, height int
	}{
		{"half", m.Rect, 31, 20},
		{"a seventh", m.Rect, 9, 6},
		{"to a pixel", m.Rect, 1, 1},
		{"to a row", m.Rect, 40, 1},
		{"twice", m.Rect, 126, 82},
		{"eleven times", m.Rect, 693, 451},
		{"wider and lower", m.Rect, 100, 13},
		{"as it is", m.Rect, 63, 41},
		{"a part", image.Rect(10, 11, 31, 29), 10, 9},
		{"a part, larger", image.Rect(10, 11, 31, 29), 50, 27},
		{"a corner", image.Rect(50, 40, 58, 44), 5, 3},
		{"a pixel", image.Rect(20, 20, 21, 21), 4, 4},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := mustResize(t, m, row.part, row.width, row.height).(*image.Gray)
			want := reference(m, row.part, row.width, row.height)
			if d := greatestDifference(t, got.Pix, want.Pix); d > 1 {
				t.Errorf("%s: differs by %d, want at most 1", row.name, d)
			}
			bias := 0.0
			for i, v := range got.Pix {
				bias += (float64(v) - float64(want.Pix[i])) / float64(len(got.Pix))
			}
			if math.Abs(bias) > 0.02 {
				t.Errorf("%s: on the average differs by %.3f, want 0", row.name, bias)
			}
		})
	}
}

func TestResizeToTheSameSizeChangesNothing(t *testing.T) {
	m := noise(image.Rect(0, 0, 33, 21))
	part := image.Rect(4, 5, 20, 18)
	got := mustResize(t, m, part, part.Dx(), part.Dy()).(*image.Gray)
	for y := range part.Dy() {
		for x := range part.Dx() {
			if got, want := got.GrayAt(x, y), m.GrayAt(x+4, y+5); got != want {
				t.Fatalf("at %d,%d: got %v, want %v", x, y, got, want)
			}
		}
	}
}

func TestResizeKeepsFlatColour(t *testing.T) {
	red := color.NRGBA{201, 33, 47, 255}
	for _, size := range []image.Point{{1, 1}, {2, 3}, {17, 5}, {64, 64}, {3, 200}} {
		for _, to := range []image.Point{{1, 1}, {2, 2}, {13, 31}, {160, 160}} {
			m := image.NewRGBA(image.Rectangle{Max: size})
			draw.Draw(m, m.Rect, image.NewUniform(red), image.Point{}, draw.Src)
			got := mustResize(t, m, m.Rect, to.X, to.Y).(*image.RGBA)
			for i := 0; i < len(got.Pix); i += 4 {
				if p := got.Pix[i : i+4]; [4]byte(p) != [4]byte{201, 33, 47, 255} {
					t.Fatalf("%v to %v: got %v, want %v", size, to, p, red)
				}
			}
		}
	}
}

func TestResizeDoesNotAlias(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 300, 300))
	for i := range m.Pix {
		if (i%300+i/300)%2 == 0 {
			m.Pix[i] = 255
		}
	}
	for _, n := range []int{10, 43, 100, 120} {
		for _, v := range mustResize(t, m, m.Rect, n, n).(*image.Gray).Pix {
			if v < 124 || v > 131 {
				t.Fatalf("checks at %d pixels: got %d, want grey", n, v)
			}
		}
	}
}

// ratios are those of chroma subsampling, with how many pixels share a sample.
var ratios = map[image.YCbCrSubsampleRatio]image.Point{
	image.YCbCrSubsampleRatio444: {1, 1},
	image.YCbCrSubsampleRatio422: {2, 1},
	image.YCbCrSubsampleRatio420: {2, 2},
	image.YCbCrSubsampleRatio440: {1, 2},
	image.YCbCrSubsampleRatio411: {4, 1},
	image.YCbCrSubsampleRatio410: {4, 2},
}

// Chroma that runs along with luma still does so afterwards.
func TestResizeSitesChroma(t *testing.T) {
	bounds := image.Rect(0, 0, 160, 120)
	for ratio, shared := range ratios {
		m := image.NewYCbCr(bounds, ratio)
		for i := range m.Y {
			m.Y[i] = byte(i%m.YStride + 20)
		}
		for i := range m.Cb {
			// The mean of luma over the pixels that share the sample.
			m.Cb[i] = byte(i%m.CStride*shared.X + (shared.X-1)/2 + 20)
			m.Cr[i] = byte(i/m.CStride*shared.Y + (shared.Y-1)/2 + 20)
		}
		for _, part := range []image.Rectangle{bounds, image.Rect(31, 17, 130, 101)} {
			for _, to := range []image.Point{{80, 60}, {41, 33}, {320, 240}} {
				got := mustResize(t, m, part, to.X, to.Y).(*image.YCbCr)
				if got.SubsampleRatio != image.YCbCrSubsampleRatio420 {
					t.Fatalf("%v: got %v, want 4:2:0", ratio, got.SubsampleRatio)
				}
				checkSiting(t, got, part)
			}
		}
	}
}

// checkSiting compares chroma with what a picture has there whose Cb is 20 more
// than its columns and whose Cr is 20 more than its rows.
func checkSiting(t *testing.T, m *image.YCbCr, part image.Rectangle) {
	t.Helper()
	size := m.Rect.Size()
	for y := 8; y < size.Y/2-8; y++ {
		for x := 8; x < size.X/2-8; x++ {
			i := y*m.CStride + x
			wantCb := float64(part.Min.X) + float64(2*x+1)*float64(part.Dx())/float64(size.X) - 0.5 + 20
			wantCr := float64(part.Min.Y) + float64(2*y+1)*float64(part.Dy())/float64(size.Y) - 0.5 + 20
			if d := math.Abs(float64(m.Cb[i]) - wantCb); d > 1.6 {
				t.Fatalf("%v to %v, Cb at %d,%d: got %d, want %.1f", part, size, x, y, m.Cb[i], wantCb)
			}
			if d := math.Abs(float64(m.Cr[i]) - wantCr); d > 1.6 {
				t.Fatalf("%v to %v, Cr at %d,%d: got %d, want %.1f", part, size, x, y, m.Cr[i], wantCr)
			}
		}
	}
}

func TestResizePartsOfSubsampledPictures(t *testing.T) {
	for ratio := range ratios {
		m := image.NewYCbCr(image.Rect(0, 0, 64, 48), ratio)
		copy(m.Y, noise(m.Rect).Pix)
		copy(m.Cb, noise(m.Rect).Pix)
		copy(m.Cr, noise(m.Rect).Pix)
		part := m.SubImage(image.Rect(8, 4, 41, 39))
		got := mustResize(t, part, part.Bounds(), 33, 35).(*image.YCbCr)
		for y := range 35 {
			for x := range 33 {
				if got, want := got.Y[y*got.YStride+x], m.Y[m.YOffset(x+8, y+4)]; got != want {
					t.Fatalf("%v at %d,%d: got %d, want %d", ratio, x, y, got, want)
				}
			}
		}
		if ratio == image.YCbCrSubsampleRatio420 {
			if got, want := got.Cb[3*got.CStride+3], m.Cb[m.COffset(14, 10)]; got != want {
				t.Errorf("chroma: got %d, want %d", got, want)
			}
		}
	}
}

func TestResizeKinds(t *testing.T) {
	rect := image.Rect(2, 3, 34, 27)
	shades := color.Palette{color.NRGBA{90, 140, 200, 255}, color.White}
	for _, row := range []struct {
		name string
		m    draw.Image
		want image.Image
	}{
		{"RGBA", image.NewRGBA(rect), &image.RGBA{}},
		{"NRGBA", image.NewNRGBA(rect), &image.RGBA{}},
		{"NRGBA64", image.NewNRGBA64(rect), &image.RGBA{}},
		{"paletted", image.NewPaletted(rect, shades), &image.RGBA{}},
		{"grey of 16 bits", image.NewGray16(rect), &image.RGBA{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for y := rect.Min.Y; y < rect.Max.Y; y++ {
				for x := rect.Min.X; x < rect.Max.X; x++ {
					row.m.Set(x, y, shades[0])
				}
			}
			got := mustResize(t, row.m, rect, 9, 7)
			if _, ok := got.(*image.RGBA); !ok {
				t.Errorf("%s: got %T, want %T", row.name, got, row.want)
			}
			r, g, b, a := got.At(4, 4).RGBA()
			wr, wg, wb, wa := row.m.At(10, 10).RGBA()
			if r>>8 != wr>>8 || g>>8 != wg>>8 || b>>8 != wb>>8 || a != wa {
				t.Errorf("%s: got %v, want %v", row.name, got.At(4, 4), row.m.At(10, 10))
			}
		})
	}
}

func TestResizeTransparency(t *testing.T) {
	rect := image.Rect(0, 0, 40, 40)
	// Left half: red, opaque. Right half: green, but wholly transparent.
	colours := color.Palette{color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 0}}
	for name, m := range map[string]draw.Image{
		"NRGBA": image.NewNRGBA(rect), "paletted": image.NewPaletted(rect, colours), "NRGBA64": image.NewNRGBA64(rect),
	} {
		for y := range 40 {
			for x := range 40 {
				m.Set(x, y, colours[x/20])
			}
		}
		got := mustResize(t, m, rect, 9, 9).(*image.RGBA)
		for i := 0; i < len(got.Pix); i += 4 {
			if r, g, b, a := got.Pix[i], got.Pix[i+1], got.Pix[i+2], got.Pix[i+3]; g != 0 || b != 0 || r != a {
				t.Fatalf("%s, pixel %d: got %v, want red or nothing", name, i/4, got.Pix[i:i+4])
			}
		}
		if left, right := got.RGBAAt(0, 4).A, got.RGBAAt(8, 4).A; left != 255 || right != 0 {
			t.Errorf("%s: alpha at the sides is %d and %d, want 255 and 0", name, left, right)
		}
	}
}

// Where the kernel overshoots, there is still no more colour than alpha.
func TestResizeKeepsColourWithinAlpha(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for i := range 40 * 40 {
		v := byte(255 * (i / 20 % 2))
		copy(m.Pix[4*i:], []byte{v, v, v, 128})
	}
	got := mustResize(t, m, m.Rect, 70, 23).(*image.RGBA)
	for i := 0; i < len(got.Pix); i += 4 {
		if p := got.Pix[i : i+4]; p[3] != 128 || p[0] > p[3] || p[1] > p[3] || p[2] > p[3] {
			t.Fatalf("pixel %d: got %v, want at most 128", i/4, p)
		}
	}
}

func TestResizeNothing(t *testing.T) {
	m := noise(image.Rect(0, 0, 8, 8))
	for name, row := range map[string]struct {
		part          image.Rectangle
		width, height int
	}{
		"no part":             {image.Rectangle{}, 4, 4},
		"a part outside":      {image.Rect(8, 0, 12, 4), 4, 4},
		"no width":            {m.Rect, 0, 4},
		"a negative height":   {m.Rect, 4, -1},
		"a rectangle reverse": {image.Rectangle{Min: image.Pt(4, 4)}, 4, 4},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Resize(m, row.part, row.width, row.height, Upright); !errors.Is(err, ErrEmpty) {
				t.Errorf("%s: got %v, want ErrEmpty", name, err)
			}
		})
	}
}

func TestCover(t *testing.T) {
	for _, row := range []struct {
		r             image.Rectangle
		width, height int
		want          image.Rectangle
	}{
		{image.Rect(0, 0, 500, 375), 160, 160, image.Rect(62, 0, 437, 375)},
		{image.Rect(0, 0, 375, 500), 160, 160, image.Rect(0, 62, 375, 437)},
		{image.Rect(10, 20, 110, 120), 50, 50, image.Rect(10, 20, 110, 120)},
		{image.Rect(0, 0, 100, 100), 200, 100, image.Rect(0, 25, 100, 75)},
		{image.Rect(0, 0, 5000, 1), 160, 160, image.Rect(2499, 0, 2500, 1)},
		{image.Rect(0, 0, 1, 1), 1, 1000, image.Rect(0, 0, 1, 1)},
		{image.Rect(0, 0, 0, 5), 10, 10, image.Rectangle{}},
		{image.Rect(0, 0, 5, 5), 0, 10, image.Rectangle{}},
	} {
		t.Run(fmt.Sprint(row.r), func(t *testing.T) {
			if got := Cover(row.r, row.width, row.height); got != row.want {
				t.Errorf("%v for %dx%d: got %v, want %v", row.r, row.width, row.height, got, row.want)
			}
		})
	}
}
