package handlers_test

import (
	"fmt"
	"html"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"postern/media"
)

func (s *site) mustUpload(name, filename string, fields ...string) map[string]any {
	s.t.Helper()
	return s.upload(filename, input(s.t, name), fields...).image(s.t)
}

func TestFilesAreServedAsHostile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	image := s.mustUpload("photo.jpg", "photo.jpg")
	for _, method := range []string{"GET", "HEAD"} {
		a := s.do(method, text(image, "url"), nil)
		want := map[string]string{
			"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin",
			"Cache-Control": "public, max-age=31536000, immutable", "Content-Length": "76690", "Accept-Ranges": "bytes",
			"Content-Disposition": "inline; filename=photo.jpg", "ETag": `"` + text(image, "md5") + `"`,
		}
		for name, value := range want {
			if got := a.Header.Get(name); got != value {
				t.Errorf("%s: %s: %q, want %q", method, name, got, value)
			}
		}
		if policy := a.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox") {
			t.Errorf("%s: policy %q", method, policy)
		}
	}
}

func TestRangesAndConditionalRequests(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	image := s.mustUpload("v.mp4", "v.mp4")
	url, data := text(image, "url"), string(input(t, "v.mp4"))
	tests := []struct {
		name, header, value string
		status              int
		body                string
	}{
		{"the first bytes", "Range", "bytes=0-99", 206, data[:100]},
		{"the last bytes", "Range", "bytes=-10", 206, data[len(data)-10:]},
		{"beyond the end", "Range", "bytes=99999999-", 416, "invalid range: failed to overlap\n"},
		{"the same version", "If-None-Match", `"` + text(image, "md5") + `"`, 304, ""},
		{"another version", "If-None-Match", `"other"`, 200, data},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.do("GET", url, nil, test.header, test.value)
			if a.StatusCode != test.status || a.body != test.body {
				t.Errorf("%s: %d, %d bytes, want %d, %d bytes", test.name, a.StatusCode, len(a.body), test.status, len(test.body))
			}
		})
	}
}

func TestNothingButStoredFilesIsServed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.mustUpload("small.jpg", "small.jpg")
	for _, path := range []string{
		"/images/../postern.db", "/images/%2e%2e/postern.db", "/images/..%2fpostern.db", "/postern.db", "/images/", "/images",
		"/images/2026", "/.stage/", "/images/.stage/x", "/static/", "/static/../config.toml", "/static/%2e%2e/go.mod", "/images/a%00b",
	} {
		if a := s.do("GET", path, nil); a.StatusCode != 404 && a.StatusCode != 400 && a.StatusCode != 301 || strings.Contains(a.body, "SQLite") {
			t.Errorf("%s: %d %.60q", path, a.StatusCode, a.body)
		}
	}
}

func TestExpiredIsGoneFromTheSecondOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	image := s.mustUpload("photo.jpg", "photo.jpg", "expiration", "PT10M")
	urls := []string{text(image, "url"), text(image, "url_viewer"), text(image, "display_url"), text(image, "delete_url")}
	s.now = s.now.Add(10*time.Minute - time.Second)
	for _, url := range urls {
		a := s.do("GET", url, nil)
		if a.StatusCode != 200 {
			t.Errorf("%s: %d a second before", url, a.StatusCode)
		}
		if cache := a.Header.Get("Cache-Control"); strings.Contains(url, "/images/") && cache != "public, max-age=1, must-revalidate" {
			t.Errorf("%s: cached %q", url, cache)
		}
	}
	s.now = s.now.Add(time.Second)
	for _, url := range urls {
		if a := s.do("GET", url, nil); a.StatusCode != 410 {
			t.Errorf("%s: %d at the second, want 410", url, a.StatusCode)
		}
	}
}

func TestViewerPaths(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	image := s.mustUpload("small.jpg", "small.jpg", "title", `My "Great" Title & co?`)
	video := s.mustUpload("v.mp4", "v.mp4", "title", "a video")
	id, canonical := text(image, "id_encoded"), text(image, "path_viewer")
	if canonical != "/image/My-Great-Title-co."+id || text(video, "path_viewer") != "/clip/a-video."+text(video, "id_encoded") {
		t.Errorf("paths %q and %q", canonical, text(video, "path_viewer"))
	}
	tests := []struct {
		path, to string
		status   int
	}{
		{canonical, "", 200},
		{"/image/" + id, canonical, 302},
		{"/image/wrong." + id, canonical, 302},
		{"/image/" + id + "?album=x", canonical + "?album=x", 302},
		{"/clip/" + id, canonical, 302},
		{"/video/x." + id, canonical, 302},
		{canonical + "/", canonical, 301},
		{"/video/" + text(video, "id_encoded"), text(video, "path_viewer"), 302},
		{"/image/aaaaaaa", "", 404},
		{"/image/" + strings.ToLower(id) + "x", "", 404},
		{"/image/..", "", 404},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			a := s.do("GET", test.path, nil)
			if a.StatusCode != test.status || a.Header.Get("Location") != test.to {
				t.Errorf("%s: %d to %q, want %d to %q", test.path, a.StatusCode, a.Header.Get("Location"), test.status, test.to)
			}
		})
	}
}

