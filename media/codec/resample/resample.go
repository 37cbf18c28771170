// Package resample makes pictures larger or smaller with a Lanczos3 filter, in
// fixed point.
package resample

import (
	"errors"
	"image"
	"image/draw"
	"runtime"
)

// ErrEmpty means that there are no pixels to read or to make.
var ErrEmpty = errors.New("resample: no pixels")

// Resize makes an upright picture of width by height pixels of a part of src.
// The part is a rectangle of src as it is stored, in the orientation o. Pixels
// just outside of it have a share in the edges of the result.
//
// An *image.YCbCr becomes one of 4:2:0, its chroma sited in the middle of the
// pixels it belongs to as in JFIF. An *image.Gray stays grey. Anything else
// becomes an *image.RGBA; other kinds than *image.RGBA, *image.NRGBA and
// *image.Paletted are copied to one first, and so are these if they are not upright.
//
// Besides that and the result, little memory is used. The error is ErrEmpty when the
// part does not meet src or a side of the result is not positive.
func Resize(src image.Image, part image.Rectangle, width, height int, o Orientation) (image.Image, error) {
	part = part.Intersect(src.Bounds())
	if part.Empty() || width < 1 || height < 1 {
		return nil, ErrEmpty
	}
	m := mapping{part, width, height, o}
	switch src := src.(type) {
	case *image.Gray:
		out := image.NewGray(image.Rect(0, 0, width, height))
		m.plane(out.Pix, out.Stride, src.Pix, src.Stride, m.scaling(src.Rect, 1, 1, 1, 1))
		return out, nil
	case *image.YCbCr:
		if h, v := sampling(src.SubsampleRatio); h > 0 {
			return m.ycbcr(src, h, v), nil
		}
	case *image.NRGBA:
		if o.upright() {
			return m.rows(src.Rect, RGBA, func(row []byte, y int) { premultiply(row, src.Pix[y*src.Stride:]) })
		}
	case *image.Paletted:
		if o.upright() {
			kind, table := paletteTable(src.Palette)
			return m.rows(src.Rect, kind, func(row []byte, y int) {
				table.expand(row, src.Pix[y*src.Stride:][:src.Rect.Dx()], kind)
			})
		}
	}
	rgba, ok := src.(*image.RGBA)
	if !ok {
		rgba = image.NewRGBA(src.Bounds())
		draw.Draw(rgba, rgba.Rect, src, rgba.Rect.Min, draw.Src)
	}
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	m.plane(out.Pix, out.Stride, rgba.Pix, rgba.Stride, m.scaling(rgba.Rect, 4, 1, 1, 1))
	return out, nil
}

// Cover returns the greatest part of r, from its middle, that has the aspect of
// width by height as nearly as whole pixels can, or an empty rectangle if
// there is none. All are of the same orientation.
func Cover(r image.Rectangle, width, height int) image.Rectangle {
	if r.Empty() || width < 1 || height < 1 {
		return image.Rectangle{}
	}
	w, h := r.Dx(), r.Dy()
	if w*height > h*width {
		w = max((h*width+height/2)/height, 1)
	} else {
		h = max((w*height+width/2)/width, 1)
	}
	x, y := r.Min.X+(r.Dx()-w)/2, r.Min.Y+(r.Dy()-h)/2
	return image.Rect(x, y, x+w, y+h)
}

// sampling returns how many columns and rows of pixels share a sample of
// chroma, zeros if the ratio is not known.
func sampling(ratio image.YCbCrSubsampleRatio) (h, v int) {
	switch ratio {
	case image.YCbCrSubsampleRatio444:
		return 1, 1
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	}
	return 0, 0
}

func (m mapping) ycbcr(src *image.YCbCr, h, v int) *image.YCbCr {
	out := image.NewYCbCr(image.Rect(0, 0, m.width, m.height), image.YCbCrSubsampleRatio420)
	m.plane(out.Y, out.YStride, src.Y, src.YStride, m.scaling(src.Rect, 1, 1, 1, 1))
	chroma := m.scaling(src.Rect, 1, h, v, 2)
	m.plane(out.Cb, out.CStride, src.Cb, src.CStride, chroma)
	m.plane(out.Cr, out.CStride, src.Cr, src.CStride, chroma)
	return out
}

// plane makes a plane of one that is in memory. Where the picture lies on its side,
// rows become columns.
func (m mapping) plane(dst []byte, dstStride int, src []byte, srcStride int, s *scaling) {
	size := s.pixelBytes()
	n := len(s.x.first) * size
	line := make([]byte, n)
	at := func(row int) int { return row * srcStride }
	for y := range s.y.first {
		if y%yieldEvery == yieldEvery-1 {
			runtime.Gosched()
		}
		if !m.orientation.transposes() {
			s.row(dst[y*dstStride:][:n], y, src, at)
			continue
		}
		s.row(line, y, src, at)
		for x := range s.x.first {
			copy(dst[x*dstStride+y*size:][:size], line[x*size:])
		}
	}
}

// rows makes a picture of rows that have to be brought into another form.
func (m mapping) rows(bounds image.Rectangle, kind Kind, load func(row []byte, y int)) (image.Image, error) {
	s, err := NewScaler(bounds.Size(), kind, Cut{m.part.Sub(bounds.Min), m.width, m.height})
	if err != nil {
		return nil, err
	}
	for y := range bounds.Dy() {
		load(s.Row(), y)
		s.Add()
	}
	return s.Images()[0], nil
}
