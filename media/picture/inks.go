package picture

import (
	"image"
	"image/color"
	"image/draw"

	"postern/media/codec/icc"
)

// maxInksICC is the size of the largest profile for four inks that is used: their
// tables take up to some MB.
const maxInksICC = 4 << 20

// screenColours returns a picture of four inks in sRGB: by its profile, or where
// there is none that can be used, as browsers mix inks.
func screenColours(m *image.CMYK, f *file) image.Image {
	profile, err := jpegICC(f, maxInksICC)
	if err != nil {
		return m
	}
	inks, err := icc.NewInks(profile)
	if err != nil {
		return m
	}
	return inks.Screen(m)
}

// inGrey returns a picture and the profile for grey that goes with it. One that
// has no alpha becomes grey. With alpha there is no kind of picture to write it as,
// so that its samples get the curve of sRGB, and no profile.
func inGrey(m image.Image, profile []byte) (image.Image, []byte) {
	if grey, ok := m.(*image.Gray); ok {
		return grey, profile
	}
	if isOpaque(m) {
		grey := image.NewGray(m.Bounds())
		draw.Draw(grey, grey.Rect, m, m.Bounds().Min, draw.Src)
		return grey, profile
	}
	curve, err := icc.GreyCurve(profile)
	if err != nil {
		return m, nil
	}
	src := toNRGBA(m)
	dst := image.NewNRGBA(src.Rect)
	for y := src.Rect.Min.Y; y < src.Rect.Max.Y; y++ {
		for x := src.Rect.Min.X; x < src.Rect.Max.X; x++ {
			c := src.NRGBAAt(x, y)
			dst.SetNRGBA(x, y, color.NRGBA{curve[c.R], curve[c.G], curve[c.B], c.A})
		}
	}
	return dst, nil
}
