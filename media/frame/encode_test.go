package frame

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"os"
	"testing"

	"postern/media/picture"
)

// encodedBy is an AVIF by the program that writes them.
func encodedBy(t *testing.T, l *DecoderChain, m image.Image, o picture.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	err := l.Encode(t.Context(), &b, m, picture.AVIF, o)
	if errors.Is(err, ErrNoFrame) && l.encoder == nil && os.Getenv("CI") != "true" {
		t.Skip("avifenc is not installed")
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAVIFsAreWrittenByAProgram(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	b, err := os.ReadFile("../picture/testdata/small.png")
	if err != nil {
		t.Fatal(err)
	}
	small, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	glass := image.NewNRGBA(image.Rect(0, 0, 64, 48))
	for y := range 48 {
		for x := range 64 {
			glass.SetNRGBA(x, y, color.NRGBA{254, 0, 0, uint8(255 * (x / 32))})
		}
	}
	p3 := profileOf(t, "p3.jxl")
	for _, test := range []struct {
		kind      string
		m         image.Image
		o         picture.Options
		tolerance float64 // of the mean difference of a sample
	}{
		{"opaque", small, picture.Options{Quality: 90}, 4},
		{"with alpha", glass, picture.Options{}, 4},
		{"with a profile", small, picture.Options{Quality: 90, ICC: p3}, 4},
	} {
		t.Run(test.kind, func(t *testing.T) {
			avif := encodedBy(t, l, test.m, test.o)
			r, size := bytes.NewReader(avif), int64(len(avif))
			c, err := picture.ReadConfig(r, size)
			if err != nil {
				t.Fatal(err)
			}
			if got := picture.ICC(r, size, c); !bytes.Equal(got, test.o.ICC) {
				t.Errorf("got a profile of %d bytes, want %d", len(got), len(test.o.ICC))
			}
			m, _, err := l.Still(t.Context(), r, size, c, c.Width, c.Height)
			if err != nil {
				t.Fatal(err)
			}
			if got := meanDifference(t, m, test.m, color.RGBAModel); got > test.tolerance {
				t.Errorf("got a mean difference of %.2f, want %.2f at most", got, test.tolerance)
			}
		})
	}
	worse, better := encodedBy(t, l, small, picture.Options{Quality: 30}), encodedBy(t, l, small, picture.Options{Quality: 95})
	if len(worse) >= len(better)/2 {
		t.Errorf("of quality 30 it has %d bytes, of quality 95 %d", len(worse), len(better))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Encode(ctx, new(bytes.Buffer), small, picture.AVIF, picture.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("when nobody waits: got %v, want %v", err, context.Canceled)
	}
	if err := l.Encode(t.Context(), new(bytes.Buffer), small, picture.PNG, picture.Options{}); !errors.Is(err, ErrNoFrame) {
		t.Errorf("of a PNG: got %v, want %v", err, ErrNoFrame)
	}
}

// profileOf is the colour profile of a file of media/picture.
func profileOf(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../picture/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	r, size := bytes.NewReader(b), int64(len(b))
	c, err := picture.ReadConfig(r, size)
	if err != nil {
		t.Fatal(err)
	}
	icc := picture.ICC(r, size, c)
	if len(icc) == 0 {
		t.Fatalf("%s has no profile", name)
	}
	return icc
}
