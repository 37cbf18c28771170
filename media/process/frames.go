package process

import (
	"context"
	"errors"
	"image"
	"io"

	"postern/media"
	"postern/media/picture"
	"postern/media/video"
)

// ErrNoFrame reports that a video has no frame to show, or that nothing here
// can decode it.
var ErrNoFrame = errors.New("no frame of the video")

// FrameExtractor decodes videos and images by programs outside of this process. It is safe
// for concurrent use.
type FrameExtractor interface {
	// Frame returns a picture of the video, upright and of its displayed size
	// or smaller in the same proportion. The error wraps ErrNoFrame when there
	// is none to be had.
	Frame(ctx context.Context, r io.ReaderAt, size int64, facts video.Facts) (image.Image, error)
	// Still returns a picture of AVIF, HEIC or JPEG XL, upright and at least of
	// the given size where it has that. The profile tells its colours where the
	// file does not; it is empty for none. The error wraps ErrNoFrame where
	// picture.Decode is to be asked, or an error of picture where it is not.
	Still(ctx context.Context, r io.ReaderAt, size int64, c picture.Config, minWidth, minHeight int) (m image.Image, icc []byte, err error)
	// Encode writes a picture as picture.Encode does. The error wraps ErrNoFrame where
	// that is to be asked, and nothing was written.
	Encode(ctx context.Context, w io.Writer, m image.Image, format picture.Format, o picture.Options) error
}

// NoFrames is the FrameExtractor of a server without such decoders.
type NoFrames struct{}

// Frame implements FrameExtractor.
func (NoFrames) Frame(context.Context, io.ReaderAt, int64, video.Facts) (image.Image, error) {
	return nil, ErrNoFrame
}

// Still implements FrameExtractor.
func (NoFrames) Still(context.Context, io.ReaderAt, int64, picture.Config, int, int) (image.Image, []byte, error) {
	return nil, nil, ErrNoFrame
}

// Encode implements FrameExtractor.
func (NoFrames) Encode(context.Context, io.Writer, image.Image, picture.Format, picture.Options) error {
	return ErrNoFrame
}

// memoryFor estimates the memory for decoding: of a program, and of ours.
func memoryFor(info Info) int64 {
	if info.Kind == media.KindVideo {
		const pixel, program = 24, 64 << 20
		return pixel*int64(info.video.CodedWidth)*int64(info.video.CodedHeight) + program
	}
	program := programPixel[info.picture.Format] * info.picture.Pixels()
	if info.picture.Costly() {
		return program
	}
	return max(info.picture.DecodedBytes(), program)
}

// programPixel is what programs and their results take for each pixel of a still
// picture, as measured, in bytes.
var programPixel = map[picture.Format]int64{picture.AVIF: 20, picture.HEIC: 20, picture.JXL: 28}
