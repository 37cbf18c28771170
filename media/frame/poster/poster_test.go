package poster

import (
	"image"
	"image/color"
	"testing"
	"time"
)

func TestDrawHasTheSizeThatWasAskedForWithinLimits(t *testing.T) {
	for _, test := range []struct {
		name          string
		width, height int
		want          image.Point
	}{
		{"a usual video keeps its size", 640, 360, image.Pt(640, 360)},
		{"the largest keeps its size", 1280, 720, image.Pt(1280, 720)},
		{"a larger one is scaled down", 3840, 2160, image.Pt(1280, 720)},
		{"an upright one is scaled by its height", 1080, 1920, image.Pt(720, 1280)},
		{"an absurd one is scaled too", 1 << 30, 1 << 30, image.Pt(1280, 1280)},
		{"a tiny one is enlarged", 4, 3, image.Pt(16, 16)},
		{"one of unknown size is small", 0, 0, image.Pt(16, 16)},
		{"a negative size is unknown", -640, -360, image.Pt(16, 16)},
		{"a strip keeps a visible height", 100000, 10, image.Pt(1280, 16)},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Draw(test.width, test.height, time.Minute).Bounds()
			if want := (image.Rectangle{Max: test.want}); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestTextOfDurations(t *testing.T) {
	for _, test := range []struct {
		d    time.Duration
		want string
	}{
		{73 * time.Second, "01:13"},
		{400 * time.Millisecond, "00:00"},
		{59*time.Second + 600*time.Millisecond, "01:00"},
		{2*time.Hour + 5*time.Second, "120:05"},
	} {
		t.Run(test.want, func(t *testing.T) {
			if got := text(test.d); got != test.want {
				t.Errorf("%v: got %q, want %q", test.d, got, test.want)
			}
		})
	}
}

func TestMarkIsLightOnDarkAndSymmetric(t *testing.T) {
	for _, size := range []image.Point{{16, 16}, {64, 48}, {320, 240}, {641, 361}, {1280, 720}} {
		m := Draw(size.X, size.Y, 0)
		if got := luma(m, size.Div(2)); got < 200 {
			t.Errorf("%v: centre is %d, want the light mark", size, got)
		}
		if got := luma(m, image.Point{}); got > 60 {
			t.Errorf("%v: corner is %d, want the dark ground", size, got)
		}
		above, below := rowSum(m, size.Y/4), rowSum(m, size.Y-1-size.Y/4)
		if d := float64(above-below) / float64(above); d > 0.05 || d < -0.05 {
			t.Errorf("%v: rows at equal distance of the centre differ by %.2f", size, d)
		}
	}
}

func TestDurationStandsAtTheBottomRight(t *testing.T) {
	for _, test := range []struct {
		name string
		size image.Point
		d    time.Duration
		want bool
	}{
		{"in a usual picture", image.Pt(640, 360), time.Minute, true},
		{"in a small one", image.Pt(160, 90), time.Minute, true},
		{"not where it would cover the mark", image.Pt(64, 48), time.Minute, false},
		{"not in a strip", image.Pt(400, 40), time.Minute, false},
		{"not when there is none", image.Pt(640, 360), 0, false},
		{"not when it is negative", image.Pt(640, 360), -time.Minute, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := Draw(test.size.X, test.size.Y, test.d)
			got := brightest(m, image.Rectangle{test.size.Mul(3).Div(4), test.size}) > 200
			if got != test.want {
				t.Errorf("text in the corner: got %v, want %v", got, test.want)
			}
			if brightest(m, image.Rectangle{Max: test.size.Div(4)}) > 60 {
				t.Error("something light at the top left")
			}
		})
	}
}

func luma(m image.Image, p image.Point) int {
	return int(color.GrayModel.Convert(m.At(p.X, p.Y)).(color.Gray).Y)
}

func rowSum(m image.Image, y int) int {
	sum := 0
	for x := range m.Bounds().Dx() {
		sum += luma(m, image.Pt(x, y))
	}
	return sum
}

func brightest(m image.Image, r image.Rectangle) int {
	most := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			most = max(most, luma(m, image.Pt(x, y)))
		}
	}
	return most
}
