package handlers_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"postern/handlers/ratelimit"
)

// post sends a small picture with a key, "" for none.
func (s *site) post(key string, headers ...string) answer {
	s.t.Helper()
	body, contentType := multipartBody(s.t, "small.jpg", input(s.t, "small.jpg"))
	if key != "" {
		headers = append(headers, "X-API-Key", key)
	}
	return s.do("POST", "/api/1/upload", body, append(headers, "Content-Type", contentType)...)
}

func (s *site) wantRate(a answer, limit, remaining string) {
	s.t.Helper()
	if got := a.Header.Get("X-RateLimit-Limit") + " " + a.Header.Get("X-RateLimit-Remaining"); got != limit+" "+remaining {
		s.t.Errorf("limit and remaining are %q, want %q", got, limit+" "+remaining)
	}
}

// A bucket of two that fills again in an hour stands for any.
var two = ratelimit.Limit{PerMinute: 1, Burst: 2}

func TestAUserMayUploadSoOftenAndIsToldSo(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Rates.User = two })
	s.wantRate(s.post(s.key), "2", "1")
	s.wantRate(s.post(s.key), "2", "0")
	third := s.post(s.key)
	s.wantRefused(third, 429, 429, "Too many requests, try again later")
	s.wantRate(third, "2", "0")
	if wait := third.Header.Get("Retry-After"); wait != "60" && wait != "59" {
		t.Errorf("Retry-After %q, want what is left of a minute", wait)
	}
	var reset int64
	if _, err := fmt.Sscan(third.Header.Get("X-RateLimit-Reset"), &reset); err != nil || time.Until(time.Unix(reset, 0)) > time.Minute {
		t.Errorf("X-RateLimit-Reset %q, want a time in a minute", third.Header.Get("X-RateLimit-Reset"))
	}
	if a := s.post(s.bobKey); a.StatusCode != 200 {
		t.Errorf("another user: %s", a.body)
	}
	if a := s.do("GET", "/", nil); a.StatusCode != 200 {
		t.Errorf("a page: %d", a.StatusCode)
	}
}

func TestGuestsAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) {
		set.guests, set.Rates.Guest = true, two
		set.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	from := func(address string) answer { return s.post("", "X-Forwarded-For", address) }
	from("2001:db8::1")
	from("2001:db8::2")
	s.wantRefused(from("2001:db8::3"), 429, 429, "Too many requests, try again later")
	if a := from("2001:db8:0:1::1"); a.StatusCode != 200 {
		t.Errorf("from another network: %s", a.body)
	}
}

// Who is no trusted proxy gains nothing by naming other addresses.
func TestAForgedAddressDoesNotRaiseTheLimit(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Rates.Address = two })
	for i := range 3 {
		a := s.post(s.key, "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i), "X-Real-IP", fmt.Sprintf("198.51.100.%d", i))
		if want := []int{200, 200, 429}[i]; a.StatusCode != want {
			t.Errorf("request %d: %d, want %d", i+1, a.StatusCode, want)
		}
	}
}

func TestWrongKeysCostMoreThanUploads(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) {
		set.Rates.Address, set.Rates.WrongKey = ratelimit.Limit{PerMinute: 1, Burst: 100}, 40
	})
	for range 3 {
		s.wantRefused(s.post("chv_wrong"), 400, 100, "Invalid API key.")
	}
	s.wantRefused(s.post("chv_wrong"), 429, 429, "Too many requests, try again later")
	s.wantRefused(s.post(s.key), 429, 429, "Too many requests, try again later")
}

// The body's key wins over the query's, and so one in the query cannot be
// checked before the body is read.
func TestTheKeyInTheBodyWinsOverTheQuery(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body, contentType := multipartBody(t, "small.jpg", input(t, "small.jpg"), "key", s.key)
	if a := s.do("POST", "/api/1/upload?key=wrong", body, "Content-Type", contentType); a.StatusCode != 200 {
		t.Errorf("a right key in the body: %s", a.body)
	}
	body, contentType = multipartBody(t, "small.jpg", input(t, "small.jpg"), "key", "wrong")
	s.wantRefused(s.do("POST", "/api/1/upload?key="+s.key, body, "Content-Type", contentType), 400, 100, "Invalid API key.")
}

// slowPost sends the head of an upload and keeps the rest.
func (s *site) slowPost() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /api/1/upload HTTP/1.1\r\nHost: h\r\nX-API-Key: %s\r\nContent-Type: multipart/form-data; boundary=XX\r\n"+
		"Content-Length: 100000\r\n\r\n--XX\r\nContent-Disposition: form-data; name=\"source\"; filename=\"a.jpg\"\r\n\r\nstart", s.key)
	if err != nil {
		s.t.Fatal(err)
	}
	return conn
}

func TestBeyondItsPlacesTheServerIsBusyAtOnce(t *testing.T) {
	s := newSite(t, func(set *settings) { set.Rates.Uploads.All = 2 })
	first := s.slowPost()
	s.slowPost()
	s.waitFor("two staged uploads", func() bool { staged, err := s.lib.Staging.Names(); return err == nil && len(staged) == 2 })
	busy := s.post(s.key)
	s.wantRefused(busy, 503, 503, "The server is busy, try again soon")
	if busy.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	first.Close()
	s.waitFor("a place", func() bool { return s.post(s.key).StatusCode == 200 })
}

// waitFor waits until something holds, which it must at last.
func (s *site) waitFor(what string, holds func() bool) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("there never was %s", what)
		}
	}
}

func TestABodyThatDoesNotGoOnIsCutOff(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.BodyIdle = 300 * time.Millisecond })
	conn := s.slowPost()
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(got), "HTTP/1.1 400 ") || !strings.Contains(string(got), "UPLOAD_ERR_PARTIAL") {
		t.Errorf("answered %.400s", got)
	}
	s.waitFor("an empty staging folder", func() bool { staged, err := s.lib.Staging.Names(); return err == nil && len(staged) == 0 })
}

func TestOtherOriginsMayReadTheLimits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.do(http.MethodPost, "/api/1/upload", nil, "Origin", "https://forum.example")
	for _, name := range []string{"Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-Id"} {
		if got := a.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(got, name) {
			t.Errorf("%s is not among the exposed headers %q", name, got)
		}
	}
}

// A search looks at all items of a user: so it has a limit of its own. Looking
// through the gallery has none.
func TestAUserMaySearchSoOften(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Rates.Search = two })
	bob := s.signIn(s.bobKey)
	for i, want := range []int{200, 200, 429} {
		if a := bob.get("/gallery?q=sea"); a.StatusCode != want {
			t.Errorf("search %d: %d, want %d", i+1, a.StatusCode, want)
		}
		if a := bob.get("/gallery"); a.StatusCode != 200 {
			t.Errorf("the gallery: %d", a.StatusCode)
		}
	}
	if a := s.signIn(s.key).get("/gallery?q=sea"); a.StatusCode != 200 {
		t.Errorf("another user: %d", a.StatusCode)
	}
}
