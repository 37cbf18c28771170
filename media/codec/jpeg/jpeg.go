// Package jpeg is a JPEG codec for making small copies of pictures. It decodes
// straight to 1/8, 1/4, 1/2 or the whole of a picture's size, reading as few
// coefficients as that needs, and encodes baseline JPEG. Pictures stay in
// planes of luma and chroma throughout.
//
// Section numbers in the comments are those of ITU-T T.81 | ISO/IEC 10918-1.
package jpeg

import (
	"errors"
	"fmt"
	"image"
	"io"
)

// ErrFormat means that the bytes are not a JPEG, or one too damaged to show
// anything of it.
var ErrFormat = errors.New("jpeg: not a valid JPEG")

// ErrUnsupported means that the bytes are a JPEG of a kind that this package
// does not decode: lossless or hierarchical, or of two or more than four
// components.
var ErrUnsupported = errors.New("jpeg: kind of JPEG is not supported")

// ErrTooLarge means that decoding would need more memory than allowed.
var ErrTooLarge = errors.New("jpeg: picture is too large")

// Config tells of a picture what its frame header says.
type Config struct {
	Width, Height int // pixels
	Components    int // 1 for grey, 3 for colour, 4 for CMYK
	Progressive   bool
}

// DecodeConfig reads r as far as the frame header. It reports the same errors
// for a header as DecodeScaled does.
func DecodeConfig(r io.Reader) (Config, error) {
	d := newDecoder(r)
	defer d.bits.close()
	if err := d.readHeader(); err != nil {
		return Config{}, err
	}
	f := &d.frame
	return Config{f.width, f.height, len(f.comps), f.progressive}, nil
}

// DecodeScaled decodes r at the smallest of 1/8, 1/4, 1/2 and 1/1 of its size
// that is still at least minWidth by minHeight pixels, or at 1/1 if none is.
// Sizes are rounded up. The picture is an *image.Gray or an *image.YCbCr of
// full range, its chroma subsampled as the file has it; at 1/2 and 1/4, 4:4:4
// becomes 4:2:0. Samples of 12 bits become those of 8. What is sampled as no
// image.YCbCr is becomes 4:4:4. RGB comes back as an *image.RGBA, CMYK and YCCK as
// an *image.CMYK. Their samples are taken for inverted, as all programs take them,
// with Adobe's segment or without. A progressive picture at 1/8 is made of its DC
// scans alone. At 1/4 it is made without the scans that refine, and of chroma only
// as much is read as a picture of 4:2:0 needs that has 4/5 of the least size: ask
// for 5/4 of the size that will be made of it.
//
// A picture that is cut short or damaged comes back as far as it could be
// decoded, the rest of it grey. An arithmetic code may end before its zeros do:
// where one is cut short, even to nothing, the rest is what zeros mean, mostly
// flat; and one that stands for far more than its length is cut short. What
// follows the picture's end is ignored. Otherwise the error wraps ErrFormat,
// ErrUnsupported, ErrTooLarge or what r returned.
//
// Besides some 250 KB, the memory used is that of the picture returned, up to
// twice that where its planes are not those of an image.YCbCr, for a progressive one up to
// five times, and never more than maxBytes. It does not depend on the length of r,
// which is read in pieces.
func DecodeScaled(r io.Reader, minWidth, minHeight int, maxBytes int64) (image.Image, error) {
	d := newDecoder(r)
	defer d.bits.close()
	return d.decode(minWidth, minHeight, maxBytes)
}

func (d *decoder) decode(minWidth, minHeight int, maxBytes int64) (image.Image, error) {
	if err := d.readHeader(); err != nil {
		return nil, err
	}
	f := &d.frame
	f.chooseScale(minWidth, minHeight)
	f.complete = d.bits.unused != nil
	if n := f.memory(); n > maxBytes {
		return nil, fmt.Errorf("%w: %dx%d needs %d bytes", ErrTooLarge, f.width, f.height, n)
	}
	f.allocate()
	if err := d.readScans(); err != nil {
		return nil, err
	}
	if f.progressive {
		f.transform()
	}
	return f.image(), nil
}
