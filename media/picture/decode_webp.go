package picture

import (
	"fmt"
	"image"
	"io"

	"postern/media/codec/vp8"
	"postern/media/codec/vp8l"
)

// decodeWebP decodes the first frame. The decoder gets the chunks of that frame
// alone, so that what else the container holds does not reach it.
func decodeWebP(f *file, c Config) (image.Image, error) {
	w, err := locateWebP(f)
	if err != nil {
		return nil, err
	}
	if w.canvas != image.Pt(c.Width, c.Height) {
		return nil, fmt.Errorf("%w: canvas of %v pixels, header told %dx%d", ErrDamaged, w.canvas, c.Width, c.Height)
	}
	m, err := w.decode(f)
	if err != nil {
		return nil, err
	}
	if m.Bounds() != (image.Rectangle{Max: w.frame.Size()}) {
		return nil, fmt.Errorf("%w: decoded %v, header told %v", ErrDamaged, m.Bounds(), w.frame)
	}
	return moveTo(fullRange(m), w.frame.Min), nil
}

// webpCuts makes cuts of a picture that is VP8 alone, or of VP8L row by row. The cuts of
// the former are stretched to the full range, which is less work than stretching the picture.
func webpCuts(f *file, c Config, cuts []Cut) (all []image.Image, err error) {
	w, err := locateWebP(f)
	if size := image.Pt(c.Width, c.Height); err != nil || w.canvas != size || w.frame.Size() != size {
		return nil, err // decodeWebP tells what is wrong
	}
	switch {
	case w.image.kind == "VP8L":
		return w.losslessCuts(f, c, cuts)
	case !w.isVP8():
		return nil, nil
	}
	m, err := w.decode(f)
	if err != nil {
		return nil, err
	}
	for _, cut := range cuts {
		all = append(all, fullRange(Make(m, cut)))
	}
	return all, nil
}

func (w *webp) losslessCuts(f *file, c Config, cuts []Cut) (all []image.Image, err error) {
	data, err := w.image.read(f)
	if err != nil {
		return nil, err
	}
	r, err := vp8l.NewReader(f.ctx, data)
	if err == nil {
		all, err = scaleRows(r, c, cuts)
	}
	return all, codecError(f, err)
}

// isVP8 reports whether the first frame is VP8 without alpha.
func (w *webp) isVP8() bool { return w.image.kind == "VP8 " && w.alpha.kind == "" }

// decode returns the first frame, of limited range where that is VP8.
func (w *webp) decode(f *file) (m image.Image, err error) {
	data, err := w.image.read(f)
	if err != nil {
		return nil, err
	}
	switch {
	case w.image.kind == "VP8L":
		m, err = vp8l.Decode(f.ctx, data)
	case w.isVP8():
		m, err = vp8.Decode(f.ctx, data)
	default:
		m, err = w.decodeWithAlpha(f, data)
	}
	return m, codecError(f, err)
}

// decodeWithAlpha returns a lossy frame with its alpha.
func (w *webp) decodeWithAlpha(f *file, frame []byte) (image.Image, error) {
	data, err := w.alpha.read(f)
	if err != nil {
		return nil, err
	}
	alpha, err := vp8l.DecodeAlpha(f.ctx, w.frame.Size(), data)
	if err != nil {
		return nil, err
	}
	m, err := vp8.Decode(f.ctx, frame)
	if err != nil {
		return nil, err
	}
	return &image.NYCbCrA{YCbCr: *m, A: alpha, AStride: w.frame.Dx()}, nil
}

// codecError tells a picture that is damaged from a context that is done.
func codecError(f *file, err error) error {
	if stopped := f.ctx.Err(); stopped != nil {
		return stopped
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// read returns the payload, or what there is of it.
func (c chunk) read(f *file) ([]byte, error) {
	data := make([]byte, max(0, min(c.length, f.size-c.offset)))
	_, err := io.ReadFull(f.section(c.offset, int64(len(data))), data)
	return data, err
}

// fullRange stretches the planes of a VP8 picture in place: image.YCbCr is of full range
// (JFIF), and the decoders do not convert.
//
// A picture with alpha is made an *image.NRGBA, which is quicker to work on.
func fullRange(m image.Image) image.Image {
	switch m := m.(type) {
	case *image.YCbCr:
		vp8.Stretch(m)
	case *image.NYCbCrA:
		vp8.Stretch(&m.YCbCr)
		return vp8.Interleave(m)
	}
	return m
}
