package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// videos are those that media/frame holds its decoders against.
func videos(t *testing.T) map[string][]byte {
	t.Helper()
	f, err := os.Open("../media/frame/testdata/matrix.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]byte)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[filepath.Clean(h.Name)], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

// programPath is the path with the program of ours that shows H.264.
func programPath(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "postern-openh264"), "../packaging/openh264")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return "PATH=" + dir + string(filepath.ListSeparator) + os.Getenv("PATH")
}

var videoCases = []struct {
	video, reference, mime string
	width, height          int
	byProgram              bool // nothing in the server shows it
}{
	{"h264_last_90.mp4", "h264_90.png", "video/mp4", 48, 64, false},
	{"h264_first_180.mov", "h264_180.png", "video/quicktime", 64, 48, false},
	{"hevc_fragments_270.mp4", "hevc_270.png", "video/mp4", 48, 64, false},
	{"vp8_last_0.webm", "vp8_0.png", "video/webm", 64, 48, false},
	{"vp9_first_90.webm", "vp9_90.png", "video/webm", 48, 64, true},
	{"vp9_last_180.mp4", "vp9_180.png", "video/mp4", 64, 48, true},
	{"av1_fragments_0.mp4", "av1_0.png", "video/mp4", 64, 48, false},
}

// likeness compares two pictures in decibels; 0 for other sizes.
func likeness(got, want image.Image) float64 {
	size := want.Bounds().Size()
	if got.Bounds().Size() != size {
		return 0
	}
	sum := 0.0
	for y := range size.Y {
		for x := range size.X {
			r, g, b, _ := got.At(x, y).RGBA()
			R, G, B, _ := want.At(x, y).RGBA()
			for _, d := range [3]float64{float64(r) - float64(R), float64(g) - float64(G), float64(b) - float64(B)} {
				sum += d / 257 * d / 257
			}
		}
	}
	return 10 * math.Log10(255*255*3*float64(size.X*size.Y)/max(sum, 1e-9))
}

// Likenesses of a frame that went through JPEG, in decibels: the least of the
// right one, and the most of a drawn picture.
const (
	sameFrame  = 27
	otherFrame = 15
)

func TestVideosWithProgramsAndWithout(t *testing.T) {
	for _, program := range []string{"vpxdec", "dav1d"} {
		need(t, program)
	}
	files := videos(t)
	for _, path := range []string{programPath(t), "PATH="} {
		t.Run(fmt.Sprintf("programs %t", path != "PATH="), func(t *testing.T) {
			p := start(t, t.TempDir(), path, "POSTERN_VIDEO_PROBES=true")
			for _, c := range videoCases {
				answer, err := p.upload(p.key, c.video, files[c.video])
				if err != nil {
					t.Errorf("%s: %v", c.video, err)
					continue
				}
				expectVideo(t, c.video, c.mime, c.width, c.height, answer, files[c.video])
				want, err := png.Decode(bytes.NewReader(files[c.reference]))
				if err != nil {
					t.Fatal(err)
				}
				drawn := c.byProgram && path == "PATH="
				got := likeness(frame(t, answer), want)
				if drawn && got > otherFrame || !drawn && got < sameFrame {
					t.Errorf("%s: the frame is %.1f dB from the reference; drawn: %t", c.video, got, drawn)
				}
			}
			p.stop()
			if _, err := os.Stat(filepath.Join(p.dir, "probe")); err == nil {
				t.Error("the folder of probes is left")
			}
			if out := p.command("check", "--deep"); !strings.Contains(out, " 0 findings") {
				t.Errorf("check: %s", out)
			}
		})
	}
}

// expectVideo holds an answer, its page and its files against the video.
func expectVideo(t *testing.T, name, mime string, width, height int, answer map[string]any, data []byte) {
	t.Helper()
	told := fmt.Sprint(answer["type"], " ", answer["mime"], " ", answer["width"], "x", answer["height"], " ", answer["duration"], " ", answer["duration_time"])
	if want := fmt.Sprintf("video %s %dx%d 1 00:01", mime, width, height); told != want {
		t.Errorf("%s: got %q, want %q", name, told, want)
	}
	viewer, _ := answer["url_viewer"].(string)
	if status, page := get(t, viewer); status != http.StatusOK || !strings.Contains(viewer, "/clip/") || !bytes.Contains(page, []byte("<video")) {
		t.Errorf("%s: page %s: got status %d", name, viewer, status)
	}
	for _, key := range []string{"display_url", "url_frame"} {
		if url, _ := answer[key].(string); !strings.HasPrefix(url, "http") {
			t.Errorf("%s: %s: got %q", name, key, url)
		}
	}
	thumb, _ := answer["thumb"].(map[string]any)
	if status, b := get(t, fmt.Sprint(thumb["url"])); status != http.StatusOK || !bytes.HasPrefix(b, []byte("\xff\xd8")) {
		t.Errorf("%s: thumb: got status %d", name, status)
	}
	expectSeekable(t, name, fmt.Sprint(answer["url"]), mime, data)
}

// expectSeekable fetches a part of the video, as browsers do.
func expectSeekable(t *testing.T, name, url, mime string, data []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Range", "bytes=100-199")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusPartialContent || res.Header.Get("Content-Type") != mime || !bytes.Equal(got, data[100:200]) {
		t.Errorf("%s: a part: got status %d, %s, %d bytes, %v", name, res.StatusCode, res.Header.Get("Content-Type"), len(got), err)
	}
}

// frame fetches the frame of an answer.
func frame(t *testing.T, answer map[string]any) image.Image {
	t.Helper()
	status, b := get(t, fmt.Sprint(answer["url_frame"]))
	m, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("frame: status %d, %v", status, err)
	}
	return m
}

// postern probe tells what there is, and what a video shows.
func TestProbeCommand(t *testing.T) {
	t.Parallel()
	need(t, "vpxdec")
	dir := t.TempDir()
	name, out := filepath.Join(dir, "clip.mp4"), filepath.Join(dir, "frame.jpg")
	files := videos(t)
	if err := os.WriteFile(name, files["vp9_first_90.mp4"], 0o644); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, dir: dir}
	if got := p.command("probe", "--list"); !strings.Contains(got, "vpxdec") || !strings.Contains(got, "works") {
		t.Errorf("probe --list: got\n%s", got)
	}
	got := p.command("probe", name, "--out", out)
	const want = "mp4, vp9, 48x64 (coded 64x48, turned 90), 1s, 10.000 frames a second, sound: false\nframe of (48,64) by vpxdec"
	if got != want {
		t.Errorf("probe: got\n%s\nwant\n%s", got, want)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	reference, err := png.Decode(bytes.NewReader(files["vp9_90.png"]))
	if err != nil {
		t.Fatal(err)
	}
	if d := likeness(m, reference); d < sameFrame {
		t.Errorf("the frame is %.1f dB from the reference, want %d", d, sameFrame)
	}
}
