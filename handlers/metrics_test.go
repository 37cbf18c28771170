package handlers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/handlers/ratelimit"
	shared "postern/handlers/site"
	"postern/media/auth"
	"postern/media/library"
)

// tally is what a site has told its Watch.
type tally struct {
	mu    sync.Mutex
	lines []string
}

func (t *tally) note(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, fmt.Sprintf(format, args...))
}

// take returns what was told since the last time.
func (t *tally) take() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := strings.Join(t.lines, ", ")
	t.lines = nil
	return all
}

func (t *tally) watch(set *settings) {
	set.MetricsHooks = shared.MetricsHooks{
		Upload: func(outcome, extension string, bytes int64) {
			t.note("%s %s %d", outcome, extension, bytes)
		},
		Limit: func(name string) { t.note("limit %s", name) },
	}
}

func TestEveryUploadIsToldToTheMetrics(t *testing.T) {
	t.Parallel()
	var told tally
	s := newSite(t, told.watch, func(set *settings) {
		set.imgpile, set.Duplicates, set.MaxPixels = true, library.DuplicatesReuse, 1_000_000
		set.Rates.Guest, set.guests, set.GuestDaily = ratelimit.Limit{PerMinute: 1, Burst: 3}, true, 1
	})
	small := input(t, "small.jpg")
	guest := func() answer {
		body, contentType := multipartBody(t, "a.jpg", small)
		return s.do("POST", "/api/1/upload", body, "Content-Type", contentType)
	}
	second := func(name string, data []byte, key string) answer { // by the imgpile API
		body, contentType := multipartBody(t, name, data)
		b := bytes.ReplaceAll(body.Bytes(), []byte(`name="source"`), []byte(`name="file"`))
		return s.do("POST", "/api/v1/media", bytes.NewReader(b), "Content-Type", contentType, "Authorization", "Bearer "+key)
	}
	tests := []struct {
		name string
		do   func() answer
		want string
	}{
		{"a picture", func() answer { return s.upload("a.jpg", small) }, fmt.Sprintf("stored jpg %d", len(small))},
		{"the same again", func() answer { return s.upload("a.jpg", small) }, fmt.Sprintf("reused jpg %d", len(small))},
		{"a text", func() answer { return s.upload("a.jpg", []byte("text")) }, "refused  0"},
		{"a wrong key", func() answer { return s.post("chv_wrong") }, "refused  0"},
		{"no file", func() answer { return s.do("POST", "/api/1/upload", nil, "X-API-Key", s.key) }, "refused  0"},
		{"too large a file", func() answer { return s.upload("a.jpg", make([]byte, 10_000_001)) }, "limit bytes, refused  0"},
		{"too many pixels", func() answer { return s.upload("wide.png", grayPNG(1100, 1000)) }, "limit pixels, refused  0"},
		{"another program's picture", func() answer { return second("a.jpg", small, s.key) }, fmt.Sprintf("stored jpg %d", len(small))},
		{"another program's text", func() answer { return second("a.jpg", []byte("text"), s.key) }, "refused  0"},
		{"another program's pixels", func() answer { return second("wide.png", grayPNG(1100, 1000), s.key) }, "limit pixels, refused  0"},
		{"another program's wrong key", func() answer { return second("a.jpg", small, "chv_wrong") }, "refused  0"},
		{"another program's form of nothing", func() answer { return s.do("POST", "/api/v1/media", nil, "Authorization", "Bearer "+s.key) }, "refused  0"},
		{"a guest", guest, fmt.Sprintf("stored jpg %d", len(small))},
		{"a guest's second", guest, "limit quota of uploads a day, limited  0"},
		{"a guest's third", guest, "limit quota of uploads a day, limited  0"},
		{"a guest's fourth", guest, "limit rate of guest, limited  0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := test.do()
			if got := told.take(); got != test.want {
				t.Errorf("%s: told %q, want %q (answer %d %.200s)", test.name, got, test.want, a.StatusCode, a.body)
			}
		})
	}
}

