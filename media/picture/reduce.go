package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"

	"postern/media/codec/png"
	"postern/media/codec/resample"
)

// Plan says what is to be made of a picture of the size.
type Plan func(size image.Point) []Cut

// DecodeCuts decodes a picture as DecodeUnused does, turns it as an EXIF orientation says,
// and returns what is planned for its size, which may be smaller than that of the file.
// The rows of a PNG are made smaller as they come, so that the picture is never in
// memory as a whole.
func DecodeCuts(ctx context.Context, r io.ReaderAt, size int64, c Config, orientation, minWidth, minHeight int, plan Plan, unused Unused) ([]image.Image, error) {
	if c.Format == PNG && (orientation < 2 || orientation > 8) {
		all, err := pngCuts(ctx, r, size, c, plan(image.Pt(c.Width, c.Height)), unused)
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

// pngCuts makes cuts of a PNG row by row. It returns none where that cannot be: of an
// interlaced or a damaged picture, and where a cut is the picture itself.
func pngCuts(ctx context.Context, r io.ReaderAt, size int64, c Config, cuts []Cut, unused Unused) (all []image.Image, err error) {
	defer guard(&err)
	for _, cut := range cuts {
		if isWhole(cut, image.Pt(c.Width, c.Height)) {
			return nil, nil
		}
	}
	src := &source{ctx: ctx, r: r}
	z, err := png.NewReader(newFile(src, size).section(0, size), c.Pixels())
	if err == nil {
		defer z.Close()
		all, err = scaleRows(z, c, cuts)
	}
	if err == nil && unused != nil && !z.Ends() {
		unused.Data()
	}
	switch {
	case src.err != nil:
		return nil, fmt.Errorf("decode %s: %w", c.Format, src.err)
	case errors.Is(err, png.ErrOrder), errors.Is(err, png.ErrFormat):
		return nil, nil // Decode shows what there is, or tells what is wrong
	}
	return all, err
}

func scaleRows(z *png.Reader, c Config, cuts []Cut) ([]image.Image, error) {
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
