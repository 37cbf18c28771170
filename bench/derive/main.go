// Command derive makes a medium and a thumb of a picture as the server does, for the
// given times, and tells what it took. It is a program of its own, so that no more is in
// its memory than this needs:
//
//	derive IN OUT_MEDIUM OUT_THUMB MEDIUM_WIDTH THUMB_SIDE QUALITY TIMES
package main

import (
	"bufio"
	"context"
	"fmt"
	"image"
	"os"
	"strconv"

	"postern/bench/own"
	"postern/media/picture"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "derive:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 7 {
		return fmt.Errorf("%d arguments", len(args))
	}
	var numbers [4]int
	for i, arg := range args[3:] {
		n, err := strconv.Atoi(arg)
		if err != nil {
			return err
		}
		numbers[i] = n
	}
	j := job{in: args[0], medium: args[1], thumb: args[2], width: numbers[0], side: numbers[1], quality: numbers[2]}
	return own.Measure(os.Stdout, numbers[3], j.derive)
}

type job struct {
	in, medium, thumb    string
	width, side, quality int
}

// derive goes the way of library.Library: headers, one decoding at the least scale, the
// medium, and the thumb out of the medium or, where that is too low, of the picture.
func (j job) derive() error {
	f, err := os.Open(j.in)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	c, err := picture.ReadConfig(f, info.Size())
	if err != nil {
		return err
	}
	variants := picture.Variants{MediumWidth: j.width, ThumbSide: min(j.side, c.Width, c.Height), LeastSide: j.side}
	const upright = 1
	made, err := picture.DecodeCuts(context.Background(), f, info.Size(), c, upright, j.width*5/4, j.side*5/4, variants.Cuts, nil)
	if err != nil {
		return err
	}
	format := c.Format
	if format == picture.BMP {
		format = picture.PNG
	}
	medium, thumb := variants.Of(made)
	if err := j.write(j.medium, medium, format); err != nil {
		return err
	}
	return j.write(j.thumb, thumb, format)
}

func (j job) write(name string, m image.Image, format picture.Format) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 64<<10)
	if err := picture.Encode(w, m, format, picture.Options{Quality: j.quality}); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
