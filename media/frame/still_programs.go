package frame

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"postern/media/picture"
	"postern/media/sandbox"
)

// stillProgram decodes pictures of one format. What it makes has the size that
// picture.Bare tells.
type stillProgram struct {
	format   picture.Format
	names    []string // of the executable; the first that is there is taken
	packages string   // of Debian that bring it

	can func(c picture.Config) bool // tells what it can show; nil for all

	// show decodes in another way than by run; nil for that.
	show func(ctx context.Context, l *DecoderChain, path string, j stillJob) (image.Image, error)

	// run tells its arguments and the name of the file that it writes, for a
	// picture in the file input.
	run func(c picture.Config, input string) (args []string, output string)
}

// stillPrograms has the cheapest of each format first.
var stillPrograms = []stillProgram{
	{format: picture.HEIC, names: []string{"heif-dec", "heif-convert"}, packages: "libheif-examples libheif-plugin-libde265", run: runHeif},
	{format: picture.AVIF, names: []string{"dav1d"}, packages: "dav1d", show: showAV1},
	{format: picture.AVIF, names: []string{"heif-dec", "heif-convert"}, packages: "libheif-examples libheif-plugin-dav1d", run: runHeif},
	{format: picture.JXL, names: []string{"djxl"}, packages: "libjxl-tools", can: djxlCan, run: runDjxl},
}

// runHeif asks for a JPEG, which takes a tenth of the time of a PNG, but for what
// a JPEG does not hold.
func runHeif(c picture.Config, input string) ([]string, string) {
	if c.Alpha {
		return []string{input, "out.png"}, "out.png"
	}
	quality := "97"
	if c.Pixels() > largeStill {
		quality = "92"
	}
	return []string{"-q", quality, input, "out.jpg"}, "out.jpg"
}

// largeStill is from how many pixels on a better JPEG takes a fifth more of all the time for
// little: the medium of 12 megapixels is 51 dB from one without a JPEG in between, and 52 by
// a quality of 97.
const largeStill = 8_000_000

// profileName is the file for the profile of what djxl writes.
const profileName = "out.icc"

// runDjxl asks for a PAM with alpha, which does not take other channels, and a PNG with
// those.
func runDjxl(c picture.Config, input string) ([]string, string) {
	output := "out.ppm"
	switch {
	case c.Samples.Channels > 1:
		output = "out.png"
	case c.Alpha:
		output = "out.pam"
	}
	args := []string{input, output, "--num_threads=1", "--icc_out=" + profileName}
	switch {
	case c.Samples.Light && c.Grey:
		args = append(args, "--color_space=Gra_D65_Rel_SRG")
	case c.Samples.Light: // those of Display P3, which hold more than those of sRGB
		args = append(args, "--color_space=RGB_D65_DCI_Rel_SRG")
	}
	return args, output
}

// djxlCan leaves out samples that djxl 0.7 writes in another depth than it says, and
// multiplied colours, which no form of output tells.
func djxlCan(c picture.Config) bool {
	return (c.Samples.Depth == 8 || c.Samples.Depth == 16) && !c.Samples.Multiplied
}

// stillDecoder shows pictures of one format.
type stillDecoder struct {
	name string
	path string // of its program; "" for the codec of this program
	show func(ctx context.Context, j stillJob) (image.Image, []byte, error)
	// works tells why the decoder does not show a test picture, if so.
	works func() error
}

// stillJob is a picture to decode.
type stillJob struct {
	r                   io.ReaderAt
	size                int64
	config              picture.Config
	minWidth, minHeight int
}

// findStills lists the decoders that are there, the codecs of this program last.
func (l *DecoderChain) findStills() map[picture.Format][]*stillDecoder {
	found := make(map[picture.Format][]*stillDecoder)
	add := func(format picture.Format, d *stillDecoder) {
		if d.works == nil {
			d.works = sync.OnceValue(func() error { return l.testStill(format, d) })
		}
		found[format] = append(found[format], d)
	}
	for _, p := range stillPrograms {
		path := lookup(p.names)
		if path == "" || !l.options.Programs {
			continue
		}
		add(p.format, &stillDecoder{
			name: filepath.Base(path), path: path,
			show: func(ctx context.Context, j stillJob) (image.Image, []byte, error) {
				if p.show != nil {
					m, err := p.show(ctx, l, path, j)
					return m, nil, err
				}
				return l.showByProgram(ctx, p, path, j)
			},
		})
	}
	if l.codecs != "" {
		for _, format := range stillFormats {
			add(format, &stillDecoder{
				name: builtIn, show: l.showByCodec, works: func() error { return l.codecReady(format) },
			})
		}
	}
	return found
}

// builtIn is the name of decoders that are part of this program.
const builtIn = "built in"

// testStill tells why a program does not show the test picture, if so.
func (l *DecoderChain) testStill(format picture.Format, d *stillDecoder) error {
	ctx, cancel := context.WithTimeout(l.background, testTime)
	defer cancel()
	j, err := builtInPicture(format)
	if err != nil {
		return err
	}
	m, _, err := d.show(ctx, j)
	if err != nil {
		return err
	}
	return checkFields(m)
}

