package frame

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"strconv"
	"strings"

	"postern/media/picture"
	"postern/media/sandbox"
	"postern/media/video"
)

const maxStillBytes = 64 << 20 // of the file that a command writes

// command asks the operator's program for a frame of the whole video.
func (l *DecoderChain) command(ctx context.Context, r io.ReaderAt, size int64, facts video.Facts) (image.Image, error) {
	path := lookup(l.options.Command[:1])
	if path == "" {
		return nil, fmt.Errorf("%w: no program %s", ErrNoFrame, l.options.Command[0])
	}
	w, err := l.newWorkplace("out.png", nil)
	if err != nil {
		return nil, err
	}
	defer w.remove()
	input := "in." + facts.Container
	if err := w.fill(input, io.NewSectionReader(r, 0, size)); err != nil {
		return nil, err
	}
	pixels := int64(facts.CodedWidth) * int64(facts.CodedHeight)
	_, err = sandbox.Run(ctx, sandbox.Job{
		Path: path, Args: commandArgs(l.options.Command[1:], input, facts), Dir: w.dir, Env: []string{"LC_ALL=C", "PATH=/usr/bin:/bin"},
		WritePaths: []string{w.dir}, Output: maxStillBytes, Memory: 4*programMemory + memoryPixel*pixels, Time: l.options.Timeout,
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoFrame, err)
	}
	m, err := readStill(ctx, w, facts)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoFrame, path, err)
	}
	return m, nil
}

func commandArgs(args []string, input string, facts video.Facts) []string {
	at := strconv.FormatFloat(facts.Duration.Seconds()/4, 'f', 3, 64)
	replace := strings.NewReplacer("{in}", input, "{out}", "out.png", "{time}", at)
	filled := make([]string, len(args))
	for i, arg := range args {
		filled[i] = replace.Replace(arg)
	}
	return filled
}

// readStill reads the picture that the program has written. It must be upright,
// and of the video's proportions.
func readStill(ctx context.Context, w *workplace, facts video.Facts) (image.Image, error) {
	b, err := w.output("out.png", maxStillBytes)
	if err != nil {
		return nil, err
	}
	r, size := bytes.NewReader(b), int64(len(b))
	c, err := picture.ReadConfig(r, size)
	if err != nil {
		return nil, err
	}
	if c.Format != picture.PNG && c.Format != picture.JPEG || !inProportion(c.Width, c.Height, facts) {
		return nil, fmt.Errorf("%w: %s of %dx%d, want PNG or JPEG of %dx%d", errOutput, c.Format, c.Width, c.Height, facts.Width, facts.Height)
	}
	return picture.Decode(ctx, r, size, c, c.Width, c.Height)
}

// inProportion allows for a pixel of rounding.
func inProportion(width, height int, facts video.Facts) bool {
	if width > facts.Width || height > facts.Height {
		return false
	}
	exact := float64(width) * float64(facts.Height) / float64(facts.Width)
	return math.Abs(exact-float64(height)) <= 1
}
