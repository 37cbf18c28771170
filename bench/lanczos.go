package main

import (
	"fmt"
	"image"
	"image/draw"
	"math"
	"os"

	_ "golang.org/x/image/bmp"
)

// exact makes a medium as the definition says: by a Lanczos3 filter over the whole picture,
// in floating point, colours multiplied by alpha, and rounded at last.
func exact(m image.Image, width, height int) *image.RGBA {
	src := rgbaOf(m)
	columns, rows := newLanczos(src.Rect.Dx(), width), newLanczos(src.Rect.Dy(), height)
	// The lines, made narrower, that a row of the result may still need.
	lines := make([][]float64, src.Rect.Dy())
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	for y, row := range rows {
		sum := make([]float64, 4*width)
		for t, w := range row.weights {
			at := row.first + t
			if lines[at] == nil {
				lines[at] = narrowed(src.Pix[at*src.Stride:], columns)
			}
			for i, v := range lines[at] {
				sum[i] += w * v
			}
		}
		for i, v := range sum {
			out.Pix[y*out.Stride+i] = uint8(min(max(math.Round(v), 0), 255))
		}
		clear(lines[:row.first])
	}
	return out
}

func narrowed(pix []uint8, columns []lanczosTaps) []float64 {
	line := make([]float64, 4*len(columns))
	for x, column := range columns {
		for t, w := range column.weights {
			p := pix[4*(column.first+t):]
			for c := range 4 {
				line[4*x+c] += w * float64(p[c])
			}
		}
	}
	return line
}

// lanczosTaps are the samples that make one, and their weights, of a sum of one.
type lanczosTaps struct {
	first   int
	weights []float64
}

func newLanczos(from, to int) []lanczosTaps {
	const lobes = 3
	step := float64(from) / float64(to)
	stretch := max(step, 1)
	all := make([]lanczosTaps, to)
	for i := range all {
		centre := (float64(i)+0.5)*step - 0.5
		first, last := max(int(math.Ceil(centre-lobes*stretch)), 0), min(int(math.Floor(centre+lobes*stretch)), from-1)
		sum := 0.0
		all[i].first = first
		for j := first; j <= last; j++ {
			w := sinc((float64(j)-centre)/stretch) * sinc((float64(j)-centre)/stretch/lobes)
			all[i].weights = append(all[i].weights, w)
			sum += w
		}
		for j := range all[i].weights {
			all[i].weights[j] /= sum
		}
	}
	return all
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

func rgbaOf(m image.Image) *image.RGBA {
	dst := image.NewRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(dst, dst.Rect, m, m.Bounds().Min, draw.Src)
	return dst
}

// readImage reads a PNG or a BMP.
func readImage(name string) (image.Image, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, _, err := image.Decode(f)
	return m, err
}

// exactMedium is the exact medium of a PNG or a BMP.
func exactMedium(name string) (*image.RGBA, error) {
	m, err := readImage(name)
	if err != nil {
		return nil, err
	}
	size := m.Bounds().Size()
	width := min(mediumWidth, size.X)
	return exact(m, width, max(1, int(math.Round(float64(size.Y)*float64(width)/float64(size.X))))), nil
}

// compareExactly compares a medium with the one that is exact, by all samples.
func compareExactly(name string, want *image.RGBA) (likeness, error) {
	m, err := readImage(name)
	if err != nil {
		return likeness{}, err
	}
	if m.Bounds().Size() != want.Rect.Size() {
		return likeness{}, fmt.Errorf("%v pixels, the reference has %v", m.Bounds().Size(), want.Rect.Size())
	}
	got := rgbaOf(m)
	return likeness{
		psnr: psnr(plane{len(got.Pix), 1, colours(got)}, plane{len(want.Pix), 1, colours(want)}),
		ssim: ssim(lumaOf(got), lumaOf(want)),
	}, nil
}

// colours are the samples of a picture but for alpha, which most have none of.
func colours(m *image.RGBA) (all []uint8) {
	for i := 0; i < len(m.Pix); i += 4 {
		all = append(all, m.Pix[i:i+3]...)
	}
	return all
}

func lumaOf(m *image.RGBA) plane {
	p := plane{width: m.Rect.Dx(), height: m.Rect.Dy()}
	for i := 0; i < len(m.Pix); i += 4 {
		r, g, b := float64(m.Pix[i]), float64(m.Pix[i+1]), float64(m.Pix[i+2])
		p.luma = append(p.luma, uint8(math.Round(0.299*r+0.587*g+0.114*b)))
	}
	return p
}