func grayPNG(width, height int) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height)))
	return b.Bytes()
}

func TestReadinessNamesWhatIsWrongAndNoMore(t *testing.T) {
	t.Parallel()
	var fault error
	s := newSite(t, func(set *settings) {
		set.Checks = []shared.Check{
			{Name: "database", Run: func(context.Context) error { return nil }},
			{Name: "disk", Run: func(context.Context) error { return fault }},
		}
	})
	wantReady := func(status int, body string) {
		t.Helper()
		s.waitFor(body, func() bool { a := s.do("GET", "/readyz", nil); return a.StatusCode == status && a.body == body })
	}
	wantReady(200, "ready\n")
	fault = errors.New("/srv/secret has no room")
	wantReady(503, "not ready: disk\n")
	if !strings.Contains(s.log.String(), "/srv/secret has no room") {
		t.Error("the log does not say why")
	}
	fault = nil
	wantReady(200, "ready\n")
	if a := s.do("GET", "/healthz", nil); a.StatusCode != 200 || a.body != "ok\n" {
		t.Errorf("/healthz: %d %q", a.StatusCode, a.body)
	}
}

// Everything that a site does is done once, and then its log, at the level that
// says most, is searched for what opens anything.
func TestTheLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.guests, set.guestKey, set.BodyIdle = true, "the-guests-word", time.Second })
	image := s.post(s.key).image(t)
	_, token, _ := strings.Cut(text(image, "delete_url"), "/delete/")
	path := func(u string) string { p, _ := url.Parse(u); return p.Path }
	deletePath := path(text(image, "delete_url"))
	wrong, _ := auth.NewKey()

	s.post("", "Authorization", "Bearer "+s.bobKey)
	s.do("POST", "/api/1/upload?key="+s.key, nil)
	s.do("GET", "/api/1/upload?source=http://127.0.0.1/&key="+s.key, nil)
	s.do("POST", "/api/1/upload", strings.NewReader(url.Values{"key": {s.key}, "source": {"%%%"}}.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	s.do("POST", "/api/1/other?key="+s.key, nil)
	s.do("POST", "/api/"+s.key+"/upload", nil)
	s.do("POST", "/api/1/upload?key="+wrong, nil)
	s.do("POST", "/api/1/upload?key=the-guests-word", nil, "X-API-Key", wrong)
	body, contentType := multipartBody(t, "a.jpg", input(t, "small.jpg"), "key", s.bobKey)
	s.do("POST", "/upload?key="+s.key, body, "Content-Type", contentType)
	s.raw("POST /api/1/upload?key=" + s.key + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nnonsense")
	for _, p := range []string{deletePath, deletePath + "/", strings.Replace(deletePath, "/delete/", "//delete//", 1), deletePath + "?x=1", strings.ToUpper(deletePath)} {
		s.do("GET", p, nil)
	}
	s.do("GET", "/image/zzzzzzz/delete/"+token, nil)
	s.do("POST", deletePath, nil)

	s.waitFor("the last line", func() bool {
		return strings.Contains(s.log.String(), "method=POST path="+strings.Split(deletePath, "/delete/")[0])
	})
	log := s.log.String()
	for name, secret := range map[string]string{
		"the key": s.key, "another key": s.bobKey, "a wrong key": wrong, "the guests' key": "the-guests-word",
		"the delete token": token, "the delete token in capitals": strings.ToUpper(token), "the library's secret": "0123456789abcdef0123456789abcdef",
	} {
		if at := strings.Index(log, secret); at >= 0 {
			t.Errorf("the log holds %s: %s", name, log[max(at-200, 0):min(at+100, len(log))])
		}
	}
	if !strings.Contains(log, "status=200") || !strings.Contains(log, "level=DEBUG") {
		t.Errorf("the log holds nothing to search: %.300s", log)
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, "msg=request") && !strings.Contains(line, " id=") {
			t.Errorf("a line without a request ID: %s", line)
		}
	}
}
