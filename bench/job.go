package main

import (
	"bufio"
	"context"
	"crypto/md5"
	"fmt"
	"image"
	"io"
	"os"
	"strconv"

	"postern/media/picture"
)

// jobs are what this program does as a child of its own.
var jobs = map[string]func(args []string, out io.Writer) error{
	"derive": deriveJob,
	"frame":  frameJob,
	"md5":    md5Job,
	"scene":  sceneJob,
}

// sizes are those of the settings' defaults.
const (
	mediumWidth = 500
	thumbSide   = 320
	quality     = 90
)

// deriveJob makes a medium and a thumb of a picture, for the given times:
// IN OUT_MEDIUM OUT_THUMB MEDIUM_WIDTH THUMB_SIDE QUALITY TIMES
func deriveJob(args []string, out io.Writer) error {
	if len(args) != 7 {
		return fmt.Errorf("derive: %d arguments", len(args))
	}
	times, err := strconv.Atoi(args[6])
	if err != nil {
		return err
	}
	for range times {
		before := ownCPU()
		if err := derive(args[0], args[1], args[2]); err != nil {
			return err
		}
		fmt.Fprintln(out, (ownCPU() - before).Microseconds())
	}
	fmt.Fprintln(out, ownPeak()>>10)
	return nil
}

// derive goes the way of library.Library: headers, one decoding at the least scale, the
// medium, and the thumb out of the medium or, where that is too low, of the picture.
func derive(in, medium, thumb string) error {
	f, err := os.Open(in)
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
	variants := picture.Variants{MediumWidth: mediumWidth, ThumbSide: min(thumbSide, c.Width, c.Height), LeastSide: thumbSide}
	const upright = 1
	made, err := picture.DecodeCuts(context.Background(), f, info.Size(), c, upright, mediumWidth*5/4, thumbSide*5/4, variants.Cuts, nil)
	if err != nil {
		return err
	}
	format := c.Format
	if format == picture.BMP {
		format = picture.PNG
	}
	m, small := variants.Of(made)
	if err := encodeFile(medium, m, format); err != nil {
		return err
	}
	return encodeFile(thumb, small, format)
}

func encodeFile(name string, m image.Image, format picture.Format) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 64<<10)
	if err := picture.Encode(w, m, format, picture.Options{Quality: quality}); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// md5Job hashes a file as often as asked, in blocks of the size that uploads
// are copied in; reading is not counted: FILE TIMES
func md5Job(args []string, out io.Writer) error {
	times, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	const block = 256 << 10
	for range times {
		before := ownCPU()
		h := md5.New()
		for rest := data; len(rest) > 0; rest = rest[min(block, len(rest)):] {
			h.Write(rest[:min(block, len(rest))])
		}
		h.Sum(nil)
		fmt.Fprintln(out, (ownCPU() - before).Microseconds())
	}
	fmt.Fprintln(out, ownPeak()>>10)
	return nil
}
