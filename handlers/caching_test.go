package handlers_test

import (
	"strings"
	"testing"
	"time"

	shared "postern/handlers/site"
	"postern/media"
)

// Caches keep a file no longer than it may be taken away.
func TestCachesKeepFilesWithinTheirLife(t *testing.T) {
	t.Parallel()
	const year = "public, max-age=31536000, immutable"
	s := newSite(t, withModeration)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	lasting := s.mustUpload("photo.jpg", "a.jpg")
	short := s.mustUpload("small.jpg", "b.jpg", "expiration", "PT10M")
	long := s.mustUpload("w500.jpg", "c.jpg", "expiration", "P3D")
	var tag string
	check := func(image map[string]any, want string) {
		t.Helper()
		a := s.do("GET", text(image, "url"), nil, "X-API-Key", s.key)
		if got := a.Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: cached %q, want %q", text(image, "url"), got, want)
		}
		tag = a.Header.Get("ETag")
		if len(tag) < 3 || tag[0] != '"' {
			t.Errorf("%s: ETag %s is not strong", text(image, "url"), tag)
		}
	}
	// An admin's uploads are approved, and may be rejected later all the same.
	check(short, "public, max-age=600, must-revalidate")
	check(long, "public, max-age=3600, must-revalidate")
	check(lasting, "public, max-age=3600, must-revalidate")
	if a := s.do("GET", text(lasting, "url"), nil, "If-None-Match", tag); a.StatusCode != 304 || a.Header.Get("Cache-Control") != "public, max-age=3600, must-revalidate" {
		t.Errorf("asked again: %d, %q", a.StatusCode, a.Header.Get("Cache-Control"))
	}
	for _, verdict := range []media.Moderation{media.ModerationPending, media.ModerationRejected} {
		if _, err := s.db.SetModeration(t.Context(), text(lasting, "id_encoded"), verdict); err != nil {
			t.Fatal(err)
		}
		check(lasting, "private, no-store")
	}
	p := s.lib.Policy()
	p.Moderate = false
	s.lib.SetPolicy(p)
	check(short, "public, max-age=600, must-revalidate")
	if _, err := s.db.SetModeration(t.Context(), text(lasting, "id_encoded"), media.ModerationApproved); err != nil {
		t.Fatal(err)
	}
	check(lasting, "public, max-age=3600, must-revalidate") // visitors may report it
	s = newSite(t)
	check(s.mustUpload("photo.jpg", "a.jpg"), year)
}

func TestSearchEnginesAreTold(t *testing.T) {
	t.Parallel()
	for robots, want := range map[shared.Robots]struct{ tag, text string }{
		shared.RobotsIndex:    {"", "User-agent: *\nDisallow:\n"},
		shared.RobotsNoIndex:  {"noindex", "User-agent: *\nDisallow:\n"},
		shared.RobotsDisallow: {"noindex", "User-agent: *\nDisallow: /\n"},
	} {
		s := newSite(t, func(set *settings) { set.Robots = robots })
		image := s.mustUpload("small.jpg", "small.jpg")
		for _, url := range []string{"/", text(image, "url"), text(image, "url_viewer"), "/nothing-there", "/api/1/upload"} {
			if got := s.do("GET", url, nil).Header.Get("X-Robots-Tag"); got != want.tag {
				t.Errorf("%s: %s is told %q, want %q", robots, url, got, want.tag)
			}
		}
		a := s.do("GET", "/robots.txt", nil)
		if a.StatusCode != 200 || a.body != want.text || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: robots.txt is %d %q", robots, a.StatusCode, a.body)
		}
	}
}
