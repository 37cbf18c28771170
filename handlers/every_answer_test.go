package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/auth"
)

func TestEveryAnswerHasAPolicy(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.imgpile = true })
	viewer := text(s.mustUpload("small.jpg", "small.jpg"), "url_viewer")
	for _, path := range []string{
		"/oembed?url=" + url.QueryEscape(viewer), "/oembed?url=x", "/oembed?format=xml", "/", "/api/1/upload", "/api/v1/media", "/api/v1/nothing",
		"/api/openapi.json", "/words/en", "/manifest.webmanifest", "/healthz", "/readyz", "/favicon.ico", "/gallery", "/nothing",
		"/tools/postern.sxcu", "/static/site.js", strings.TrimPrefix(viewer, s.URL),
	} {
		h := s.do("GET", path, nil).Header
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestKeysEndByTheServersClock(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.now = time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
	_, digest := auth.NewKey()
	soon := media.APIKey{UserID: s.bob.ID, Name: "soon over", Digest: digest, CreatedAt: s.now, ExpiresAt: s.now.Add(time.Hour)}
	if err := s.db.InsertKey(t.Context(), &soon); err != nil {
		t.Fatal(err)
	}
	a := s.do("POST", "/sign-in", strings.NewReader("key="+s.bobKey), "Content-Type", "application/x-www-form-urlencoded")
	cookie := a.Cookies()[0].Name + "=" + a.Cookies()[0].Value
	for after, want := range map[time.Duration]bool{0: true, 2 * time.Hour: false} {
		s.now = time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC).Add(after)
		page := s.do("GET", "/keys", nil, "Cookie", cookie).body
		_, row, _ := strings.Cut(page, "soon over")
		row, _, _ = strings.Cut(row, "</tr>")
		if got := strings.Contains(row, "/revoke"); got != want {
			t.Errorf("after %v the key can be revoked: %v, want %v", after, got, want)
		}
	}
}
