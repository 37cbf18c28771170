package picture

import "image"

// Orient turns a picture upright that is coded in the given EXIF orientation
// (Exif 3.0, 4.6.5.1.1, tag Orientation): 1 to 8, any other means 1. Pictures
// of 5 to 8 change places of width and height. The result may be m itself, and
// an *image.YCbCr stays one where its chroma allows.
func Orient(m image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return m
	}
	b := m.Bounds()
	rect := image.Rect(0, 0, b.Dx(), b.Dy())
	if orientation >= 5 {
		rect.Max.X, rect.Max.Y = rect.Max.Y, rect.Max.X
	}
	switch m := m.(type) {
	case *image.Gray:
		dst := image.NewGray(rect)
		turn(dst.Pix, dst.Stride, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, b.Size(), 1, orientation)
		return dst
	case *image.RGBA:
		dst := image.NewRGBA(rect)
		turn(dst.Pix, dst.Stride, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, b.Size(), 4, orientation)
		return dst
	case *image.Paletted:
		dst := image.NewPaletted(rect, m.Palette)
		turn(dst.Pix, dst.Stride, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, b.Size(), 1, orientation)
		return dst
	case *image.YCbCr:
		if ratio, ok := turnedRatio(m, orientation); ok {
			return turnPlanes(m, image.NewYCbCr(rect, ratio), orientation)
		}
	}
	src := toNRGBA(m)
	dst := image.NewNRGBA(rect)
	turn(dst.Pix, dst.Stride, src.Pix[src.PixOffset(b.Min.X, b.Min.Y):], src.Stride, b.Size(), 4, orientation)
	return dst
}

// turn writes src, of the given size in samples, to dst in the orientation.
func turn(dst []byte, dstStride int, src []byte, srcStride int, size image.Point, sampleBytes, orientation int) {
	// A step to the right or down in src is a step of so many bytes in dst.
	right, down := sampleBytes, dstStride
	width, height := size.X, size.Y
	if orientation >= 5 {
		right, down = down, right
	}
	start := 0
	if mirrorsX(orientation) {
		start += (width - 1) * right
		right = -right
	}
	if mirrorsY(orientation) {
		start += (height - 1) * down
		down = -down
	}
	for y := range height {
		row := src[y*srcStride : y*srcStride+width*sampleBytes]
		at := start + y*down
		for x := 0; x < len(row); x += sampleBytes {
			copy(dst[at:at+sampleBytes], row[x:])
			at += right
		}
	}
}

// mirrorsX reports whether a step to the right goes left or up when upright.
func mirrorsX(orientation int) bool {
	return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8
}

// mirrorsY reports whether a step down goes up or left when upright.
func mirrorsY(orientation int) bool {
	return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7
}

// turnedRatio returns the chroma subsampling after turning. It is not ok where
// there is none, or where a mirrored edge would cut through a chroma sample and
// shift the colours.
func turnedRatio(m *image.YCbCr, orientation int) (image.YCbCrSubsampleRatio, bool) {
	ratio, aligned := m.SubsampleRatio, m.Rect.Min == image.Point{}
	switch ratio {
	case image.YCbCrSubsampleRatio444:
		return ratio, true
	case image.YCbCrSubsampleRatio420:
		even := (m.Rect.Dx()%2 == 0 || !mirrorsX(orientation)) && (m.Rect.Dy()%2 == 0 || !mirrorsY(orientation))
		return ratio, aligned && even
	case image.YCbCrSubsampleRatio422:
		even := m.Rect.Dx()%2 == 0 || !mirrorsX(orientation)
		if orientation >= 5 {
			ratio = image.YCbCrSubsampleRatio440
		}
		return ratio, aligned && even
	}
	return 0, false
}

func turnPlanes(m, dst *image.YCbCr, orientation int) *image.YCbCr {
	size := m.Rect.Size()
	turn(dst.Y, dst.YStride, m.Y[m.YOffset(m.Rect.Min.X, m.Rect.Min.Y):], m.YStride, size, 1, orientation)
	chroma := chromaSize(size, m.SubsampleRatio)
	at := m.COffset(m.Rect.Min.X, m.Rect.Min.Y)
	turn(dst.Cb, dst.CStride, m.Cb[at:], m.CStride, chroma, 1, orientation)
	turn(dst.Cr, dst.CStride, m.Cr[at:], m.CStride, chroma, 1, orientation)
	return dst
}

// chromaSize returns the size of the chroma planes, for the ratios that
// turnedRatio takes.
func chromaSize(size image.Point, ratio image.YCbCrSubsampleRatio) image.Point {
	if ratio != image.YCbCrSubsampleRatio444 {
		size.X = (size.X + 1) / 2
	}
	if ratio == image.YCbCrSubsampleRatio420 {
		size.Y = (size.Y + 1) / 2
	}
	return size
}