// builtInPicture is the test picture of a format.
func builtInPicture(format picture.Format) (stillJob, error) {
	b, err := testVideos.ReadFile("testvideos/fields." + string(format))
	if err != nil {
		return stillJob{}, err
	}
	j := stillJob{r: bytes.NewReader(b), size: int64(len(b))}
	j.config, err = picture.ReadConfig(j.r, j.size)
	j.minWidth, j.minHeight = j.config.Width, j.config.Height
	return j, err
}

// Still returns a picture of AVIF, HEIC or JPEG XL by the first decoder that can,
// c being what picture.ReadConfig told of the first size bytes of r: upright, and
// at least of the given size where it has that. The profile tells its colours
// where the file does not; it is empty for none. The error wraps picture.ErrDamaged,
// ErrNoDecoder, ErrMemory or ErrTooCostly where the codecs of picture need not be
// asked any more, ErrNoFrame where no decoder shows it, or is that of r or of ctx.
func (l *DecoderChain) Still(ctx context.Context, r io.ReaderAt, size int64, c picture.Config, minWidth, minHeight int) (image.Image, []byte, error) {
	if len(l.stills[c.Format]) == 0 {
		return nil, nil, fmt.Errorf("%w: no program for %s", ErrNoFrame, c.Format)
	}
	if err := l.slots.Acquire(ctx, 1); err != nil {
		return nil, nil, err
	}
	defer l.slots.Release(1)
	j := stillJob{r, size, c, minWidth, minHeight}
	failed := fmt.Errorf("%w: no program for %s works", ErrNoFrame, c.Format)
	for _, d := range l.stills[c.Format] {
		if d.works() != nil {
			continue
		}
		m, icc, err := d.show(ctx, j)
		switch {
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case err == nil:
			return m, icc, nil
		case errors.Is(err, sandbox.ErrProcessor):
			return nil, nil, fmt.Errorf("%s: %w: %w", d.name, c.TooCostly(), err)
		case d.path == "":
			return nil, nil, fmt.Errorf("codec in the sandbox: %w", err)
		}
		l.log.Debug("picture not decoded", "decoder", d.path, "format", c.Format, "error", err)
		failed = fmt.Errorf("%w: %s: %w", ErrNoFrame, d.path, err)
	}
	return nil, nil, failed
}

func (l *DecoderChain) showByProgram(ctx context.Context, p stillProgram, path string, j stillJob) (image.Image, []byte, error) {
	if p.can != nil && !p.can(j.config) {
		return nil, nil, errNotMine
	}
	bare, err := picture.ReadBare(j.r, j.size, j.config)
	if err != nil {
		return nil, nil, err
	}
	input := "in." + string(p.format)
	w, err := l.newWorkplace("empty", nil)
	if err != nil {
		return nil, nil, err
	}
	defer w.remove()
	if err := w.fill(input, bare.Data); err != nil {
		return nil, nil, err
	}
	pixels := int64(bare.Width) * int64(bare.Height)
	args, output := p.run(j.config, input)
	_, err = sandbox.Run(ctx, sandbox.Job{
		Path: path, Args: args, Dir: w.dir, Env: []string{"LC_ALL=C"}, WritePaths: []string{w.dir},
		Time: stillTime, Processor: processorTime(j.config),
		Output: stillPixel*pixels + maxStillHeader, Memory: programMemory + memoryPixel*pixels,
	})
	if err != nil {
		return nil, nil, err
	}
	m, err := w.picture(ctx, output, bare, j.minWidth, j.minHeight)
	if err != nil {
		return nil, nil, err
	}
	icc, err := w.output(profileName, maxStillHeader)
	if err != nil {
		icc = nil // not all programs write one
	}
	return bare.Shown(m), picture.ICCOf(icc), nil
}

// stillTime is for machines that do other things: the processor's time is what counts.
const stillTime = time.Minute

// processorTime is what a decoder gets for a picture.
func processorTime(c picture.Config) time.Duration { return min(c.ProcessorTime(), programTime) }

const (
	stillPixel     = 8 // the most bytes that a pixel of a file may take: four samples of two
	maxStillHeader = 1 << 20
)

// picture decodes the file that a program has written.
func (w *workplace) picture(ctx context.Context, name string, bare picture.Bare, minWidth, minHeight int) (image.Image, error) {
	info, err := os.Lstat(w.path(name))
	if err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: no file", errOutput)
	}
	f, err := os.Open(w.path(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	want := image.Pt(bare.Width, bare.Height)
	minWidth, minHeight = bare.Least(minWidth, minHeight)
	c, err := picture.ReadConfig(f, info.Size())
	if err != nil {
		return readPNM(bufio.NewReaderSize(f, 1<<16), want, image.Pt(minWidth, minHeight))
	}
	if c.Format != picture.JPEG && c.Format != picture.PNG || image.Pt(c.Width, c.Height) != want {
		return nil, fmt.Errorf("%w: %s of %dx%d, want %v", errOutput, c.Format, c.Width, c.Height, want)
	}
	return picture.Decode(ctx, f, info.Size(), c, minWidth, minHeight)
}

// fill writes a file for a program to read.
func (w *workplace) fill(name string, r io.Reader) error {
	f, err := os.OpenFile(w.path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
