package main

import (
	"bufio"
	"crypto/md5"
	"image"
	"io"
	"os"
	"strconv"

	"postern/bench/own"
	"postern/media/picture"
)

// jobs are what this program does as a child of its own.
var jobs = map[string]func(args []string, out io.Writer) error{
	"frame": frameJob,
	"md5":   md5Job,
	"scene": sceneJob,
}

// sizes are those of the settings' defaults.
const (
	mediumWidth = 500
	thumbSide   = 320
	quality     = 90
)

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
	return own.Measure(out, times, func() error {
		h := md5.New()
		for rest := data; len(rest) > 0; rest = rest[min(block, len(rest)):] {
			h.Write(rest[:min(block, len(rest))])
		}
		h.Sum(nil)
		return nil
	})
}
