//go:build nodynamic

package handlers_test

import (
	"os"
	"strings"
	"testing"
	"time"
)

// An answer to a HEIC has the keys of a video's: browsers show the frame.
func TestAnswerToAHEIC(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *settings) {
		s.BaseURL = "https://img.example"
		s.Policy.Formats = append(s.Policy.Formats, "heic")
	})
	s.now = time.Date(2026, 11, 20, 23, 42, 7, 0, time.UTC)
	data, err := os.ReadFile("../media/picture/testdata/grid.heic")
	if err != nil {
		t.Fatal(err)
	}
	a := s.upload("IMG_1.HEIC", data)
	if a.StatusCode != 200 {
		t.Fatalf("status = %d: %s", a.StatusCode, a.body)
	}
	if fault := shapeFault(t, a.body, false); fault != nil {
		t.Errorf("shape: %v", fault)
	}
	compareGolden(t, "image_heic.json", settled(t, a.body))
	page := s.do("GET", strings.TrimPrefix(text(a.image(t), "url_viewer"), "https://img.example"), nil)
	if !strings.Contains(page.body, `<img src="https://img.example/images/2026/11/20/IMG_1.fr.jpeg"`) {
		t.Errorf("the page does not show the frame: %s", page.body)
	}
}
