package main

import (
	"fmt"
	"image"
	"math"
	"os/exec"
	"path/filepath"
)

// likeness compares a picture with what it should be. The zero value is that
// of pictures that were not compared.
type likeness struct {
	psnr float64 // dB, of luma
	ssim float64 // of luma, mean over windows of 8x8 pixels
}

// plane is the luma of a picture, row by row.
type plane struct {
	width, height int
	luma          []uint8
}

func (p plane) row(y int) []uint8 { return p.luma[y*p.width : (y+1)*p.width] }

func compare(got, want plane) (likeness, error) {
	if got.width != want.width || got.height != want.height {
		return likeness{}, fmt.Errorf("%dx%d pixels, the reference has %dx%d", got.width, got.height, want.width, want.height)
	}
	return likeness{psnr(got, want), ssim(got, want)}, nil
}

// psnr is the peak signal-to-noise ratio in decibels, infinite for equal ones.
func psnr(got, want plane) float64 {
	sum := 0.0
	for i, v := range got.luma {
		d := float64(v) - float64(want.luma[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(got.luma))/sum)
}

// ssim is the structural similarity (Wang and others, 2004), with a plain
// window of 8 by 8 pixels at every place.
func ssim(got, want plane) float64 {
	const window = 8
	sum, n := 0.0, 0
	for y := 0; y+window <= got.height; y++ {
		for x := 0; x+window <= got.width; x++ {
			sum += windowSSIM(got, want, image.Rect(x, y, x+window, y+window))
			n++
		}
	}
	return sum / float64(n)
}

func windowSSIM(got, want plane, r image.Rectangle) float64 {
	const c1, c2 = (0.01 * 255) * (0.01 * 255), (0.03 * 255) * (0.03 * 255)
	var a, b, aa, bb, ab int
	for y := r.Min.Y; y < r.Max.Y; y++ {
		other := want.row(y)[r.Min.X:r.Max.X]
		for i, v := range got.row(y)[r.Min.X:r.Max.X] {
			v, w := int(v), int(other[i])
			a, b, aa, bb, ab = a+v, b+w, aa+v*v, bb+w*w, ab+v*w
		}
	}
	n := float64(r.Dx() * r.Dy())
	meanA, meanB := float64(a)/n, float64(b)/n
	varA, varB := float64(aa)/n-meanA*meanA, float64(bb)/n-meanB*meanB
	covariance := float64(ab)/n - meanA*meanB
	return (2*meanA*meanB + c1) * (2*covariance + c2) / ((meanA*meanA + meanB*meanB + c1) * (varA + varB + c2))
}

// reference resizes the whole picture with ImageMagick's Lanczos filter and
// returns its luma.
func (b *bench) reference(in string) (plane, error) {
	size := fmt.Sprintf("%dx", mediumWidth)
	return b.luma(in+"[0]", "-filter", "Lanczos", "-resize", size)
}

// luma decodes a picture with ImageMagick, one decoder for all. What is
// transparent is white.
func (b *bench) luma(in string, operations ...string) (plane, error) {
	if b.tools.convert == "" {
		return plane{}, errNotInstalled
	}
	raw := filepath.Join(b.dir, "luma.pgm")
	args := append([]string{in, "-background", "white", "-alpha", "remove"}, operations...)
	args = append(args, "-colorspace", "Rec601Luma", "-depth", "8", "-strip", raw)
	if out, err := exec.CommandContext(b.ctx, b.tools.convert, args...).CombinedOutput(); err != nil {
		return plane{}, fmt.Errorf("%s: %w: %s", b.tools.convert, err, out)
	}
	return readPGM(raw)
}
