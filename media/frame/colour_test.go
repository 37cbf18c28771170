package frame

import (
	"bytes"
	"errors"
	"image"
	"strings"
	"testing"

	"postern/media/picture"
	"postern/media/video"
)

// The videos of odd colours, and what they tell of them.
var oddColours = []struct {
	recording string
	want      colour
}{
	{"deep_h264_709.mp4", colour{bt709, false}}, // by the frame alone
	{"deep_h264_full.mp4", colour{bt601, true}},
	{"deep_h264_full709.mov", colour{bt709, true}},
	{"deep_hevc_709.mp4", colour{bt709, false}},
	{"deep_hevc_full.mp4", colour{bt601, true}},
	{"deep_hevc_10.mp4", colour{bt601, false}}, // by its size alone
	{"deep_hevc_10_709.mov", colour{bt709, false}},
	{"deep_vp9_709.webm", colour{bt709, false}},
	{"deep_vp9_full.webm", colour{bt601, true}},
	{"deep_vp9_10.webm", colour{bt601, false}},
	{"deep_vp9_444.webm", colour{bt601, false}},
	{"deep_av1_709.mp4", colour{bt709, false}},
	{"deep_av1_full.webm", colour{bt601, true}},
	{"deep_av1_10.mp4", colour{bt601, false}},
}

func jobOf(t *testing.T, name string) (job, video.Facts) {
	t.Helper()
	b := testFiles(t)[name]
	facts, err := readVideo(b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	key, err := video.KeyFrameAt(bytes.NewReader(b), int64(len(b)), facts.Duration/4)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return newJob(key, facts), facts
}

func TestColoursAreTold(t *testing.T) {
	for _, test := range oddColours {
		j, _ := jobOf(t, test.recording)
		got := j.colour
		if weights[got.matrix] == weights[test.want.matrix] { // of two with one meaning
			got.matrix = test.want.matrix
		}
		if got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.recording, got, test.want)
		}
	}
}

// likenessOf is what is to be expected of a decoder: GStreamer's pipeline halves
// the chroma, and libavif makes its samples from their neighbours.
func likenessOf(name, decoder string) float64 {
	switch {
	case name == "deep_vp9_444.webm" && decoder == "GStreamer":
		return 25
	case strings.HasPrefix(name, "deep_av1") && decoder == "built in":
		return 28
	}
	return floor
}

func TestOddColoursAreShown(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	for _, test := range oddColours {
		j, facts := jobOf(t, test.recording)
		want := testPicture(t, test.recording[:strings.LastIndexByte(test.recording, '.')]+".png")
		for _, d := range l.decoders[facts.Codec] {
			if d.works() != nil {
				continue
			}
			m, err := d.show(t.Context(), j)
			if errors.Is(err, errNotMine) {
				continue // which leaves the frame to the next
			}
			if err != nil {
				t.Errorf("%s by %s: %v", test.recording, d.name, err)
				continue
			}
			if got, want := psnr(m, want), likenessOf(test.recording, d.name); got < want {
				t.Errorf("%s by %s: %.1f dB from the reference, want %.0f", test.recording, d.name, got, want)
			}
		}
	}
}

// A frame that is decoded rightly and then converted wrongly does not pass.
func TestFloorTellsWrongFromRight(t *testing.T) {
	j, _ := jobOf(t, "deep_vp9_709.webm")
	l := newChain(t, Options{Programs: true})
	if len(l.decoders["vp9"]) == 0 {
		t.Skip("there is no program for VP9")
	}
	want := testPicture(t, "deep_vp9_709.png")
	show := func(key *video.KeyFrame, c colour) image.Image {
		m, err := l.decoders["vp9"][0].show(t.Context(), job{key: key, size: j.size, colour: c})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	later, err := j.key.Next()
	if err != nil {
		t.Fatal(err)
	}
	right := show(j.key, j.colour)
	if got := psnr(right, want); got < floor {
		t.Errorf("the right frame: got %.1f dB, want %d", got, floor)
	}
	for what, m := range map[string]image.Image{
		"another matrix":  show(j.key, colour{bt601, false}),
		"another range":   show(j.key, colour{bt709, true}),
		"a later frame":   show(later, j.colour),
		"upside down":     picture.Orient(right, 3),
		"mirrored":        picture.Orient(right, 2),
		"another picture": testPicture(t, "vp9_180.png"),
	} {
		if got := psnr(m, want); got >= floor {
			t.Errorf("%s: got %.1f dB, want less than %d", what, got, floor)
		}
	}
}

// OpenH264 does not know H.264 of ten bits; the decoder of this process does.
func TestTenBitsOfH264(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	j, facts := jobOf(t, "deep_h264_10.mp4")
	m, name, err := l.decode(t.Context(), j.key, facts)
	if err != nil {
		t.Fatal(err)
	}
	if got := psnr(m, testPicture(t, "deep_h264_10.png")); got < floor {
		t.Errorf("got %.1f dB from the reference by %s", got, name)
	}
}
