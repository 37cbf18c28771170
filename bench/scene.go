package main

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	dwebp "github.com/deepteams/webp"
	"golang.org/x/image/bmp"

	"postern/media/picture"
)

// texture says how detailed a scene is.
type texture struct {
	octaves int
	share   float64 // of an octave's amplitude that the next has
	grain   int     // of the sensor, in steps to both sides
}

var (
	photo   = texture{octaves: 7, share: 0.72, grain: 15}
	smooth  = texture{octaves: 7, share: 0.6, grain: 2} // as a small photograph is
	drawing = texture{octaves: 4, share: 0.5}
)

// scene paints a picture, the same for the same size, seed and texture: noise
// of falling amplitude from coarse to fine, edges of discs, and grain.
func scene(width, height int, seed uint64, t texture) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	random := rand.New(rand.NewPCG(seed, 1))
	luma := fractal(width, height, random, t.octaves, t.share)
	warm := fractal(width, height, random, 3, 0.5)
	discs := someDiscs(width, height, random)
	for y := range height {
		for x := range width {
			i := y*width + x
			v, w := float64(luma[i]), float64(warm[i])
			for _, d := range discs {
				v += d.light(x, y)
			}
			grain := float64(random.IntN(2*t.grain+1) - t.grain)
			m.SetRGBA(x, y, color.RGBA{level(v + 30*w + grain), level(v + grain), level(v - 40*w + grain), 255})
		}
	}
	return m
}

func level(v float64) uint8 { return uint8(max(0, min(255, 128+v))) }

// fractal is noise of some octaves, each twice as fine as the one before and
// of a share of its amplitude.
func fractal(width, height int, random *rand.Rand, octaves int, share float64) []float32 {
	sum := make([]float32, width*height)
	cell, amplitude := float64(max(width, height))/6, 60.0
	for range octaves {
		addNoise(sum, width, height, random, cell, amplitude)
		cell, amplitude = cell/2.6, amplitude*share
	}
	return sum
}

// addNoise adds random values on a grid, smooth in between.
func addNoise(sum []float32, width, height int, random *rand.Rand, cell, amplitude float64) {
	columns := int(float64(width)/cell) + 2
	grid := make([]float32, columns*(int(float64(height)/cell)+2))
	for i := range grid {
		grid[i] = float32((random.Float64()*2 - 1) * amplitude)
	}
	for y := range height {
		row, fy := math.Modf(float64(y) / cell)
		fy = fy * fy * (3 - 2*fy)
		for x := range width {
			column, fx := math.Modf(float64(x) / cell)
			fx = fx * fx * (3 - 2*fx)
			g := grid[int(row)*columns+int(column):]
			top := float64(g[0])*(1-fx) + float64(g[1])*fx
			bottom := float64(g[columns])*(1-fx) + float64(g[columns+1])*fx
			sum[y*width+x] += float32(top*(1-fy) + bottom*fy)
		}
	}
}

// disc is brighter or darker than its surroundings, with a sharp edge.
type disc struct{ x, y, square, gain int }

func (d disc) light(x, y int) float64 {
	x, y = x-d.x, y-d.y
	if x*x+y*y > d.square {
		return 0
	}
	return float64(d.gain)
}

func someDiscs(width, height int, random *rand.Rand) []disc {
	discs := make([]disc, 24)
	for i := range discs {
		radius := 2 + random.IntN(max(width, height)/12)
		discs[i] = disc{random.IntN(width), random.IntN(height), radius * radius, random.IntN(121) - 60}
	}
	return discs
}

// sceneJob writes a scene, in a process of its own so that the measuring one
// stays small: OUT WIDTH HEIGHT
func sceneJob(args []string, _ io.Writer) error {
	width, err := strconv.Atoi(args[1])
	height, err2 := strconv.Atoi(args[2])
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	f, err := os.Create(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	if err := encodeScene(w, args[0], width, height); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// losslessWebP ends the name of a WebP of the other kind.
const losslessWebP = "lossless.webp"

func encodeScene(w io.Writer, name string, width, height int) error {
	switch filepath.Ext(name) {
	case ".jpg":
		texture := photo
		if width < 2000 {
			texture = smooth
		}
		return jpeg.Encode(w, scene(width, height, 1, texture), &jpeg.Options{Quality: 88})
	case ".png":
		return png.Encode(w, scene(width, height, 2, drawing))
	case ".bmp":
		return bmp.Encode(w, scene(width, height, 3, photo))
	case ".gif":
		return encodeAnimation(w, width, height, 30)
	case ".webp":
		o := dwebp.DefaultOptions()
		o.Lossless = strings.HasSuffix(name, losslessWebP)
		o.Quality = 85
		texture := photo
		if o.Lossless {
			texture = drawing
		}
		return dwebp.Encode(w, scene(width, height, 4, texture), o)
	case ".avif":
		return picture.Encode(w, scene(width, height, 5, photo), picture.AVIF, picture.Options{Quality: 60})
	}
	return fmt.Errorf("no encoder for %s", name)
}

// encodeAnimation writes a GIF in which a window moves over a scene.
func encodeAnimation(w io.Writer, width, height, frames int) error {
	whole := scene(2*width, height, 6, drawing)
	var g gif.GIF
	for i := range frames {
		frame := image.NewPaletted(image.Rect(0, 0, width, height), palette.WebSafe)
		draw.Draw(frame, frame.Rect, whole, image.Pt(i*width/frames, 0), draw.Src)
		g.Image = append(g.Image, frame)
		g.Delay = append(g.Delay, 4)
	}
	return gif.EncodeAll(w, &g)
}
