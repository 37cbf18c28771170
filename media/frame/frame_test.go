package frame

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postern/media/video"
)

// frameOf shows a video of the matrix.
func frameOf(t *testing.T, l *DecoderChain, b []byte) (image.Image, string, error) {
	t.Helper()
	facts, err := readVideo(b)
	if err != nil {
		t.Fatal(err)
	}
	return l.ExtractFrame(t.Context(), bytes.NewReader(b), int64(len(b)), facts)
}

// skipWithout ends a test of H.264 where nothing decodes it.
func skipWithout(t *testing.T, l *DecoderChain, codec string) {
	t.Helper()
	for _, d := range l.decoders[codec] {
		if d.works() == nil {
			return
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("nothing decodes %s: install %v", codec, Packages(codec))
	}
	t.Skipf("nothing decodes %s: install %v", codec, Packages(codec))
}

func TestBlackFrameIsPassedOverOnce(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	skipWithout(t, l, "h264")
	for _, test := range []struct{ recording, want string }{
		{"deep_h264_black.mp4", "the first frame that is not"},
		{"deep_h264_dark.mp4", "black, since there is no other"},
	} {
		t.Run(test.recording, func(t *testing.T) {
			m, _, err := frameOf(t, l, testFiles(t)[test.recording])
			if err != nil {
				t.Errorf("%s: %v", test.recording, err)
				return
			}
			if likeness := psnr(m, testPicture(t, strings.Replace(test.recording, ".mp4", ".png", 1))); likeness < floor {
				t.Errorf("%s: %.1f dB from %s", test.recording, likeness, test.want)
			}
		})
	}
}

// damage overwrites the key frame at a time, its first bytes left alone.
func damage(t *testing.T, b []byte, at time.Duration) []byte {
	t.Helper()
	key, err := video.KeyFrameAt(bytes.NewReader(b), int64(len(b)), at)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Clone(b)
	i := bytes.Index(b, key.Data[0])
	if i < 0 {
		t.Fatal("the key frame is not in the video")
	}
	for k := i + 8; k < i+len(key.Data[0]); k++ {
		b[k] = 0xa5
	}
	return b
}

func TestDamagedKeyFrameIsFollowedByTheNext(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	skipWithout(t, l, "h264")
	b := damage(t, testFiles(t)["h264_first_0.mp4"], 250*time.Millisecond)
	m, name, err := frameOf(t, l, b)
	if err != nil {
		t.Fatal(err)
	}
	if likeness := psnr(m, testPicture(t, "h264_0.png")); likeness >= floor {
		t.Errorf("%s shows the damaged frame as if it were not", name)
	}
	facts, _ := readVideo(b)
	key, err := video.KeyFrameAt(bytes.NewReader(b), int64(len(b)), 400*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := l.decode(t.Context(), key, facts)
	if err != nil || psnr(m, want) < floor {
		t.Errorf("got another frame than the next key frame: %v", err)
	}
	for at := range 10 {
		b = damage(t, b, time.Duration(at)*100*time.Millisecond)
	}
	if _, name, err := frameOf(t, l, b); !errors.Is(err, ErrNoFrame) {
		t.Errorf("without any good key frame: got one by %s, %v, want %v", name, err, ErrNoFrame)
	}
}

func TestCommandIsTheLastResort(t *testing.T) {
	still := filepath.Join(t.TempDir(), "still.png")
	if err := os.WriteFile(still, testFiles(t)["vp9_0.png"], 0o644); err != nil {
		t.Fatal(err)
	}
	script := func(text string) []string { return []string{"sh", "-c", text, "sh", "{in}", "{time}", "{out}"} }
	tests := []struct {
		does, recording string
		command         []string
		want            bool
	}{
		{"writes a still of its own", "vp9_first_0.mp4", script(`base64 -d >"$3" <<E
` + encoded(testFiles(t)["vp9_0.png"]) + "\nE"), true},
		{"writes one of another proportion", "vp9_first_90.mp4", script(`base64 -d >"$3" <<E
` + encoded(testFiles(t)["vp9_0.png"]) + "\nE"), false},
		{"gets the video and the time", "vp9_first_0.mp4", script(`test "$2" = 0.250 && test -s "$1" && base64 -d >"$3" <<E
` + encoded(testFiles(t)["vp9_0.png"]) + "\nE"), true},
		{"copies a file of the server's", "vp9_first_0.mp4", script(`cp ` + still + ` "$3"`), false},
		{"links to a file of the server's", "vp9_first_0.mp4", script(`ln -s ` + still + ` "$3"`), false},
		{"writes nothing", "vp9_first_0.mp4", script("true"), false},
		{"writes the video", "vp9_first_0.mp4", script(`cp "$1" "$3"`), false},
		{"fails", "vp9_first_0.mp4", script("exit 1"), false},
		{"is not there", "vp9_first_0.mp4", []string{"no-such-program"}, false},
		{"is not asked", "vp8_first_0.webm", script("exit 1"), true},
	}
	for _, test := range tests {
		t.Run(test.does, func(t *testing.T) {
			l := newChain(t, Options{Command: test.command})
			_, name, err := frameOf(t, l, testFiles(t)[test.recording])
			if (err == nil) != test.want || err != nil && !errors.Is(err, ErrNoFrame) {
				t.Errorf("a command that %s: got a frame by %q, %v, want one: %t", test.does, name, err, test.want)
			}
			expectEmpty(t, l)
		})
	}
}

func encoded(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// expectEmpty looks for files that a job has left.
func expectEmpty(t *testing.T, l *DecoderChain) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(l.options.Dir, "job-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A list of other files is no video, whatever its name: it is not even handed on.
func TestListsGetNowhere(t *testing.T) {
	for _, text := range []string{
		"ffconcat version 1.0\nfile /etc/passwd\n",
		"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
		"<?xml version=\"1.0\"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>",
		"v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
	} {
		if facts, err := readVideo([]byte(text)); !errors.Is(err, video.ErrNotVideo) {
			t.Errorf("%.20q: got %+v, %v, want %v", text, facts, err, video.ErrNotVideo)
		}
		// Nor does one in the place of a frame get to a program that takes lists.
		b := bytes.Clone(testFiles(t)["vp9_first_0.mp4"])
		l := newChain(t, Options{Programs: true})
		facts, err := readVideo(b)
		if err != nil {
			t.Fatal(err)
		}
		key, err := video.KeyFrameAt(bytes.NewReader(b), int64(len(b)), 0)
		if err != nil {
			t.Fatal(err)
		}
		key.Data = [][]byte{[]byte(text)}
		if _, name, err := l.decode(t.Context(), key, facts); !errors.Is(err, ErrNoFrame) {
			t.Errorf("%.20q as a frame: got a picture by %s, %v, want %v", text, name, err, ErrNoFrame)
		}
	}
}

func TestCancelledRequestGetsItsError(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := testFiles(t)["vp8_first_0.webm"]
	facts, err := readVideo(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Frame(ctx, bytes.NewReader(b), int64(len(b)), facts); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
