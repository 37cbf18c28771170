package frame

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"postern/media/codec/wasm"
	"postern/media/picture"
	"postern/media/sandbox"
)

// The codecs of this program cannot be stopped, so where the system bounds programs
// this one starts itself anew in the sandbox to decode a picture. That also gives
// back all memory at once.

// codecArgument asks the program to print a picture of a file.
const codecArgument = "decode-still"

// decodesAnew tells that this program decodes a picture when it is asked to. Without it,
// starting it anew would start all of it anew.
var decodesAnew bool

// Main does not return where this program has started itself anew to decode a picture.
// The program's main function calls it before anything else.
func Main() {
	decodesAnew = true
	if len(os.Args) == 4 && os.Args[1] == codecArgument {
		err := decodeStill(os.Args[2], os.Args[3], os.Stdout)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(codecStatus(err))
	}
}

func decodeStill(name, cache string, w io.Writer) error {
	wasm.UseCache(cache)
	f, err := os.Open(name)
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
	m, err := picture.Decode(context.Background(), f, info.Size(), c, c.Width, c.Height)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	if err := writePAM(out, m); err != nil {
		return err
	}
	return out.Flush()
}

// codecErrors are the errors that the caller is told by an exit status, from
// firstStatus on.
var codecErrors = []error{picture.ErrDamaged, picture.ErrNoDecoder, picture.ErrMemory}

const firstStatus = 10

func codecStatus(err error) int {
	if err == nil {
		return 0
	}
	for i, target := range codecErrors {
		if errors.Is(err, target) {
			return firstStatus + i
		}
	}
	return 1
}

// codecError is the error that a status tells, ErrNoDecoder for a codec that has
// crashed, and ErrNoFrame for one that did not come to run.
func codecError(err error) error {
	const crashed, killed = 2, -1
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	status := exit.ExitCode()
	switch i := status - firstStatus; {
	case i >= 0 && i < len(codecErrors):
		return fmt.Errorf("%w: %w", codecErrors[i], err)
	case status == crashed, status == killed:
		return fmt.Errorf("%w: %w", picture.ErrNoDecoder, err)
	}
	return fmt.Errorf("%w: %w", ErrNoFrame, err)
}

// findCodecs chooses the folder of the compiled codecs, if there are any and they
// can be run in a sandbox.
func (l *DecoderChain) findCodecs() (err error) {
	if !wasm.Available || !decodesAnew || sandbox.Self() == "" {
		return nil
	}
	if l.codecs = l.options.Codecs; l.codecs == "" {
		l.codecs, err = wasm.CacheFolder(filepath.Join(l.options.Dir, "codecs"))
	}
	return err
}

// Bounds of a run of a codec: its own memory, and what getting ready takes.
const (
	codecMemory  = 256 << 20
	codecPixel   = 8 // bytes that its result takes, twice
	pamPixel     = 4
	prepareTime  = time.Minute
	prepareBytes = 2 << 30
)

// codecEnv spares most of the garbage collection: the process ends soon.
var codecEnv = []string{"GOGC=400"}

// codecReady compiles the codec of a format where that has not been done yet, maybe by
// an earlier process, and tests it. The error tells why it cannot be run in a sandbox.
func (l *DecoderChain) codecReady(format picture.Format) error {
	l.preparing.Lock()
	defer l.preparing.Unlock()
	done := filepath.Join(l.codecs, string(format)+".ready")
	if _, err := os.Stat(done); err == nil {
		return nil
	}
	if err := l.unready[format]; err != nil {
		return err
	}
	err := l.prepareCodec(format)
	if err == nil {
		err = os.WriteFile(done, nil, 0o600)
	}
	if err != nil && l.background.Err() == nil {
		l.log.Warn("codec decodes in this process, where it is bounded less", "format", format, "error", err)
		l.unready[format] = err
	}
	return err
}

// prepareCodec decodes a picture that is no stranger's, whatever time that takes. This
// job alone may write what others then run.
func (l *DecoderChain) prepareCodec(format picture.Format) error {
	if _, err := wasm.CacheFolder(filepath.Dir(l.codecs)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(l.background, testTime)
	defer cancel()
	j, err := builtInPicture(format)
	if err != nil {
		return err
	}
	m, err := l.runCodec(ctx, io.NewSectionReader(j.r, 0, j.size), image.Pt(j.config.Width, j.config.Height), sandbox.Job{
		WritePaths: []string{l.codecs}, Processor: prepareTime, Memory: prepareBytes,
	})
	if err != nil {
		return err
	}
	return checkFields(m)
}

// showByCodec decodes a picture by a codec of this program.
func (l *DecoderChain) showByCodec(ctx context.Context, j stillJob) (image.Image, []byte, error) {
	bare, err := picture.ReadBare(j.r, j.size, j.config)
	if err != nil {
		return nil, nil, err
	}
	size := image.Pt(bare.Width, bare.Height)
	m, err := l.runCodec(ctx, bare.Data, size, sandbox.Job{
		Processor: processorTime(j.config),
		Memory:    codecMemory + j.config.DecodedBytes() + codecPixel*int64(size.X)*int64(size.Y),
	})
	if err != nil {
		return nil, nil, codecError(err)
	}
	return bare.Shown(m), nil, nil
}

// runCodec fills in the rest of a job.
func (l *DecoderChain) runCodec(ctx context.Context, data io.Reader, size image.Point, j sandbox.Job) (image.Image, error) {
	const input = "in"
	w, err := l.newWorkplace("empty", nil)
	if err != nil {
		return nil, err
	}
	defer w.remove()
	if err := w.fill(input, data); err != nil {
		return nil, err
	}
	j.Path, j.Args, j.Dir, j.Env = sandbox.Self(), []string{codecArgument, input, l.codecs}, w.dir, codecEnv
	j.ReadPaths, j.Time = []string{l.codecs}, stillTime
	j.Expected = pamPixel*int64(size.X)*int64(size.Y) + maxHeader
	j.Output = j.Expected + prepareBytes*int64(len(j.WritePaths))
	out, err := sandbox.Run(ctx, j)
	if err != nil {
		return nil, err
	}
	return readPAM(out, size)
}
