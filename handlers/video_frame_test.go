package handlers_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"testing"

	"postern/media/frame"
	"postern/media/picture"
	"postern/media/process"
)

// TestFramesOfRareH264 uploads videos of H.264 that no program here decodes, or
// that the container alone crops, and looks at their frames: red at the left,
// blue at the right.
func TestFramesOfRareH264(t *testing.T) {
	t.Parallel()
	decoders, err := frame.New(frame.Options{Dir: filepath.Join(t.TempDir(), "probe")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { decoders.Close() })
	s := newSite(t, func(set *settings) { set.prober = extractor{decoders} })
	names, err := filepath.Glob("testdata/videos/*.m*")
	if err != nil || len(names) != 8 {
		t.Fatalf("got %v, %v", names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		image := s.upload(filepath.Base(name), b).image(t)
		m, err := jpeg.Decode(bytes.NewReader([]byte(s.do("GET", text(image, "url_frame"), nil).body)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		size := m.Bounds().Size()
		if int64(size.X) != numberOf(image["width"]) || int64(size.Y) != numberOf(image["height"]) {
			t.Errorf("%s: got a frame of %v of a video of %vx%v", name, size, image["width"], image["height"])
		}
		for x, want := range map[int][3]uint32{size.X / 8: {254, 0, 0}, size.X * 7 / 8: {0, 0, 254}, size.X - 1: {0, 0, 254}} {
			r, g, b, _ := m.At(x, size.Y/2).RGBA()
			for i, v := range [3]uint32{r >> 8, g >> 8, b >> 8} {
				if v > want[i]+16 || v+16 < want[i] {
					t.Errorf("%s: at %d: got %d,%d,%d, want %v", name, x, r>>8, g>>8, b>>8, want)
					break
				}
			}
		}
	}
}

// extractor is a chain of decoders as the library wants it.
type extractor struct{ *frame.DecoderChain }

// Encode implements process.FrameExtractor.
func (extractor) Encode(context.Context, io.Writer, image.Image, picture.Format, picture.Options) error {
	return process.ErrNoFrame
}
