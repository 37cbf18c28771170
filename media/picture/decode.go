package picture

import (
	"context"
	"fmt"
	"image"
	"io"
)

// codecBytes is what a decoder takes besides its picture: tables and buffers.
const codecBytes = 1 << 20

// Decode decodes the first frame of the picture in the first size bytes of r,
// c being what ReadConfig told of them. A frame that is smaller than the
// picture lies on a transparent ground.
//
// A JPEG comes back at 1/8, 1/4, 1/2 or the whole of its size, whichever is the
// smallest that is still at least minWidth by minHeight pixels as coded. All other
// formats come back whole. Of a JPEG, PNG or GIF that is cut short or damaged, what
// is there comes back, the rest of it transparent or grey; all others are complete.
//
// A JPEG or a lossy WebP is an *image.YCbCr of full range, where that can be.
//
// The error wraps ErrDamaged when the bytes do not decode to the picture that
// c promises, ErrNoDecoder when nothing here decodes their kind or that would take
// too long, ErrMemory when the decoder wanted more memory than was to be expected,
// that of ctx when it is done, or what r returned. A decoder's panic is ErrDamaged.
func Decode(ctx context.Context, r io.ReaderAt, size int64, c Config, minWidth, minHeight int) (image.Image, error) {
	return DecodeUnused(ctx, r, size, c, minWidth, minHeight, nil)
}

// Unused is told of what a picture is not made of.
type Unused interface {
	// Bytes tells of those from start to end of a JPEG, as jpeg.DecodeUnused does.
	Bytes(start, end int64)
	// Data tells that there may be such bytes among the image data of a PNG: they are
	// damaged, or do not end where the rows do.
	Data()
}

// DecodeUnused decodes as Decode does, and tells of what the picture is not made of.
// unused may be nil. Of formats but JPEG and PNG it is told nothing.
func DecodeUnused(ctx context.Context, r io.ReaderAt, size int64, c Config, minWidth, minHeight int, unused Unused) (image.Image, error) {
	src := &source{ctx: ctx, r: r}
	f := newFile(src, size)
	f.ctx, f.unused = ctx, unused
	m, err := decode(f, c, minWidth, minHeight)
	if src.err != nil {
		err = src.err
	}
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", c.Format, err)
	}
	return m, nil
}

func decode(f *file, c Config, minWidth, minHeight int) (m image.Image, err error) {
	defer guard(&err)
	if err := c.checkEffort(); err != nil {
		return nil, err
	}
	switch c.Format {
	case JPEG:
		return decodeJPEG(f, c, minWidth, minHeight)
	case PNG:
		m, err = decodePNG(f, c)
	case GIF:
		m, err = decodeGIF(f, c)
	case BMP:
		m, err = decodeBMP(f, c)
	case WebP:
		m, err = decodeWebP(f, c)
	case AVIF:
		m, err = decodeAVIF(f, c)
	case HEIC:
		m, err = decodeHEIC(f, c)
	case JXL:
		m, err = decodeJXL(f, c)
	default:
		err = ErrFormat
	}
	if err != nil {
		return nil, err
	}
	return onCanvas(m, image.Pt(c.Width, c.Height))
}

// guard turns a panic of a codec into an error.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: codec panics: %v", ErrDamaged, p)
	}
}

// source stops reading when ctx is done, and keeps the error that reading met,
// which is not the fault of the bytes.
type source struct {
	ctx context.Context
	r   io.ReaderAt
	err error
}

func (s *source) ReadAt(p []byte, offset int64) (int, error) {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	n, err := s.r.ReadAt(p, offset)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
