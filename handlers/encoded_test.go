package handlers_test

import (
	"bytes"
	"image"
	"image/color"
	"testing"

	"postern/media/codec/icc/icctest"
	"postern/media/picture"
)

func jpegOf(t *testing.T, width, height int) []byte {
	t.Helper()
	return encodedOf(t, scene(width, height), picture.JPEG)
}

func encodedOf(t *testing.T, m image.Image, format picture.Format) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := picture.Encode(&b, m, format, picture.Options{ICC: wideProfile()}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wideProfile is a colour profile with a name that is no secret, and others that are.
func wideProfile() []byte {
	return icctest.WithWord(2, "Wide Gamut RGB", "Jane Roe", icctest.Colours(icctest.AdobeRGB, 2.2))
}

// scene is a picture in which no two corners are alike.
func scene(width, height int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / width), uint8(255 * y / height), uint8(x * y), 255})
		}
	}
	return m
}
