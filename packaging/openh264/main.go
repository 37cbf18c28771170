//go:build linux || darwin || freebsd

// Postern-openh264 shows a key frame of H.264 by way of Cisco's OpenH264, which
// it loads when it runs: nothing of that is needed to build it.
//
//	postern-openh264 FILE WIDTH HEIGHT
//
// FILE is a byte stream with start codes (Rec. ITU-T H.264, annex B). What is
// printed is a YUV4MPEG2 file with its first picture, which must be of the size.
//
// It is a program of its own since the way to load a library without cgo makes
// a program depend on the system's C library, which Postern itself does not.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "postern-openh264:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	if len(args) != 3 {
		return errors.New("usage: postern-openh264 FILE WIDTH HEIGHT")
	}
	width, errX := strconv.Atoi(args[1])
	height, errY := strconv.Atoi(args[2])
	if err := errors.Join(errX, errY); err != nil {
		return err
	}
	stream, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	d, err := newDecoder()
	if err != nil {
		return err
	}
	p, err := d.first(stream)
	if err != nil {
		return err
	}
	if p.width != width || p.height != height {
		return fmt.Errorf("picture of %dx%d pixels, want %dx%d", p.width, p.height, width, height)
	}
	out := bufio.NewWriterSize(stdout, 1<<16)
	if err := p.write(out); err != nil {
		return err
	}
	return out.Flush()
}
