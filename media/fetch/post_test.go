package fetch

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"
)

func TestPost(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || string(body) != "news" || r.Header.Get("X-Kind") != "a" || r.UserAgent() != "postern" {
			t.Errorf("got %s %q %v, %v", r.Method, body, r.Header, err)
		}
		switch r.URL.Path {
		case "/busy":
			w.Header().Set("Retry-After", "1.5")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/moved":
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
		}
	})
	c := New(Config{Allow: loopback, Ports: []uint16{s.port(t)}})
	post := func(c *Client, path string) error {
		return c.Post(t.Context(), s.URL+path, http.Header{"X-Kind": {"a"}}, []byte("news"))
	}
	if err := post(c, "/"); err != nil {
		t.Error(err)
	}
	var status *StatusError
	if err := post(c, "/busy"); !errors.As(err, &status) || !errors.Is(err, ErrStatus) || status.Status != 429 || status.RetryAfter != 1500*time.Millisecond {
		t.Errorf("a busy server: %v", err)
	}
	if err := post(c, "/moved"); !errors.As(err, &status) || status.Status != 307 {
		t.Errorf("a redirect: %v", err)
	}
	before := s.conns.Load()
	if err := post(New(Config{Ports: []uint16{s.port(t)}}), "/"); !errors.Is(err, ErrAddress) {
		t.Errorf("an address that is not public: %v", err)
	}
	if err := post(New(Config{Allow: loopback}), "/"); !errors.Is(err, ErrPort) {
		t.Errorf("another port: %v", err)
	}
	if got := s.conns.Load(); got != before {
		t.Errorf("%d connections were made", got-before)
	}
}
