package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"postern/bench/own"
)

// stillInput is a picture that the server has programs decode.
type stillInput struct {
	name     string
	input    input
	programs []string // that the server finds
	beside   string
	rival    func(b *bench, file string) func() (cost, error)
	most     float64 // of the rival's CPU
	memory   float64 // of the server, in megabytes; 0 for no goal
}

var (
	avifInput = input{file: "photo.avif", from: []string{"1632", "1224"}}
	heicInput = input{file: "photo12.heic", by: "heif-enc", from: []string{"photo12.jpg", "-q", "50", "-p", "preset=ultrafast", "-o"}}
	jxlInput  = input{file: "photo20.jxl", by: "cjxl", from: []string{"photo20.jpg", "-q", "90", "-e", "4", "--lossless_jpeg=0"}}
)

func stillInputs() []stillInput {
	byGD := func(b *bench, file string) func() (cost, error) { return b.variants(phpGD, file) }
	process := func(program, out string, options ...string) func(b *bench, file string) func() (cost, error) {
		return func(b *bench, file string) func() (cost, error) {
			return func() (cost, error) {
				args := append([]string{file, filepath.Join(b.dir, out)}, options...)
				return measureProcess(exec.CommandContext(b.ctx, firstProgram(program), args...))
			}
		}
	}
	return []stillInput{
		{"AVIF 2 MP, dav1d and avifenc", avifInput, []string{"dav1d", "avifenc"}, "PHP GD", byGD, 0.35, 40},
		{"AVIF 2 MP, dav1d alone", avifInput, []string{"dav1d"}, "PHP GD", byGD, 0.85, 40},
		{"HEIC 12 MP, heif-convert", heicInput, []string{"heif-convert"}, "it, to JPEG", process("heif-convert", "out.jpg"), 1.15, 0},
		{"JPEG XL 20 MP, djxl", jxlInput, []string{"djxl"}, "it, to PPM", process("djxl", "out.ppm", "--num_threads=1"), 1.15, 0},
	}
}

// stills measures whole uploads of pictures that programs decode.
func (b *bench) stills() error {
	var times, memory []figure
	for _, in := range stillInputs() {
		if !b.only.MatchString(in.name) {
			continue
		}
		time, peak, err := b.measureStill(in)
		if errors.Is(err, errNotInstalled) {
			fmt.Fprintf(b.out, "%s: %v\n", in.name, err)
		} else if err != nil {
			return fmt.Errorf("%s: %w", in.name, err)
		}
		times, memory = append(times, time), append(memory, peak)
	}
	rested, err := b.restedMemory()
	if err != nil {
		return err
	}
	b.printFigures("Whole uploads of pictures that programs decode: CPU milliseconds, with those of the programs", times)
	b.printFigures("Megabytes of the server, without those of programs", append(memory, rested))
	return nil
}

// measureStill lets the server and its rival take turns. Without a program the figures are
// not measured.
func (b *bench) measureStill(in stillInput) (times, memory figure, err error) {
	const uploads = 2 // a turn, since the kernel counts children in hundredths of a second
	ours, theirs := &work{name: in.name}, &work{name: in.name}
	peak := int64(0)
	err = func() error {
		file, err := b.makeInput(in.input)
		if err != nil {
			return err
		}
		s, err := b.serve(in.programs...)
		if err != nil {
			return err
		}
		defer s.stop()
		post := b.posts(s)
		upload := func() error { _, err := post(file); return err }
		if err := errors.Join(s.settle(b.ctx), upload()); err != nil { // compiles what is to be compiled
			return err
		}
		ours.do, theirs.do = b.flow(in.name, s, uploads, upload).do, in.rival(b, file)
		if err := b.takeTurns(ours, theirs); err != nil {
			return err
		}
		peak = own.PeakOf(strconv.Itoa(s.pids[0]))
		return nil
	}()
	return shareOf(ours, in.beside, in.most, theirs), memoryOf(in.name+": peak", peak, in.memory), err
}

// mostRested is the goal for what is left of two pictures, in megabytes.
const mostRested = 150

// restedMemory is what a server takes ten seconds after two large pictures at once, which
// it decodes without a program.
func (b *bench) restedMemory() (figure, error) {
	const name, rest = "two HEIC 12 MP by our own codec, after ten seconds", 10 * time.Second
	if !b.only.MatchString(name) {
		return memoryOf(name, 0, mostRested), nil
	}
	file, err := b.makeInput(heicInput)
	if errors.Is(err, errNotInstalled) {
		fmt.Fprintf(b.out, "%s: %v\n", name, err)
		return memoryOf(name, 0, mostRested), nil
	}
	if err != nil {
		return figure{}, err
	}
	s, err := b.serve()
	if err != nil {
		return figure{}, err
	}
	defer s.stop()
	post := b.posts(s)
	if err := together(2, 2, func() error { _, err := post(file); return err }); err != nil {
		return figure{}, fmt.Errorf("%s: %w", name, err)
	}
	time.Sleep(rest)
	return memoryOf(name, own.ResidentOf(strconv.Itoa(s.pids[0])), mostRested), nil
}
