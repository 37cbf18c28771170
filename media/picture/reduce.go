package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"

	"postern/media/codec/bmp"
	"postern/media/codec/png"
	"postern/media/codec/resample"
)

// Plan says what is to be made of a picture of the size.
type Plan func(size image.Point) []Cut

// DecodeCuts decodes a picture as DecodeUnused does, turns it as an EXIF orientation says,
// and returns what is planned for its size, which may be smaller than that of the file.
// The rows of a PNG, a BMP or a lossless WebP are made smaller as they come, so that the
// result never is in memory as a whole. A lossy WebP is made smaller before it is converted.
func DecodeCuts(ctx context.Context, r io.ReaderAt, size int64, c Config, orientation, minWidth, minHeight int, plan Plan, unused Unused) ([]image.Image, error) {
	if upright := orientation < 2 || orientation > 8; upright && (c.Format == PNG || c.Format == BMP || c.Format == WebP) {
		all, err := directCuts(ctx, r, size, c, plan(image.Pt(c.Width, c.Height)), unused)
		if all != nil || err != nil {
			return all, err
		}
	}
	m, err := DecodeUnused(ctx, r, size, c, minWidth, minHeight, unused)
	if err != nil {
		return nil, err
	}
	return MakeAll(Orient(m, orientation), plan), nil
}

// MakeAll returns what is planned of m, as Make does.
func MakeAll(m image.Image, plan Plan) (all []image.Image) {
	for _, c := range plan(m.Bounds().Size()) {
		all = append(all, Make(m, c))
	}
	return all
}

// directCuts makes cuts of a PNG or a BMP row by row, and of a WebP. It returns none where
// that cannot be, and where a cut is the picture itself.
func directCuts(ctx context.Context, r io.ReaderAt, size int64, c Config, cuts []Cut, unused Unused) (all []image.Image, err error) {
	defer guard(&err)
	for _, cut := range cuts {
		if isWhole(cut, image.Pt(c.Width, c.Height)) {
			return nil, nil
		}
	}
	src := &source{ctx: ctx, r: r}
	f := newFile(src, size)
	f.ctx = ctx
	switch c.Format {
	case BMP:
		all, err = bmpCuts(f, c, cuts)
	case WebP:
		all, err = webpCuts(f, c, cuts)
	default:
		all, err = pngCuts(f, c, cuts, unused)
	}
	if src.err != nil {
		err = src.err
	}
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", c.Format, err)
	}
	return all, nil
}

// pngCuts makes no cuts of an interlaced or a damaged picture.
func pngCuts(f *file, c Config, cuts []Cut, unused Unused) (all []image.Image, err error) {
	z, err := png.NewReader(f.section(0, f.size), c.Pixels())
	if err == nil {
		defer z.Close()
		all, err = scaleRows(z, c, cuts)
	}
	if err == nil && unused != nil && !z.Ends() {
		unused.Data()
	}
	if errors.Is(err, png.ErrOrder) || errors.Is(err, png.ErrFormat) {
		return nil, nil // Decode shows what there is, or tells what is wrong
	}
	return all, err
}

// bmpCuts makes cuts of a bitmap of 24 bits. Colours do not mix, so that it is only the
// result whose red and blue have to change places.
func bmpCuts(f *file, c Config, cuts []Cut) ([]image.Image, error) {
	rows, err := bmp.NewRows(f.r, f.size)
	if rows == nil || err != nil {
		return nil, bmpError(err)
	}
	all, err := scaleRows(rows, c, cuts)
	for _, m := range all {
		pix := m.(*image.RGBA).Pix
		for i := 0; i+4 <= len(pix); i += 4 {
			pix[i], pix[i+2] = pix[i+2], pix[i]
		}
	}
	return all, bmpError(err)
}

// rowReader gives a picture row by row.
type rowReader interface {
	Width() int
	Height() int
	Channels() int
	Next(row []byte) error
}

func scaleRows(z rowReader, c Config, cuts []Cut) ([]image.Image, error) {
	if z.Width() != c.Width || z.Height() != c.Height {
		return nil, fmt.Errorf("%w: decoder sees %dx%d pixels, header told %dx%d", ErrDamaged, z.Width(), z.Height(), c.Width, c.Height)
	}
	kind := map[int]resample.Kind{1: resample.Grey, 3: resample.RGB, 4: resample.NRGBA}[z.Channels()]
	s, err := resample.NewScaler(image.Pt(c.Width, c.Height), kind, cuts...)
	if err != nil {
		return nil, err
	}
	for range c.Height {
		if err := z.Next(s.Row()); err != nil {
			return nil, err
		}
		s.Add()
	}
	return s.Images(), nil
}
