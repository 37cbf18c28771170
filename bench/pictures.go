package main

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// rival is a program that makes a medium and a thumb.
type rival struct {
	name string
	run  func(in, medium, thumb string, times int) (cost, error)
}

const (
	ours     = iota
	oursInGo // without assembly
	libvips
	imageMagick
	phpGD
	rivalCount
)

func (b *bench) rivals() [rivalCount]rival {
	job := func(program string, first ...string) func(in, medium, thumb string, times int) (cost, error) {
		return func(in, medium, thumb string, times int) (cost, error) {
			if program == "" {
				return cost{}, errNotInstalled
			}
			args := append(first, in, medium, thumb, strconv.Itoa(mediumWidth), strconv.Itoa(thumbSide), strconv.Itoa(quality), strconv.Itoa(times))
			return measureSelf(exec.CommandContext(b.ctx, program, args...))
		}
	}
	return [rivalCount]rival{
		ours:        {"Postern", job(b.tools.derive)},
		oursInGo:    {"in Go", job(b.tools.deriveInGo)},
		libvips:     {"libvips", job(b.tools.vips)},
		imageMagick: {"ImageMagick", b.runImageMagick},
		phpGD:       {"PHP GD", job(b.tools.php, b.tools.gd)},
	}
}

// variants returns work that makes a medium and a thumb of a file by one of the rivals.
func (b *bench) variants(by int, file string) func() (cost, error) {
	r := b.rivals()[by]
	return func() (cost, error) {
		medium, thumb := b.outputs(file, r.name)
		return r.run(file, medium, thumb, timesInOneProcess)
	}
}

// runImageMagick starts the program and takes off what its start costs. It
// does its work once, whatever times is.
func (b *bench) runImageMagick(in, medium, thumb string, _ int) (cost, error) {
	if b.tools.convert == "" {
		return cost{}, errNotInstalled
	}
	side := strconv.Itoa(thumbSide)
	started, err := measureProcess(exec.CommandContext(b.ctx, b.tools.convert, "-size", "1x1", "xc:white", "null:"))
	if err != nil {
		return cost{}, err
	}
	c, err := measureProcess(exec.CommandContext(b.ctx, b.tools.convert, in+"[0]",
		"-quality", strconv.Itoa(quality), "-sampling-factor", "4:2:0",
		"-resize", fmt.Sprintf("%dx>", mediumWidth), "-write", medium,
		"-resize", side+"x"+side+"^", "-gravity", "center", "-extent", side+"x"+side, thumb))
	if err != nil {
		return cost{}, err
	}
	return cost{[]time.Duration{max(c.cpu()-started.cpu(), time.Microsecond)}, c.memory}, nil
}

// outcome is what all rivals did with one input.
type outcome struct {
	input
	costs    [rivalCount]cost
	likeness [rivalCount]likeness
	bytes    [rivalCount]int64 // of the medium
	standard int64             // bytes that image/png would write of ours
}

func (b *bench) pictures() error {
	others, err := given(b.options.inputs)
	if err != nil {
		return err
	}
	var all []outcome
	for _, in := range append(generated(), others...) {
		if !b.only.MatchString(in.name) {
			continue
		}
		path, err := b.makeInput(in)
		if errors.Is(err, errNotInstalled) {
			fmt.Fprintf(b.out, "%s: left out, since a program that makes it is missing: %v\n", in.name, err)
			continue
		}
		if err != nil {
			return err
		}
		o := outcome{input: in}
		o.file = path
		if err := b.measurePicture(&o); err != nil {
			return fmt.Errorf("%s: %w", in.name, err)
		}
		all = append(all, o)
	}
	printPictures(b.out, all)
	return nil
}

// timesInOneProcess is how often a warm process does its work.
const timesInOneProcess = 3

// measurePicture lets the rivals take turns. What one of them cannot do stays
// empty, but for ours.
func (b *bench) measurePicture(o *outcome) error {
	rivals := b.rivals()
	var broken [rivalCount]bool
	for round := range b.rounds {
		times := timesInOneProcess
		if round == 0 {
			times = 1 // for the memory
		}
		for i, r := range rivals {
			if broken[i] {
				continue
			}
			medium, thumb := b.outputs(o.file, r.name)
			c, err := r.run(o.file, medium, thumb, times)
			if err != nil && i == ours {
				return err
			}
			if broken[i] = err != nil; broken[i] {
				if !errors.Is(err, errNotInstalled) {
					fmt.Fprintf(b.out, "%s does not take %s: %v\n", r.name, o.name, err)
				}
				continue
			}
			o.costs[i].add(c)
		}
	}
	return b.check(o, rivals, broken)
}

// outputs names the files that a rival writes, in the format of the input.
func (b *bench) outputs(in, rival string) (medium, thumb string) {
	extension := filepath.Ext(in)
	if extension == ".bmp" {
		extension = ".png"
	}
	return filepath.Join(b.dir, rival+"-medium"+extension), filepath.Join(b.dir, rival+"-thumb"+extension)
}

// check compares the mediums with the reference: PNGs with the exact one.
func (b *bench) check(o *outcome, rivals [rivalCount]rival, broken [rivalCount]bool) error {
	compare, err := b.comparer(o.file)
	if errors.Is(err, errNotInstalled) {
		return nil
	}
	if err != nil {
		fmt.Fprintf(b.out, "no reference for %s: %v\n", o.name, err)
		return nil
	}
	for i, r := range rivals {
		if broken[i] {
			continue
		}
		medium, _ := b.outputs(o.file, r.name)
		info, err := os.Stat(medium)
		if err != nil {
			return err
		}
		o.bytes[i] = info.Size()
		if o.likeness[i], err = compare(medium); err != nil {
			fmt.Fprintf(b.out, "%s of %s: %v\n", o.name, r.name, err)
		}
	}
	if o.goals.bytes > 0 {
		medium, _ := b.outputs(o.file, rivals[ours].name)
		o.standard, err = standardBytes(medium)
	}
	return err
}

// comparer returns what compares a medium of a picture with the reference.
func (b *bench) comparer(file string) (func(medium string) (likeness, error), error) {
	if extension := filepath.Ext(file); extension == ".png" || extension == ".bmp" {
		want, err := exactMedium(file)
		return func(medium string) (likeness, error) { return compareExactly(medium, want) }, err
	}
	want, err := b.reference(file)
	return func(medium string) (likeness, error) {
		got, err := b.luma(medium)
		if err != nil {
			return likeness{}, err
		}
		return compare(got, want)
	}, err
}

// standardBytes returns how long the file is that image/png writes of a medium, when
// it is to be fast.
func standardBytes(medium string) (int64, error) {
	m, err := readImage(medium)
	if err != nil {
		return 0, err
	}
	var written bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	err = e.Encode(&written, m)
	return int64(written.Len()), err
}
