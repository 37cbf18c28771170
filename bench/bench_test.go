package main

import (
	"bytes"
	"errors"
	"image"
	"io"
	"math"
	"regexp"
	"testing"
	"time"
)

// flat is a plane of one value.
func flat(width, height int, v uint8) plane {
	return plane{width, height, bytes.Repeat([]byte{v}, width*height)}
}

func TestPSNR(t *testing.T) {
	for _, test := range []struct {
		name      string
		got, want plane
		psnr      float64
	}{
		{"equal pictures", flat(16, 16, 90), flat(16, 16, 90), math.Inf(1)},
		{"one step everywhere is 20 log 255", flat(16, 16, 90), flat(16, 16, 91), 48.1308},
		{"black for white is nothing", flat(16, 16, 0), flat(16, 16, 255), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := psnr(test.got, test.want); math.Abs(got-test.psnr) > 1e-4 {
				t.Errorf("got %v, want %v", got, test.psnr)
			}
		})
	}
}

func TestSSIM(t *testing.T) {
	stripes, inverse := flat(16, 16, 0), flat(16, 16, 255)
	for i := range stripes.luma {
		if i%2 == 1 {
			stripes.luma[i], inverse.luma[i] = 255, 0
		}
	}
	for _, test := range []struct {
		name      string
		got, want plane
		ssim      float64
	}{
		{"equal pictures", stripes, stripes, 1},
		// Of flat pictures only the means count: (2ab+c1)/(aa+bb+c1).
		{"flat pictures", flat(8, 8, 100), flat(8, 8, 50), (2*100*50 + 6.5025) / (100*100 + 50*50 + 6.5025)},
		// Equal means, and the covariance is the variance's opposite.
		{"stripes against their inverse", stripes, inverse, (-2*127.5*127.5 + 58.5225) / (2*127.5*127.5 + 58.5225)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := ssim(test.got, test.want); math.Abs(got-test.ssim) > 1e-9 {
				t.Errorf("got %v, want %v", got, test.ssim)
			}
		})
	}
}

func TestPicturesOfOtherSizesAreNotCompared(t *testing.T) {
	if _, err := compare(flat(8, 8, 0), flat(8, 9, 0)); err == nil {
		t.Error("got no error")
	}
}

func TestParsePGM(t *testing.T) {
	p, err := parsePGM([]byte("P5\n2 2\n255\n\x01\x02\x03\x04"))
	if err != nil || p.width != 2 || p.height != 2 || string(p.row(1)) != "\x03\x04" {
		t.Errorf("got %+v, %v", p, err)
	}
	for _, bad := range []string{"", "P6\n2 2\n255\nabcd", "P5\n2 2\n65535\nabcdefgh", "P5\n9 9\n255\nabcd"} {
		if p, err := parsePGM([]byte(bad)); err == nil {
			t.Errorf("%q: got %+v", bad, p)
		}
	}
}

func TestMedianOfCosts(t *testing.T) {
	c, err := parseCosts([]byte("3000\n1000\n2000\n12\n"))
	if err != nil || c.cpu() != 2*time.Millisecond || c.memory != 12<<10 {
		t.Errorf("got %+v, %v", c, err)
	}
	c.add(cost{[]time.Duration{9 * time.Millisecond, 8 * time.Millisecond}, 1 << 30})
	if c.cpu() != 3*time.Millisecond || c.memory != 12<<10 {
		t.Errorf("after a worse round: got %+v", c)
	}
	if none := (cost{}).cpu(); none != 0 {
		t.Errorf("of no rounds: got %v", none)
	}
	for _, bad := range []string{"", "12", "a\nb\n"} {
		if c, err := parseCosts([]byte(bad)); err == nil {
			t.Errorf("%q: got %+v", bad, c)
		}
	}
}

func TestVerdict(t *testing.T) {
	for _, test := range []struct {
		goal   goal
		figure float64
		want   string
	}{
		{goal{limit: 0.8, decimal: 1}, 0.8, "at most 0.8: holds"},
		{goal{limit: 0.8, decimal: 1}, 0.81, "at most 0.8: MISSED"},
		{goal{limit: 43, atLeast: true}, 42.9, "at least 43: MISSED"},
		{goal{limit: 5}, ratio(1, 0), "at most 5: not measured"},
	} {
		t.Run(test.want, func(t *testing.T) {
			if got := test.goal.verdict(test.figure); got != test.want {
				t.Errorf("%v of %+v: got %q, want %q", test.figure, test.goal, got, test.want)
			}
		})
	}
}

