package handlers_test

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// located puts a position behind a video, as a phone's user data.
func located(video []byte) []byte {
	box := func(kind string, contents []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(8+len(contents)))
		return append(append(b, kind...), contents...)
	}
	return append(bytes.Clone(video), box("udta", box("\xa9xyz", []byte("\x00\x0f\x15\xc7+48.8584+002.2945/")))...)
}

func TestPositionsAreRemovedFromVideosInPlace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	source := located(input(t, "v.mp4"))
	image := s.upload("holiday.mp4", source).image(t)
	served := s.do("GET", text(image, "url"), nil).body
	if strings.Contains(served, "+48.8584") {
		t.Error("got the position in the stored video, want it removed")
	}
	if len(served) != len(source) {
		t.Errorf("got %d bytes stored, want the %d that were sent", len(served), len(source))
	}
	if got, want := text(image, "source_md5"), sumOf(source); got != want {
		t.Errorf("got source_md5 %s, want %s", got, want)
	}
	if got, want := text(image, "md5"), sumOf([]byte(served)); got != want {
		t.Errorf("got md5 %s, want that of the stored bytes, %s", got, want)
	}
}

func TestLimitsOfVideos(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		what    string
		change  func(*settings)
		message string
	}{
		{"bytes", func(s *settings) { s.MaxVideoFile = 20_000 }, "File too big - max 20 KB"},
		{"pixels", func(s *settings) { s.MaxVideoPixels = 640*360 - 1 }, "Video dimensions are too large"},
		{"seconds", func(s *settings) { s.MaxDuration = 2 * time.Second }, "The video is too long - max 00:02"},
	} {
		t.Run(test.what, func(t *testing.T) {
			s := newSite(t, test.change)
			answer := s.upload("v.mp4", input(t, "v.mp4"))
			if _, got := answer.fault(t); answer.StatusCode != http.StatusBadRequest || got != test.message {
				t.Errorf("limit of %s: got %d %q, want 400 %q", test.what, answer.StatusCode, got, test.message)
			}
			if answer := s.upload("photo.jpg", input(t, "photo.jpg")); answer.StatusCode != http.StatusOK {
				t.Errorf("limit of %s: got %d for a picture, want 200", test.what, answer.StatusCode)
			}
		})
	}
}

func sumOf(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// TestDamagedVideosAreNotCalledImages sends videos whose header promises what is
// not there, to both surfaces.
func TestDamagedVideosAreNotCalledImages(t *testing.T) {
	t.Parallel()
	const want = "Invalid video: the file is damaged"
	s := newSite(t, withImgpile)
	for _, name := range []string{"v.mp4", "v.mov", "v.webm"} {
		damaged := input(t, name)[:300]
		answer := s.upload(name, damaged)
		if _, got := answer.fault(t); answer.StatusCode != http.StatusBadRequest || got != want {
			t.Errorf("%s: got %d %q, want 400 %q", name, answer.StatusCode, got, want)
		}
		status, v := s.pile(s.bobKey, name, damaged)
		if message := fmt.Sprint(v["errors"]); status != http.StatusUnprocessableEntity || !strings.Contains(message, want) {
			t.Errorf("%s: got %d %s on the other surface, want 422 with %q", name, status, message, want)
		}
	}
	answer := s.upload("photo.jpg", input(t, "photo.jpg")[:300])
	if _, got := answer.fault(t); !strings.HasPrefix(got, "Invalid image") {
		t.Errorf("got %q for a damaged image", got)
	}
}
