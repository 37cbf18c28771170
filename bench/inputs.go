package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"postern/media/picture"
)

// input is a picture to make smaller.
type input struct {
	name   string
	file   string      // in the work folder, unless it is a path
	from   []string    // arguments of the job that makes it
	by     string      // or of this program, the first of them another input's file
	page   *screenshot // or the page that Chromium shows
	goals  goals
	better bool // at no lower PSNR than libvips
}

// goals are those of a picture, 0 for none.
type goals struct {
	most   float64 // of libvips's CPU
	inGo   float64 // of it, without assembly
	mostGD float64 // of GD's CPU
	memory float64 // megabytes
	psnr   float64 // to the exact medium
	bytes  float64 // of what image/png writes
}

// The goals: our CPU time as a share of libvips's.
const (
	mostOfJPEG        = 0.8
	mostOfProgressive = 0.2
	mostOfWebP        = 0.9
)

var (
	goalsOfJPEG = goals{most: mostOfJPEG, memory: 25}
	goalsOfPNG  = goals{most: 0.4, inGo: 0.9, memory: 12, psnr: 60, bytes: 0.98}
	goalsOfRGBA = goals{most: 0.22, inGo: 0.9, memory: 12, psnr: 60, bytes: 0.98}
	goalsOf4K   = goals{most: 0.4, inGo: 0.9, memory: 14, psnr: 60, bytes: 0.98}
	goalsOfBMP  = goals{most: 0.35, psnr: 60, bytes: 0.98}
)

// generated are the inputs that are made here and those of the tests.
func generated() []input {
	const recorded = "handlers/testdata/chevereto/inputs/"
	return []input{
		{name: "JPEG 12 MP 4:2:0", file: "photo12.jpg", from: []string{"4000", "3000"}, goals: goalsOfJPEG, better: true},
		{name: "JPEG 12 MP 4:4:4", file: "photo12-444.jpg", by: "convert", from: []string{"photo12.jpg", "-sampling-factor", "4:4:4"}, goals: goalsOfJPEG, better: true},
		{name: "JPEG 12 MP progressive", file: "photo12-progressive.jpg", by: "convert", from: []string{"photo12.jpg", "-interlace", "JPEG"}, goals: goals{most: mostOfProgressive, memory: 25}},
		{name: "JPEG 200 KB", file: "photo200k.jpg", from: []string{"1280", "960"}},
		{name: "PNG 1920x1080, drawn", file: "photo.png", from: []string{"1920", "1080"}, goals: goalsOfPNG},
		{name: "PNG 1920x1080, text", file: "text.png", page: &screenshot{page: "text", scale: 1}, goals: goalsOfPNG},
		{name: "PNG 1920x1080, document", file: "document.png", page: &screenshot{page: "document", scale: 1}, goals: goalsOfPNG},
		{name: "PNG 1920x1080, photos", file: "photos.png", page: &screenshot{page: "photos", scale: 1}, goals: goalsOfPNG},
		{name: "PNG 1920x1080 RGBA, opaque", file: "photos-rgba.png", by: "convert", from: []string{"photos.png", "-define", "png:color-type=6"}, goals: goalsOfRGBA},
		{name: "PNG 1920x1080 RGBA, shadow", file: "window.png", page: &screenshot{page: "window", scale: 1, clear: true}, goals: goalsOfRGBA},
		{name: "PNG 3840x2160, text", file: "text4k.png", page: &screenshot{page: "text", scale: 2}, goals: goalsOf4K},
		{name: "PNG 3840x2160, photos", file: "photos4k.png", page: &screenshot{page: "photos", scale: 2}, goals: goalsOf4K},
		{name: "GIF 30 frames", file: "clip.gif", from: []string{"800", "600"}, goals: goals{mostGD: 0.6}},
		{name: "WebP lossy 4.5 MP", file: "photo.webp", from: []string{"2450", "1837"}, goals: goals{most: 0.85}},
		{name: "WebP lossless 2 MP", file: "lossless.webp", from: []string{"1632", "1224"}, goals: goals{most: mostOfWebP}},
		{name: "BMP 2 MP", file: "photo.bmp", from: []string{"1632", "1224"}, goals: goalsOfBMP},
		{name: "AVIF 2 MP", file: "photo.avif", from: []string{"1632", "1224"}},
		{name: "photo.jpg of the tests", file: recorded + "photo.jpg"},
		{name: "exif.jpg of the tests", file: recorded + "exif.jpg"},
		{name: "wide.png of the tests", file: recorded + "wide.png", goals: goals{most: 0.4}},
		{name: "static.gif of the tests", file: recorded + "static.gif"},
		{name: "w.webp of the tests", file: recorded + "w.webp", goals: goals{most: mostOfWebP}},
	}
}

// given are the pictures of a folder. Files that are none are left out.
func given(dir string) ([]input, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []input
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		c, err := configOf(path)
		switch {
		case err != nil:
			continue
		case c.Format == picture.JPEG, c.Format == picture.GIF, c.Format == picture.BMP, c.Format == picture.AVIF:
			all = append(all, input{name: e.Name(), file: path})
		case c.Format == picture.PNG:
			all = append(all, input{name: e.Name(), file: path, goals: goals{most: 0.4, inGo: 0.9, psnr: 60, bytes: 0.98}})
		case c.Format == picture.WebP:
			all = append(all, input{name: e.Name(), file: path, goals: goals{most: mostOfWebP}})
		}
	}
	return all, nil
}

func configOf(path string) (picture.Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return picture.Config{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return picture.Config{}, err
	}
	return picture.ReadConfig(f, info.Size())
}

// makeInput returns the path of the input's file. The error wraps errNotInstalled where
// a program is missing that would make it.
func (b *bench) makeInput(in input) (string, error) {
	if in.from == nil && in.page == nil {
		return filepath.Abs(in.file)
	}
	path := filepath.Join(b.dir, in.file)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if in.page != nil {
		return path, b.takeScreenshot(*in.page, path)
	}
	cmd := exec.CommandContext(b.ctx, b.tools.self, append([]string{"scene", path}, in.from...)...)
	if in.by != "" {
		other, err := b.makeInput(inputOf(in.from[0]))
		if err != nil {
			return "", err
		}
		program := firstProgram(in.by)
		if in.by == "convert" {
			program = b.tools.convert
		}
		if program == "" {
			return "", fmt.Errorf("%s: %w", in.by, errNotInstalled)
		}
		cmd = exec.CommandContext(b.ctx, program, append(append([]string{other}, in.from[1:]...), path)...)
	}
	if _, err := outputOf(cmd); err != nil {
		return "", errors.Join(fmt.Errorf("make %s: %w", in.file, err), os.RemoveAll(path))
	}
	return path, nil
}

// inputOf returns the generated input of a file.
func inputOf(file string) input {
	for _, in := range generated() {
		if in.file == file {
			return in
		}
	}
	return input{file: file, from: []string{"5200", "3900"}} // photo20.jpg, which is only made into others
}
