// Package h264 decodes one intra-coded picture of an H.264 stream: a key frame
// of a clip. It knows nothing of the pictures around it, of motion or of time.
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
// from Baseline to High are decoded as far as intra-coded pictures of 8 bits a
// sample in 4:2:0 or without colour need them, as frames or as two fields. Where
// the second field is predicted from the first, as is common, or missing, each
// row of the first stands twice.
//
// The picture holds the samples of the cropping rectangle, from (0, 0) on, as they
// are coded: of which range and colours, the stream or its container tells. The
// chroma of a picture without colour is 128.
//
// The error wraps ErrUnsupported, ErrDamaged, ErrTooLarge for a picture of more
// than maxPixels before cropping, or ctx.Err(). Of a damaged picture nothing
// comes back. Memory for the picture, some 2 bytes a pixel, is allocated once
// its first slice has been found. It does not keep stream, and is safe for use
// by several goroutines.
func Decode(ctx context.Context, stream []byte, maxPixels int64) (*image.YCbCr, error) {
	d := decoder{maxPixels: maxPixels}
	for unit := range units(stream) {
		err := d.unit(ctx, unit)
		if errors.Is(err, errNextPicture) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return d.finish(ctx)
}
