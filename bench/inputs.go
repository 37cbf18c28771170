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
	file   string   // in the work folder, unless it is a path
	from   []string // arguments of the job or of ImageMagick that makes it
	byIM   bool
	most   float64 // of libvips's CPU; 0 for no goal
	better bool    // at no lower PSNR than libvips
	small  bool    // in little memory
}

// The goals: our CPU time as a share of libvips's.
const (
	mostOfJPEG        = 0.8
	mostOfProgressive = 0.2
	mostOfOthers      = 1.3 // PNG and WebP
)

// generated are the inputs that are made here and those of the tests.
func generated() []input {
	const recorded = "handlers/testdata/chevereto/inputs/"
	return []input{
		{name: "JPEG 12 MP 4:2:0", file: "photo12.jpg", from: []string{"4000", "3000"}, most: mostOfJPEG, better: true, small: true},
		{name: "JPEG 12 MP 4:4:4", file: "photo12-444.jpg", byIM: true, from: []string{"photo12.jpg", "-sampling-factor", "4:4:4"}, most: mostOfJPEG, better: true, small: true},
		{name: "JPEG 12 MP progressive", file: "photo12-progressive.jpg", byIM: true, from: []string{"photo12.jpg", "-interlace", "JPEG"}, most: mostOfProgressive, small: true},
		{name: "JPEG 200 KB", file: "photo200k.jpg", from: []string{"1280", "960"}},
		{name: "PNG 1920x1080", file: "photo.png", from: []string{"1920", "1080"}, most: mostOfOthers},
		{name: "GIF 30 frames", file: "clip.gif", from: []string{"800", "600"}},
		{name: "WebP lossy 4.5 MP", file: "photo.webp", from: []string{"2450", "1837"}, most: mostOfOthers},
		{name: "WebP lossless 2 MP", file: "lossless.webp", from: []string{"1632", "1224"}, most: mostOfOthers},
		{name: "BMP 2 MP", file: "photo.bmp", from: []string{"1632", "1224"}},
		{name: "AVIF 2 MP", file: "photo.avif", from: []string{"1632", "1224"}},
		{name: "photo.jpg of the tests", file: recorded + "photo.jpg"},
		{name: "exif.jpg of the tests", file: recorded + "exif.jpg"},
		{name: "wide.png of the tests", file: recorded + "wide.png", most: mostOfOthers},
		{name: "static.gif of the tests", file: recorded + "static.gif"},
		{name: "w.webp of the tests", file: recorded + "w.webp", most: mostOfOthers},
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
		case c.Format == picture.PNG, c.Format == picture.WebP:
			all = append(all, input{name: e.Name(), file: path, most: mostOfOthers})
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

// makeInput returns the path of the input's file.
func (b *bench) makeInput(in input) (string, error) {
	if in.from == nil {
		return filepath.Abs(in.file)
	}
	path := filepath.Join(b.dir, in.file)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	cmd := exec.CommandContext(b.ctx, b.tools.self, append([]string{"scene", path}, in.from...)...)
	if in.byIM {
		if b.tools.convert == "" {
			return "", errNotInstalled
		}
		args := append(append([]string{}, in.from[1:]...), path)
		cmd = exec.CommandContext(b.ctx, b.tools.convert, append([]string{filepath.Join(b.dir, in.from[0])}, args...)...)
	}
	if _, err := outputOf(cmd); err != nil {
		return "", errors.Join(fmt.Errorf("make %s: %w", in.name, err), os.RemoveAll(path))
	}
	return path, nil
}
