package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"postern/bench/own"
	"postern/media/frame"
	"postern/media/picture"
	"postern/media/video"
)

// frameJob writes the frame of a video as a JPEG, for the given times. What the
// chain of decoders takes at its start, once for a server, is not counted. The
// memory is that of this process and of the largest program at once:
// VIDEO OUT TIMES
func frameJob(args []string, out io.Writer) (err error) {
	if len(args) != 3 {
		return fmt.Errorf("frame: %d arguments", len(args))
	}
	times, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	decoders, err := frame.New(frame.Options{Dir: filepath.Join(filepath.Dir(args[1]), "probe"), Programs: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, decoders.Close()) }()
	decoders.List() // waits for all of their tests
	forgetPeak()
	for range times {
		before := own.CPU() + childrenCPU()
		if err := writeFrame(decoders, args[0], args[1]); err != nil {
			return err
		}
		fmt.Fprintln(out, (own.CPU() + childrenCPU() - before).Microseconds())
	}
	programs, err := peakOfPrograms(func() error { return writeFrame(decoders, args[0], args[1]) })
	fmt.Fprintln(out, (own.Peak()+programs)>>10)
	return err
}

func writeFrame(decoders *frame.DecoderChain, in, out string) error {
	f, err := os.Open(in)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	facts, err := video.Read(f, info.Size())
	if err != nil {
		return err
	}
	m, name, err := decoders.ExtractFrame(context.Background(), f, info.Size(), facts)
	if err != nil {
		return err
	}
	if size := m.Bounds().Size(); size != image.Pt(facts.Width, facts.Height) {
		return fmt.Errorf("%s shows %v of %dx%d pixels", name, size, facts.Width, facts.Height)
	}
	return encodeFile(out, m, picture.JPEG)
}

// peakOfPrograms does work and looks at the memory of the programs that it
// starts, every millisecond.
func peakOfPrograms(work func() error) (int64, error) {
	done := make(chan error, 1)
	go func() { done <- work() }()
	peak := int64(0)
	for {
		select {
		case err := <-done:
			return peak, err
		case <-time.After(time.Millisecond):
			peak = max(peak, peakBelow(os.Getpid()))
		}
	}
}

// peakBelow is the greatest memory so far of a living descendant of a process.
func peakBelow(pid int) int64 {
	peak := int64(0)
	children, _ := childrenOf(pid) // gone is as good as none
	for _, child := range children {
		peak = max(peak, own.PeakOf(strconv.Itoa(child)), peakBelow(child))
	}
	return peak
}
