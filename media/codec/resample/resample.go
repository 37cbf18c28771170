// Package resample makes pictures larger or smaller with a Lanczos3 filter,
// plane by plane and in fixed point.
package resample

import (
	"errors"
	"image"
	"image/draw"
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
// *image.Paletted are copied to one first.
//
// Besides that and the result, two bytes are used for each row of the part and
// column of the result. The error is ErrEmpty when the part does not meet src
// or a side of the result is not positive.
func Resize(src image.Image, part image.Rectangle, width, height int, o Orientation) (image.Image, error) {
	part = part.Intersect(src.Bounds())
	if part.Empty() || width < 1 || height < 1 {
		return nil, ErrEmpty
	}
	m := mapping{part, width, height, o}
	switch src := src.(type) {
	case *image.Gray:
		return m.gray(src), nil
	case *image.YCbCr:
		if h, v := sampling(src.SubsampleRatio); h > 0 {
			return m.ycbcr(src, h, v), nil
		}
	}
	return m.rgba(src), nil
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

func (m mapping) gray(src *image.Gray) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, m.width, m.height))
	r := m.resizer(src.Rect, 1, 1, 1)
	r.resize(target{out.Pix, 1, out.Stride}, loadBytes(src.Pix, src.Stride, 1))
	return out
}

func (m mapping) ycbcr(src *image.YCbCr, h, v int) *image.YCbCr {
	out := image.NewYCbCr(image.Rect(0, 0, m.width, m.height), image.YCbCrSubsampleRatio420)
	luma := m.resizer(src.Rect, 1, 1, 1)
	luma.resize(target{out.Y, 1, out.YStride}, loadBytes(src.Y, src.YStride, 1))
	chroma := m.resizer(src.Rect, h, v, 2)
	chroma.resize(target{out.Cb, 1, out.CStride}, loadBytes(src.Cb, src.CStride, 1))
	chroma.resize(target{out.Cr, 1, out.CStride}, loadBytes(src.Cr, src.CStride, 1))
	return out
}

func (m mapping) rgba(src image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, m.width, m.height))
	channels, bounds := m.channels(src)
	r := m.resizer(bounds, 1, 1, 1)
	for i, load := range channels {
		r.resize(target{out.Pix[i:], 4, out.Stride}, load)
	}
	for i := 0; i < len(out.Pix); i += 4 {
		p := out.Pix[i : i+4]
		if len(channels) == 3 {
			p[3] = 255
		}
		// The kernel's negative lobes may leave colour where there is none.
		p[0], p[1], p[2] = min(p[0], p[3]), min(p[1], p[3]), min(p[2], p[3])
	}
	return out
}

// channels returns loaders of red, green, blue and, unless src is opaque,
// alpha, the former multiplied by it, and the rectangle that they load.
func (m mapping) channels(src image.Image) ([]loader, image.Rectangle) {
	count := 4
	if s, ok := src.(interface{ Opaque() bool }); ok && s.Opaque() {
		count = 3
	}
	channels := make([]loader, count)
	switch src := src.(type) {
	case *image.Paletted:
		for i := range channels {
			channels[i] = loadPalette(src, i)
		}
		return channels, src.Rect
	case *image.NRGBA:
		for i := range channels {
			if channels[i] = loadBytes(src.Pix[i:], src.Stride, 4); count == 4 && i < 3 {
				channels[i] = loadPremultiplied(src, i)
			}
		}
		return channels, src.Rect
	}
	rgba, ok := src.(*image.RGBA)
	if !ok {
		rgba = image.NewRGBA(m.part)
		draw.Draw(rgba, rgba.Rect, src, m.part.Min, draw.Src)
	}
	for i := range channels {
		channels[i] = loadBytes(rgba.Pix[i:], rgba.Stride, 4)
	}
	return channels, rgba.Rect
}
