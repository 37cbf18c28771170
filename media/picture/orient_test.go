package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"testing"

	"postern/media/codec/palette"
)

// corners are the colours of a picture's corners, clockwise from the top left.
type corners [4]string

func TestOrientTurnsUpright(t *testing.T) {
	// How row 0 and column 0 of the coded picture are to be seen (Exif 3.0,
	// 4.6.5.1.1), told by where its corners R, G, B and W go.
	for _, test := range []struct {
		orientation int
		want        corners
	}{
		{0, corners{"R", "G", "B", "W"}},
		{1, corners{"R", "G", "B", "W"}},
		{2, corners{"G", "R", "W", "B"}}, // row 0 top, column 0 right
		{3, corners{"B", "W", "R", "G"}}, // row 0 bottom, column 0 right
		{4, corners{"W", "B", "G", "R"}}, // row 0 bottom, column 0 left
		{5, corners{"R", "W", "B", "G"}}, // row 0 left, column 0 top
		{6, corners{"W", "R", "G", "B"}}, // row 0 right, column 0 top
		{7, corners{"B", "G", "R", "W"}}, // row 0 right, column 0 bottom
		{8, corners{"G", "B", "W", "R"}}, // row 0 left, column 0 bottom
		{9, corners{"R", "G", "B", "W"}},
	} {
		for _, size := range []image.Point{{48, 32}, {47, 31}} {
			for name, m := range kinds(quarters(size)) {
				t.Run(fmt.Sprint(test.orientation, size, name), func(t *testing.T) {
					want := size
					if test.orientation >= 5 && test.orientation <= 8 {
						want = image.Pt(size.Y, size.X)
					}
					got := Orient(m, test.orientation)
					if got.Bounds().Size() != want {
						t.Fatalf("got %v, want %v", got.Bounds(), want)
					}
					if got := cornersOf(got); got != test.want {
						t.Errorf("got %v, want %v", got, test.want)
					}
				})
			}
		}
	}
}

// quarters is red, green, blue and white, clockwise from the top left.
func quarters(size image.Point) *image.NRGBA {
	m := image.NewNRGBA(image.Rectangle{Max: size})
	half := size.Div(2)
	paint := func(r image.Rectangle, c color.Color) { draw.Draw(m, r, image.NewUniform(c), image.Point{}, draw.Src) }
	paint(image.Rect(0, 0, half.X, half.Y), color.NRGBA{255, 0, 0, 255})
	paint(image.Rect(half.X, 0, size.X, half.Y), color.NRGBA{0, 255, 0, 255})
	paint(image.Rect(half.X, half.Y, size.X, size.Y), color.NRGBA{0, 0, 255, 255})
	paint(image.Rect(0, half.Y, half.X, size.Y), color.White)
	return m
}

// kinds returns m as the kinds of pictures that decoders make, some of which
// do not begin at (0, 0).
func kinds(m *image.NRGBA) map[string]image.Image {
	moved := image.NewNRGBA(m.Rect.Add(image.Pt(4, 6)))
	copy(moved.Pix, m.Pix)
	all := map[string]image.Image{
		"NRGBA": m, "RGBA": toRGBA(m), "Paletted": palette.Quantise(m), "moved": moved,
		"RGBA64": func() image.Image {
			dst := image.NewRGBA64(m.Rect)
			draw.Draw(dst, m.Rect, m, image.Point{}, draw.Src)
			return dst
		}(),
	}
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
		image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411,
	} {
		all[ratio.String()] = planar(m, ratio)
	}
	return all
}

func planar(m *image.NRGBA, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	dst := image.NewYCbCr(m.Rect, ratio)
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			c := m.NRGBAAt(x, y)
			dst.Y[dst.YOffset(x, y)], dst.Cb[dst.COffset(x, y)], dst.Cr[dst.COffset(x, y)] = color.RGBToYCbCr(c.R, c.G, c.B)
		}
	}
	return dst
}

func cornersOf(m image.Image) corners {
	b := m.Bounds()
	var c corners
	for i, p := range []image.Point{{b.Min.X, b.Min.Y}, {b.Max.X - 1, b.Min.Y}, {b.Max.X - 1, b.Max.Y - 1}, {b.Min.X, b.Max.Y - 1}} {
		got := color.NRGBAModel.Convert(m.At(p.X, p.Y)).(color.NRGBA)
		switch {
		case got.R > 200 && got.G > 200 && got.B > 200:
			c[i] = "W"
		case got.R > 200:
			c[i] = "R"
		case got.G > 200:
			c[i] = "G"
		case got.B > 200:
			c[i] = "B"
		default:
			c[i] = fmt.Sprint(got)
		}
	}
	return c
}

func TestOrientOfGreyStaysGrey(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 3, 2))
	copy(m.Pix, []byte{1, 2, 3, 4, 5, 6})
	got, ok := Orient(m, 6).(*image.Gray)
	if !ok {
		t.Fatalf("got %T, want *image.Gray", Orient(m, 6))
	}
	if want := "[4 1 5 2 6 3]"; fmt.Sprint(got.Pix) != want {
		t.Errorf("got %v, want %v", got.Pix, want)
	}
}

func TestOrientKeepsPlanesWhereItCan(t *testing.T) {
	for _, test := range []struct {
		size        image.Point
		ratio       image.YCbCrSubsampleRatio
		orientation int
		want        string
	}{
		{image.Pt(6, 4), image.YCbCrSubsampleRatio420, 6, "YCbCrSubsampleRatio420"},
		{image.Pt(6, 4), image.YCbCrSubsampleRatio422, 8, "YCbCrSubsampleRatio440"},
		{image.Pt(5, 3), image.YCbCrSubsampleRatio444, 7, "YCbCrSubsampleRatio444"},
		{image.Pt(5, 3), image.YCbCrSubsampleRatio420, 5, "YCbCrSubsampleRatio420"},
		{image.Pt(5, 3), image.YCbCrSubsampleRatio420, 2, "not planar"},
	} {
		t.Run(test.want, func(t *testing.T) {
			got := "not planar"
			if m, ok := Orient(image.NewYCbCr(image.Rectangle{Max: test.size}, test.ratio), test.orientation).(*image.YCbCr); ok {
				got = m.SubsampleRatio.String()
			}
			if got != test.want {
				t.Errorf("%v %v, orientation %d: got %s, want %s", test.size, test.ratio, test.orientation, got, test.want)
			}
		})
	}
}