func TestFigures(t *testing.T) {
	takes := func(d time.Duration, err error) func() (cost, error) {
		return func() (cost, error) { return cost{times: []time.Duration{d}}, err }
	}
	b := &bench{options: options{rounds: 2, only: regexp.MustCompile("")}}
	for _, test := range []struct {
		name   string
		theirs []*work
		want   float64
	}{
		{"a half of one", []*work{{do: takes(8*time.Millisecond, nil)}}, 0.5},
		{"a quarter of two together", []*work{{do: takes(6*time.Millisecond, nil)}, {do: takes(10*time.Millisecond, nil)}}, 0.25},
		{"of two, one of which is missing", []*work{{do: takes(8*time.Millisecond, nil)}, {do: takes(0, errNotInstalled)}}, math.NaN()},
	} {
		t.Run(test.name, func(t *testing.T) {
			ours := &work{do: takes(4*time.Millisecond, nil)}
			if err := b.takeTurns(append(test.theirs, ours)...); err != nil {
				t.Fatal(err)
			}
			if len(ours.took.times) != b.rounds {
				t.Errorf("got %d times, want %d", len(ours.took.times), b.rounds)
			}
			got := shareOf(ours, "", 1, test.theirs...).value
			if got != test.want && !(math.IsNaN(got) && math.IsNaN(test.want)) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if err := b.takeTurns(&work{do: takes(0, io.ErrUnexpectedEOF)}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a failure: got %v", err)
	}
}

func TestTable(t *testing.T) {
	m := table{title: "T", head: []string{"input", "ms"}}
	m.add("PNG", milliseconds(1500*time.Microsecond))
	m.add("none", milliseconds(0))
	var out bytes.Buffer
	m.print(&out)
	const want = "\n### T\n\n| input | ms  |\n| ----- | --- |\n| PNG   | 1.5 |\n| none  | –   |\n"
	if out.String() != want {
		t.Errorf("got\n%q, want\n%q", out.String(), want)
	}
}

func TestScenesAreTheSameEveryTime(t *testing.T) {
	a, b, other := scene(40, 30, 1, photo), scene(40, 30, 1, photo), scene(40, 30, 2, photo)
	if !bytes.Equal(a.Pix, b.Pix) {
		t.Error("two of one seed differ")
	}
	if bytes.Equal(a.Pix, other.Pix) {
		t.Error("two seeds give the same")
	}
}

func TestExactMedium(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 30))
	for i := range m.Pix {
		m.Pix[i] = []byte{10, 200, 90, 255}[i%4]
	}
	for _, size := range []image.Point{{1, 1}, {7, 5}, {40, 30}} {
		got := exact(m, size.X, size.Y)
		for i, v := range got.Pix {
			if want := m.Pix[i%4]; v != want {
				t.Fatalf("%v of one colour: got %d, want %d", size, v, want)
			}
		}
	}
	for i := range m.Pix {
		m.Pix[i] = byte(i*i) | []byte{0, 0, 0, 255}[i%4]
	}
	if got := exact(m, 40, 30); !bytes.Equal(got.Pix, m.Pix) {
		t.Error("of its own size a picture is another one")
	}
	// Two columns of black and two of white: by the definition, the weights of a sample
	// of the half are the kernel at quarters, and white's share is theirs.
	edge := image.NewGray(image.Rect(0, 0, 4, 1))
	copy(edge.Pix, []byte{0, 0, 255, 255})
	kernel := func(x float64) float64 { return sinc(x) * sinc(x/3) }
	white := kernel(0.75) + kernel(1.25)
	black := kernel(0.25) + kernel(0.25)
	if got, want := exact(edge, 2, 1).Pix[0], byte(math.Round(max(0, 255*white/(white+black)))); got != want {
		t.Errorf("at an edge: got %d, want %d", got, want)
	}
}
