// Package frame shows a frame of a video, and still pictures of the formats whose
// codecs are large. It takes a key frame out of the video
// and hands just that to a decoder: a small program that is found on the system
// and runs in a sandbox, or a decoder in this process for the few codecs that
// there is one for. What the frame is called and how it is coded is decided
// here; no program is left to guess what a file may be.
//
// The decoders of a codec are a chain: the cheapest is tried first. One counts
// only when it has shown a tiny video, which is built in, as it should.
package frame

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"postern/media/picture"
	"postern/media/video"
)

// ErrNoFrame reports that a video has no frame to show, or that nothing here
// can decode it.
var ErrNoFrame = errors.New("no frame to be had")

// Options are the settings of a DecoderChain.
type Options struct {
	// Dir is a folder for passing files, which is made, emptied, and removed
	// in the end. Nobody else may use it.
	Dir string
	// Programs tells to look for programs; else only decoders of this process
	// are used.
	Programs bool
	// Command is a program of the operator's own and its arguments, for videos
	// that nothing else shows: {in} becomes the name of the video, {out} that
	// of the PNG or JPEG to write, {time} a time in seconds. Empty for none.
	Command []string
	// Codecs is a folder of wasm.CacheFolder for the compiled codecs of this
	// program; empty for one in Dir.
	Codecs string
	// Timeout bounds the work on one video; 0 means 20 seconds.
	Timeout time.Duration
	// AtOnce bounds the videos worked on at once; 0 means one for each core.
	AtOnce int
	// Log gets one line for each codec that nothing here can decode, and what
	// went wrong on the debug level. It may be nil.
	Log *slog.Logger
}

// DecoderChain shows frames of videos by the decoders that it has found. It is safe
// for concurrent use.
type DecoderChain struct {
	options  Options
	decoders map[string][]*decoder // by codec, in the order in which they are tried
	stills   map[picture.Format][]*stillDecoder
	encoder  *encoder // nil for none
	codecs   string   // folder of the codecs of this program, "" where they are not run in a sandbox
	slots    *semaphore.Weighted
	plugins  plugins
	log      *slog.Logger

	preparing sync.Mutex
	unready   map[picture.Format]error // codecs that cannot be run in a sandbox

	background context.Context
	stop       context.CancelFunc
	tested     chan struct{} // closed when all decoders have had their test
}

// New looks for decoders and begins to test them; Frame waits for those tests
// that it needs. The caller closes the DecoderChain. The program's main function must
// have called Main.
func New(o Options) (*DecoderChain, error) {
	if o.Timeout <= 0 {
		o.Timeout = 20 * time.Second
	}
	if o.AtOnce <= 0 {
		o.AtOnce = runtime.GOMAXPROCS(0)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := errors.Join(os.RemoveAll(o.Dir), os.MkdirAll(o.Dir, 0o700)); err != nil {
		return nil, fmt.Errorf("work folder of decoders: %w", err)
	}
	l := &DecoderChain{options: o, slots: semaphore.NewWeighted(int64(o.AtOnce)), log: o.Log, tested: make(chan struct{})}
	l.unready = make(map[picture.Format]error)
	l.background, l.stop = context.WithCancel(context.Background())
	if err := l.findCodecs(); err != nil {
		return nil, fmt.Errorf("folder of codecs: %w", err)
	}
	l.decoders, l.stills, l.encoder = l.find(), l.findStills(), l.findEncoder()
	go func() {
		defer close(l.tested)
		l.testAll()
	}()
	return l, nil
}

// Close stops the tests that still run and removes the folder. No Frame may be
// under way.
func (l *DecoderChain) Close() error {
	l.stop()
	<-l.tested
	return os.RemoveAll(l.options.Dir)
}

// maxKeyFrames bounds how many key frames of a video are tried.
const maxKeyFrames = 4

// Frame returns a picture of the video whose facts are given: upright, and of
// its displayed size or smaller in the same proportion. It begins with the key
// frame at a quarter of the duration, or the last one before, and goes on with
// those that follow when one cannot be decoded. A frame that shows next to
// nothing is passed over once. The error wraps ErrNoFrame when there is none to
// be had, or is that of r or of ctx.
func (l *DecoderChain) Frame(ctx context.Context, r io.ReaderAt, size int64, facts video.Facts) (image.Image, error) {
	m, _, err := l.ExtractFrame(ctx, r, size, facts)
	return m, err
}

// ExtractFrame is Frame, and tells the name of the decoder as well.
func (l *DecoderChain) ExtractFrame(ctx context.Context, r io.ReaderAt, size int64, facts video.Facts) (image.Image, string, error) {
	if err := l.slots.Acquire(ctx, 1); err != nil {
		return nil, "", err
	}
	defer l.slots.Release(1)
	timed, cancel := context.WithTimeout(ctx, l.options.Timeout)
	defer cancel()
	s := search{chain: l, r: r, size: size, facts: facts}
	err := s.keyFrames(timed)
	if s.best == nil && isHopeless(err) && len(l.options.Command) > 0 {
		s.best, err = l.command(timed, r, size, facts)
		s.name = l.options.Command[0]
	}
	switch {
	case ctx.Err() != nil:
		return nil, "", ctx.Err()
	case s.best != nil:
		return s.best, s.name, nil
	case timed.Err() != nil:
		return nil, "", fmt.Errorf("%w: nothing within %v", ErrNoFrame, l.options.Timeout)
	}
	return nil, "", err
}

// isHopeless tells an error of a video or of decoders from one of the reader.
func isHopeless(err error) bool {
	for _, target := range []error{ErrNoFrame, video.ErrNoKeyFrame, video.ErrDamaged, video.ErrNoVideo, video.ErrNotVideo} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
