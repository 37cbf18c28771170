package frame

import (
	"bytes"
	"errors"
	"image"
	"testing"

	"postern/media/video"
)

func TestOutputIsTakenAtItsExactSize(t *testing.T) {
	const head = "YUV4MPEG2 W4 H2 F1:1 Ip A0:0 "
	grey := func(n int) string { return string(bytes.Repeat([]byte{128}, n)) }
	size := image.Pt(4, 2)
	tests := []struct {
		what, out string
		want      bool
	}{
		{"a frame", head + "C420jpeg\nFRAME\n" + grey(12), true},
		{"a frame without a sampling", head + "\nFRAME\n" + grey(12), true},
		{"a frame of ten bits", head + "C420p10 XYSCSS=420P10\nFRAME\n" + grey(24), true},
		{"a frame of full chroma", head + "C444\nFRAME\n" + grey(24), true},
		{"a frame without chroma", head + "Cmono\nFRAME\n" + grey(8), true},
		{"a frame without chroma, of ten bits", head + "Cmono10\nFRAME\n" + grey(16), true},
		{"a byte less", head + "C420jpeg\nFRAME\n" + grey(11), false},
		{"a byte more", head + "C420jpeg\nFRAME\n" + grey(13), false},
		{"two frames", head + "C420jpeg\nFRAME\n" + grey(12) + "FRAME\n" + grey(12), false},
		{"ten bits in the bytes of eight", head + "C420p10\nFRAME\n" + grey(12), false},
		{"another width", "YUV4MPEG2 W6 H2 C420\nFRAME\n" + grey(18), false},
		{"no size", "YUV4MPEG2 C420\nFRAME\n" + grey(12), false},
		{"an unknown sampling", head + "C411\nFRAME\n" + grey(12), false},
		{"an absurd depth", head + "C420p99\nFRAME\n" + grey(24), false},
		{"nothing", "", false},
		{"a header alone", head + "C420", false},
		{"something else", "P6\n4 2\n255\n" + grey(24), false},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			p, err := readY4M([]byte(test.out), size)
			if (err == nil) != test.want || err != nil && !errors.Is(err, errOutput) {
				t.Errorf("%s: got %v, want it taken: %t", test.what, err, test.want)
				return
			}
			if err == nil && p.picture(colour{bt709, false}).Bounds().Size() != size {
				t.Errorf("%s: got a picture of another size", test.what)
			}
		})
	}
	for n, want := range map[int]bool{0: false, 11: false, 12: true, 18: false, 24: true, 36: false} {
		if _, err := readRaw(make([]byte, n), size, 2); (err == nil) != want {
			t.Errorf("%d bytes of one or two frames: got %v, want them taken: %t", n, err, want)
		}
	}
}

func TestFramesAreShownInShape(t *testing.T) {
	whole := image.Rect(0, 0, 8, 4)
	tests := []struct {
		what  string
		facts video.Facts
		want  image.Point
	}{
		{"square pixels", video.Facts{Width: 8, Height: 4, Visible: whole}, image.Pt(8, 4)},
		{"wide pixels", video.Facts{Width: 16, Height: 4, Visible: whole}, image.Pt(16, 4)},
		{"wide pixels, turned", video.Facts{Width: 4, Height: 16, Visible: whole, Rotation: 90}, image.Pt(4, 16)},
		{"a part", video.Facts{Width: 4, Height: 2, Visible: image.Rect(2, 1, 6, 3)}, image.Pt(4, 2)},
		{"a part from the corner on", video.Facts{Width: 6, Height: 4, Visible: image.Rect(0, 0, 6, 4)}, image.Pt(6, 4)},
		{"a display far larger", video.Facts{Width: 800, Height: 400, Visible: whole}, image.Pt(16, 8)},
		{"a display of odd proportion", video.Facts{Width: 60000, Height: 1, Visible: whole}, image.Pt(2771, 1)},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			p := &planes{size: whole.Size(), ratio: image.YCbCrSubsampleRatio420, depth: 8, pix: make([]byte, 48)}
			m, err := upright(p.picture(colour{bt601, true}), test.facts)
			if err != nil || m.Bounds().Size() != test.want {
				t.Errorf("%s: got %v, %v, want %v", test.what, m.Bounds().Size(), err, test.want)
			}
		})
	}
	p := &planes{size: whole.Size(), ratio: image.YCbCrSubsampleRatio420, depth: 8, pix: make([]byte, 48)}
	if _, err := upright(p.picture(colour{bt601, true}), video.Facts{Width: 9, Height: 4, Visible: image.Rect(0, 0, 9, 4)}); !errors.Is(err, errOutput) {
		t.Errorf("a part larger than the whole: got %v, want %v", err, errOutput)
	}
}

// Grey, white and black stay what they are in every matrix and range.
func TestGreysHaveNoColour(t *testing.T) {
	for matrix := range weights {
		for _, full := range []bool{false, true} {
			black, white := byte(16), byte(235)
			if full {
				black, white = 0, 255
			}
			p := &planes{size: image.Pt(2, 1), ratio: image.YCbCrSubsampleRatio420, depth: 8, pix: []byte{black, white, 128, 128}}
			m := p.picture(colour{matrix, full}).(*image.YCbCr)
			if m.Y[0] != 0 || m.Y[1] != 255 || m.Cb[0] != 128 || m.Cr[0] != 128 {
				t.Errorf("matrix %d, full range %t: got %v %v %v, want black and white", matrix, full, m.Y, m.Cb, m.Cr)
			}
		}
	}
}