func TestViewerTellsOtherSitesWhatItShows(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	image := s.mustUpload("photo.jpg", "photo.jpg", "title", `<script>alert("x")</script>`, "description", "<b>text</b>")
	a := s.do("GET", text(image, "url_viewer"), nil)
	if strings.Contains(a.body, "<script>") || strings.Contains(a.body, "<b>text") {
		t.Error("a title or description is not escaped")
	}
	for property, want := range map[string]string{
		"og:type": "article", "og:title": `<script>alert("x")</script>`, "og:image": text(image, "url"), "og:url": text(image, "url_viewer"),
	} {
		m := regexp.MustCompile(`<meta property="` + property + `" content="([^"]*)">`).FindStringSubmatch(a.body)
		if m == nil || html.UnescapeString(m[1]) != want {
			t.Errorf("%s: %q, want %q", property, m, want)
		}
	}
	if got := s.do("GET", text(image, "url_viewer"), nil); !strings.Contains(betweenTags.ReplaceAllString(got.body, "><"), "<dt>Views</dt><dd>2</dd>") {
		t.Error("views are not counted")
	}
}

func TestDeleting(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method      string
		deleteOnGet bool
		status      int
		gone        bool
	}{
		{"GET", false, 200, false},
		{"HEAD", false, 200, false},
		{"HEAD", true, 200, false},
		{"PUT", false, 405, false},
		{"POST", false, 301, true},
		{"DELETE", false, 200, true},
		{"GET", true, 301, true},
	}
	for _, test := range tests {
		t.Run(test.method, func(t *testing.T) {
			s := newSite(t, func(set *settings) { set.DeleteOnGet = test.deleteOnGet })
			image := s.mustUpload("photo.jpg", "photo.jpg")
			wrong := text(image, "delete_url")
			wrong = wrong[:len(wrong)-1] + map[bool]string{true: "0", false: "1"}[!strings.HasSuffix(wrong, "0")]
			if a := s.do(test.method, wrong, nil); a.StatusCode != 404 && test.method != "PUT" {
				t.Errorf("%s with a wrong token: %d", test.method, a.StatusCode)
			}
			if a := s.do(test.method, text(image, "delete_url"), nil); a.StatusCode != test.status {
				t.Errorf("%s: %d, want %d", test.method, a.StatusCode, test.status)
			}
			for _, key := range []string{"url", "url_viewer", "display_url"} {
				if a := s.do("GET", text(image, key), nil); (a.StatusCode == 404) != test.gone {
					t.Errorf("%s: %s answers %d afterwards", test.method, key, a.StatusCode)
				}
			}
			if test.gone {
				if a := s.do(test.method, text(image, "delete_url"), nil); a.StatusCode != 404 {
					t.Errorf("%s again: %d", test.method, a.StatusCode)
				}
			}
			if strings.Contains(s.log.String(), text(image, "delete_url")[len(text(image, "delete_url"))-48:]) {
				t.Errorf("%s: the log has the delete token", test.method)
			}
		})
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	data := input(t, "small.jpg")
	post := func(s *site, headers ...string) string {
		body, contentType := multipartBody(t, "a.jpg", data)
		a := s.do("POST", "/api/1/upload", body, append(headers, "Content-Type", contentType, "X-API-Key", s.key)...)
		return text(a.image(t), "url")
	}
	forwarded := []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "img.example.org"}
	plain := newSite(t)
	if got := post(plain, forwarded...); !strings.HasPrefix(got, plain.URL+"/images/") {
		t.Errorf("headers of a stranger were believed: %s", got)
	}
	proxied := newSite(t, func(s *settings) { s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	if got := post(proxied, forwarded...); !strings.HasPrefix(got, "https://img.example.org/images/") {
		t.Errorf("behind a trusted proxy: %s", got)
	}
	fixed := newSite(t, func(s *settings) { s.BaseURL = "https://cdn.example.org/x" })
	if got := post(fixed, forwarded...); !strings.HasPrefix(got, "https://cdn.example.org/x/images/") {
		t.Errorf("with a configured URL: %s", got)
	}
	if got := plain.do("GET", "/api-v1", nil); !strings.Contains(got.body, plain.URL+"/api/1/upload") {
		t.Error("the API page does not name this server")
	}
}

func TestPagesAreThereAndEscaped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for path, status := range map[string]int{"/": 200, "/api-v1": 200, "/static/postern.css": 200, "/healthz": 200, "/nothing": 404, "/image/%3Cscript%3E": 404} {
		a := s.do("GET", path, nil)
		if a.StatusCode != status || strings.Contains(a.body, "<script>") {
			t.Errorf("%s: %d, want %d", path, a.StatusCode, status)
		}
		if status == 200 && strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: no policy", path)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for naming, want := range map[string]string{
		"original": `^My-File$`, "mixed": `^My-File[0-9a-f]{16}$`, "random": `^[0-9a-f]{32}$`, "id": `^[0-9A-Za-z]{7}$`,
	} {
		s := newSite(t, func(set *settings) { set.Naming = media.Naming(naming) })
		image := s.mustUpload("small.jpg", "My File.jpg")
		if got := text(image, "name"); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: %q, want %s", naming, got, want)
		}
	}
	direct := newSite(t, func(set *settings) { set.DateFolders = false })
	if image := direct.mustUpload("small.jpg", "a.jpg"); text(image, "url") != direct.URL+"/images/a.jpg" || text(image, "storage_mode") != "direct" {
		t.Errorf("direct: %s", text(image, "url"))
	}
}

func TestHealthUnderManyMethods(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if a := s.do(http.MethodPost, "/", nil); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST /: %d", a.StatusCode)
	}
	if a := s.do(http.MethodHead, "/api-v1", nil); a.StatusCode != 200 || a.body != "" {
		t.Errorf("HEAD /api-v1: %s", fmt.Sprint(a.StatusCode, a.body))
	}
}

// betweenTags is the space in which templates break their lines.
var betweenTags = regexp.MustCompile(`>\s+<`)
