package picture

import (
	"image"
	"image/color"
	"testing"
)

func TestFitAndCoverSizes(t *testing.T) {
	for _, test := range []struct {
		name          string
		size          image.Point
		fit           int // or else cover
		width, height int
		want          image.Point
	}{
		{name: "fit keeps the ratio", size: image.Pt(800, 600), fit: 500, want: image.Pt(500, 375)},
		{name: "fit rounds the height", size: image.Pt(1920, 1080), fit: 500, want: image.Pt(500, 281)},
		{name: "fit rounds half up", size: image.Pt(4, 3), fit: 2, want: image.Pt(2, 2)},
		{name: "fit leaves a row", size: image.Pt(3000, 1), fit: 500, want: image.Pt(500, 1)},
		{name: "fit of a tall one", size: image.Pt(400, 900), fit: 100, want: image.Pt(100, 225)},
		{name: "fit does not enlarge", size: image.Pt(400, 300), fit: 500, want: image.Pt(400, 300)},
		{name: "fit to one pixel", size: image.Pt(400, 300), fit: 1, want: image.Pt(1, 1)},
		{name: "cover", size: image.Pt(800, 600), width: 320, height: 320, want: image.Pt(320, 320)},
		{name: "cover of a tall one", size: image.Pt(400, 900), width: 320, height: 160, want: image.Pt(320, 160)},
		{name: "cover of the same size", size: image.Pt(320, 320), width: 320, height: 320, want: image.Pt(320, 320)},
		{name: "cover does not enlarge", size: image.Pt(200, 100), width: 320, height: 320, want: image.Pt(100, 100)},
		{name: "cover does not enlarge a strip", size: image.Pt(3000, 10), width: 320, height: 320, want: image.Pt(10, 10)},
		{name: "cover of a pixel", size: image.Pt(1, 1), width: 320, height: 200, want: image.Pt(1, 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			rect := image.Rectangle{Max: test.size}
			for _, m := range []image.Image{image.NewYCbCr(rect, image.YCbCrSubsampleRatio420), image.NewNRGBA(rect)} {
				got := Cover(m, test.width, test.height)
				if test.fit > 0 {
					got = Fit(m, test.fit)
				}
				if got.Bounds().Size() != test.want {
					t.Errorf("%T: got %v, want %v", m, got.Bounds(), test.want)
				}
			}
		})
	}
}

func TestFitAndCoverKeepTheColours(t *testing.T) {
	m := scene(400, 240)
	small, square := scene(100, 60), image.NewNRGBA(image.Rect(0, 0, 60, 60))
	for y := range 60 {
		copy(nrgbaRow(square, y), nrgbaRow(small, y)[4*20:])
	}
	for name, m := range kinds(m) {
		if d := distance(t, Fit(m, 100), small); d > 6 {
			t.Errorf("fit of %s differs by %.1f", name, d)
		}
		if d := distance(t, Cover(m, 60, 60), square); d > 6 {
			t.Errorf("cover of %s differs by %.1f", name, d)
		}
	}
}

func TestScalingDoesNotBleedFromTransparentPixels(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := 0; i < len(m.Pix); i += 4 {
		c := color.NRGBA{255, 0, 0, 255}
		if i/4%64 >= 32 {
			c = color.NRGBA{0, 255, 0, 0} // green, but invisible
		}
		copy(m.Pix[i:], []byte{c.R, c.G, c.B, c.A})
	}
	got := toNRGBA(Fit(m, 9))
	for x := range 9 {
		if c := got.NRGBAAt(x, 4); c.A > 16 && (c.R < 230 || c.G > 25) {
			t.Errorf("pixel %d: got %v, want red", x, c)
		}
	}
	if a := alphaAt(got, 0, 4); a < 250 {
		t.Errorf("alpha at the left: got %d, want 255", a)
	}
	if a := alphaAt(got, 8, 4); a > 5 {
		t.Errorf("alpha at the right: got %d, want 0", a)
	}
}

func TestPlanesAndGreyStayWhatTheyAre(t *testing.T) {
	planes := Fit(image.NewYCbCr(image.Rect(0, 0, 40, 30), image.YCbCrSubsampleRatio420), 20)
	if _, ok := planes.(*image.YCbCr); !ok {
		t.Errorf("got %T, want *image.YCbCr", planes)
	}
	grey := Cover(image.NewGray(image.Rect(0, 0, 40, 30)), 20, 20)
	if _, ok := grey.(*image.Gray); !ok {
		t.Errorf("got %T, want *image.Gray", grey)
	}
}
