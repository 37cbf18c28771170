// Package h264 decodes one intra-coded picture of an H.264 stream: a key frame
// of a video. It knows nothing of the pictures around it, of motion or of time.
//
// Section and table numbers in the comments are those of Rec. ITU-T H.264 |
// ISO/IEC 14496-10, whose decoding is exact: every decoder must give the same
// samples.
package h264

import (
	"context"
	"errors"
	"image"
)

// ErrUnsupported means that the stream may be sound but uses what this package
// does not decode; the error that wraps it names the feature. Another decoder
// may.
var ErrUnsupported = errors.New("h264: not supported")

// ErrDamaged means that the stream breaks the rules of the standard, or does
// not hold a whole picture.
var ErrDamaged = errors.New("h264: damaged stream")

// ErrTooLarge means that the picture has more pixels than allowed.
var ErrTooLarge = errors.New("h264: picture is too large")

// Decode decodes the first picture of a byte stream (Annex B), which holds its
// parameter sets and slices; what follows the picture is ignored. All profiles
// from Baseline to High 4:4:4 Predictive are decoded as far as intra-coded
// pictures need them: of 8 to 14 bits a sample, in 4:2:0, 4:2:2, 4:4:4 or without
// colour, lossless too, as frames, as two fields, or as frames whose pairs of
// macroblocks choose between the two (MBAFF). Where the second field is predicted
// from the first, as is common, or missing, each row of the first stands twice.
//
// The picture holds the samples of the cropping rectangle, from (0, 0) on, as they
// are coded, rounded to 8 bits: of which range and colours, the stream or its
// container tells. The chroma of a picture without colour is 128.
//
// The error wraps ErrUnsupported, ErrDamaged, ErrTooLarge for a picture of more
// than maxPixels before cropping, or ctx.Err(). Of a damaged picture nothing
// comes back. Memory for the picture, at most 9 bytes a pixel, is allocated once
// its first slice has been found. It does not keep stream, and is safe for use
// by several goroutines.
func Decode(ctx context.Context, stream []byte, maxPixels int64) (*image.YCbCr, error) {
	f, err := decode(ctx, stream, maxPixels)
	if err != nil {
		return nil, err
	}
	return f.image(), nil
}

// decode goes by the standard, and if that does not fit, by early x264.
func decode(ctx context.Context, stream []byte, maxPixels int64) (*frame, error) {
	d := decoder{maxPixels: maxPixels}
	f, err := d.decode(ctx, stream)
	if errors.Is(err, ErrDamaged) && d.mayBeEarlyX264() {
		early := decoder{maxPixels: maxPixels, earlyX264: true}
		if f, earlyErr := early.decode(ctx, stream); earlyErr == nil {
			return f, nil
		}
	}
	return f, err
}
