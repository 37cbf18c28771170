package frame

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"path/filepath"
	"strconv"
	"sync"

	"postern/media/picture"
	"postern/media/sandbox"
)

// encoder is a program that writes AVIF.
type encoder struct {
	path string
	// works tells why it does not write a test picture as it should, if so.
	works func() error
}

// findEncoder looks for the encoder, nil for none.
func (l *DecoderChain) findEncoder() *encoder {
	path := lookup([]string{"avifenc"})
	if path == "" || !l.options.Programs {
		return nil
	}
	e := &encoder{path: path}
	e.works = sync.OnceValue(func() error { return l.testEncoder(e) })
	return e
}

// testEncoder has the encoder write the test picture, and a decoder show that.
func (l *DecoderChain) testEncoder(e *encoder) error {
	ctx, cancel := context.WithTimeout(l.background, testTime)
	defer cancel()
	fields := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		at := [4][4]byte{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}}[i/32%2+2*(i/64/32)]
		copy(fields.Pix[4*i:], at[:])
	}
	avif, err := l.encodeBy(ctx, e, fields, picture.Options{Quality: 90})
	if err != nil {
		return err
	}
	r, size := bytes.NewReader(avif), int64(len(avif))
	c, err := picture.ReadConfig(r, size)
	if err != nil {
		return err
	}
	m, _, err := l.Still(ctx, r, size, c, c.Width, c.Height)
	if errors.Is(err, ErrNoFrame) {
		m, err = picture.Decode(ctx, r, size, c, c.Width, c.Height)
	}
	if err != nil {
		return err
	}
	return checkFields(m)
}

// Encode writes a picture as picture.Encode does, by a program of the system that takes
// a fraction of the time. The error wraps ErrNoFrame where there is none for the format,
// or it failed; nothing is written then. Else the error is that of w or of ctx.
func (l *DecoderChain) Encode(ctx context.Context, w io.Writer, m image.Image, format picture.Format, o picture.Options) error {
	if format != picture.AVIF || l.encoder == nil || l.encoder.works() != nil {
		return fmt.Errorf("%w: no program writes %s", ErrNoFrame, format)
	}
	if err := l.slots.Acquire(ctx, 1); err != nil {
		return err
	}
	defer l.slots.Release(1)
	avif, err := l.encodeBy(ctx, l.encoder, m, o)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		l.log.Debug("picture not encoded", "encoder", l.encoder.path, "error", err)
		return fmt.Errorf("%w: %s: %w", ErrNoFrame, l.encoder.path, err)
	}
	_, err = w.Write(avif)
	return err
}

// encodeBy gives the encoder a PNG, which holds alpha and profile as well.
func (l *DecoderChain) encodeBy(ctx context.Context, e *encoder, m image.Image, o picture.Options) ([]byte, error) {
	const input, output = "in.png", "out.avif"
	w, err := l.newWorkplace("empty", nil)
	if err != nil {
		return nil, err
	}
	defer w.remove()
	reader, writer := io.Pipe()
	o.Stored = true
	go func() { writer.CloseWithError(picture.Encode(writer, m, picture.PNG, o)) }()
	if err := w.fill(input, reader); err != nil {
		reader.CloseWithError(err)
		return nil, err
	}
	size := m.Bounds().Size()
	pixels := int64(size.X) * int64(size.Y)
	_, err = sandbox.Run(ctx, sandbox.Job{
		Path: e.path, Args: encoderArgs(o, input, output), Dir: w.dir, Env: []string{"LC_ALL=C"}, WritePaths: []string{w.dir},
		Time: stillTime, Processor: programTime, Output: stillPixel*pixels + maxStillHeader, Memory: programMemory + encoderPixel*pixels,
	})
	if err != nil {
		return nil, err
	}
	avif, err := w.output(output, stillPixel*pixels+maxStillHeader)
	if err != nil {
		return nil, err
	}
	c, err := picture.ReadConfig(bytes.NewReader(avif), int64(len(avif)))
	if err != nil || c.Format != picture.AVIF || image.Pt(c.Width, c.Height) != size {
		return nil, fmt.Errorf("%w: %s of %dx%d, want AVIF of %v (%v)", errOutput, c.Format, c.Width, c.Height, size, err)
	}
	return avif, nil
}

// encoderPixel is what the encoder takes for each pixel, in bytes.
const encoderPixel = 256

// encoderArgs ask for what the encoder of picture makes: at slower speeds than 9, a
// picture of 500 pixels takes seconds. libavif's quality of 0 to 100 is a quantizer of
// 63 to 0.
func encoderArgs(o picture.Options, input, output string) []string {
	quality, primaries := o.Quality, "1/13" // sRGB
	if quality == 0 {
		quality = 90
	}
	if len(o.ICC) > 0 {
		primaries = "2/2" // as the profile says
	}
	quantizer := strconv.Itoa(((100-quality)*63 + 50) / 100)
	return []string{
		"--speed", "9", "--jobs", "1", "--yuv", "420", "--cicp", primaries + "/6",
		"--min", quantizer, "--max", quantizer, "--minalpha", quantizer, "--maxalpha", quantizer,
		"--ignore-exif", "--ignore-xmp", input, output,
	}
}

// listEncoder tells of the encoder, if it is there.
func (l *DecoderChain) listEncoder() []Found {
	if l.encoder == nil {
		return nil
	}
	return []Found{{string(picture.AVIF), filepath.Base(l.encoder.path) + " (writes)", l.encoder.path, l.encoder.works()}}
}
