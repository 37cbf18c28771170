package container_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postern/media/container"
)

func TestFactsOfRealClips(t *testing.T) {
	tests := []struct {
		file string
		want container.Facts
	}{
		{"v.mp4", container.Facts{Container: "mp4", Width: 640, Height: 360, CodedWidth: 640, CodedHeight: 360, Duration: 3 * time.Second, Codec: "h264", HasAudio: true}},
		{"v.mov", container.Facts{Container: "mov", Width: 640, Height: 360, CodedWidth: 640, CodedHeight: 360, Duration: 3 * time.Second, Codec: "h264", HasAudio: true}},
		{"v.webm", container.Facts{Container: "webm", Width: 320, Height: 240, CodedWidth: 320, CodedHeight: 240, Duration: 2 * time.Second, Codec: "vp8"}},
		{"v.mkv", container.Facts{Container: "matroska", Width: 640, Height: 360, CodedWidth: 640, CodedHeight: 360, Duration: 3023 * time.Millisecond, Codec: "h264", HasAudio: true}},
	}
	for _, test := range tests {
		got, err := read(t, test.file)
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v, want %+v", test.file, got, err, test.want)
		}
	}
}

func TestRotationTurnsTheSides(t *testing.T) {
	// The matrix of the video track's tkhd: a b u, c d v, x y w.
	tests := []struct {
		a, b, c, d    int32
		rotation      int
		width, height int
	}{
		{0, 1, -1, 0, 90, 360, 640},
		{-1, 0, 0, -1, 180, 640, 360},
		{0, -1, 1, 0, 270, 360, 640},
	}
	for _, test := range tests {
		data := load(t, "v.mp4")
		at := bytes.Index(data, []byte("tkhd")) + 4 + 40
		for i, v := range []int32{test.a, test.b, 0, test.c, test.d} {
			binary.BigEndian.PutUint32(data[at+4*i:], uint32(v<<16))
		}
		got, err := container.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil || got.Rotation != test.rotation || got.Width != test.width || got.Height != test.height {
			t.Errorf("matrix %+v: %+v, %v", test, got, err)
		}
	}
}

func TestDurationWithoutAHeaderOfItsOwn(t *testing.T) {
	webm := load(t, "v.webm")
	// Make the Duration element (4489) a Void element (EC) of the same length.
	at := bytes.Index(webm, []byte{0x44, 0x89, 0x88})
	copy(webm[at:], []byte{0xec, 0x89, 0x00})
	got, err := container.Read(bytes.NewReader(webm), int64(len(webm)))
	if err != nil || got.Duration < 1900*time.Millisecond || got.Duration > 2*time.Second {
		t.Errorf("WebM without Duration: %v, %v, want just under 2 s", got.Duration, err)
	}
	mp4 := load(t, "v.mp4")
	at = bytes.Index(mp4, []byte("mvhd")) + 4 + 16
	clear(mp4[at : at+4])
	got, err = container.Read(bytes.NewReader(mp4), int64(len(mp4)))
	if err != nil || got.Duration.Round(100*time.Millisecond) != 3*time.Second {
		t.Errorf("MP4 without a movie duration: %v, %v, want 3 s", got.Duration, err)
	}
}

func TestReadRefuses(t *testing.T) {
	mp4, webm := load(t, "v.mp4"), load(t, "v.webm")
	noVideo := bytes.Replace(bytes.Clone(mp4), []byte("vide"), []byte("meta"), -1)
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"nothing", nil, container.ErrNotClip},
		{"a playlist", []byte("#EXTM3U\n#EXT-X-VERSION:3\nfile.ts\n"), container.ErrNotClip},
		{"a concat list", []byte("ffconcat version 1.0\nfile other.mp4\n"), container.ErrNotClip},
		{"a still picture", bytes.Replace(mp4, mp4[8:12], []byte("avif"), 1), container.ErrNotClip},
		{"no video track", noVideo, container.ErrNoVideo},
		{"an MP4 of nothing but its type", mp4[:32], container.ErrDamaged},
		{"an MP4 whose boxes are 1 byte long", append(bytes.Clone(mp4[:28]), 0, 0, 0, 1), container.ErrDamaged},
		{"a Matroska of another type", bytes.Replace(webm, []byte("webm"), []byte("wxyz"), 1), container.ErrNotClip},
		{"a WebM of its first bytes", webm[:40], container.ErrDamaged},
	}
	for _, test := range tests {
		if got, err := container.Read(bytes.NewReader(test.data), int64(len(test.data))); !errors.Is(err, test.want) {
			t.Errorf("%s: %+v, %v, want %v", test.name, got, err, test.want)
		}
	}
}

func TestNestingAndCountsAreBounded(t *testing.T) {
	var deep []byte
	for range 10_000 {
		deep = append(deep, 0, 0, 0, 0)
		deep = append(deep, "moov"...)
	}
	many := []byte("\x00\x00\x00\x10ftypisom\x00\x00\x02\x00" + strings.Repeat("\x00\x00\x00\x08free", 300_000))
	for name, data := range map[string][]byte{"deep": deep, "many": many} {
		if got, err := container.Read(bytes.NewReader(data), int64(len(data))); err == nil {
			t.Errorf("%s boxes: %+v, want an error", name, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"v.mp4", "v.mov", "v.webm", "v.mkv"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 4096)])
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := container.Read(bytes.NewReader(data), int64(len(data)))
		if err == nil && (got.Width <= 0 || got.Height <= 0 || got.Duration < 0) {
			t.Errorf("facts without an error: %+v", got)
		}
	})
}

func load(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t *testing.T, name string) (container.Facts, error) {
	t.Helper()
	data := load(t, name)
	return container.Read(bytes.NewReader(data), int64(len(data)))
}
