package client_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/client"
)

// script is a server that answers each upload as the next step says, and keeps what
// it was sent.
type script struct {
	*httptest.Server
	steps []func(http.ResponseWriter)

	mu     sync.Mutex // a client that was cut off may ask again before its first request has ended
	bodies []string
}

func newScript(t *testing.T, steps ...func(http.ResponseWriter)) *script {
	s := &script{steps: steps}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.bodies = append(s.bodies, string(body))
		step := s.steps[min(len(s.bodies), len(s.steps))-1]
		s.mu.Unlock()
		step(w)
	}))
	t.Cleanup(s.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return s
}

func status(code int, retryAfter string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"status_code": 1, "error": {"message": "no", "code": 9}}`)
	}
}

func accepted(w http.ResponseWriter) {
	_, _ = io.WriteString(w, `{"status_code": 200, "image": {"url": "http://h/a.jpg"}}`)
}

func cut(w http.ResponseWriter) { panic(http.ErrAbortHandler) }

func TestUploadTriesAgainWhatMayPass(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.jpg")
	content := strings.Repeat("bytes", 1000)
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		steps   []func(http.ResponseWriter)
		waits   []time.Duration // exact ones; 0 for any
		ok      bool
		passing bool // the error is one that may pass
	}{
		{"accepted at once", []func(http.ResponseWriter){accepted}, nil, true, false},
		{"busy, too many, accepted", []func(http.ResponseWriter){status(503, "2"), status(429, "7"), accepted}, []time.Duration{2 * time.Second, 7 * time.Second}, true, false},
		{"no word on when", []func(http.ResponseWriter){status(502, ""), accepted}, []time.Duration{0}, true, false},
		{"a connection that is cut", []func(http.ResponseWriter){cut, accepted}, []time.Duration{0}, true, false},
		{"refused", []func(http.ResponseWriter){status(400, "")}, nil, false, false},
		{"a full disk", []func(http.ResponseWriter){status(507, "")}, nil, false, false},
		{"a fault of the server", []func(http.ResponseWriter){status(500, "")}, nil, false, false},
		{"a redirect", []func(http.ResponseWriter){status(301, "")}, nil, false, false},
		{"tomorrow", []func(http.ResponseWriter){status(429, "40000")}, nil, false, true},
		{"busy to the end", []func(http.ResponseWriter){status(503, "1")}, []time.Duration{time.Second, time.Second, time.Second}, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newScript(t, test.steps...)
			var waits []time.Duration
			c := client.Client{Endpoint: s.URL, Key: "the-key", Retries: 3, HTTP: &http.Client{
				Transport:     &http.Transport{DisableKeepAlives: true},
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			}}
			c.Wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
			answer, err := c.Upload(t.Context(), client.Source{Path: file}, []client.Field{{"title", "T"}}, nil)
			if (err == nil) != test.ok || test.ok && answer.Image.URL != "http://h/a.jpg" || client.Passes(err) != test.passing {
				t.Errorf("got %+v, %v", answer, err)
			}
			if len(waits) != len(test.waits) {
				t.Fatalf("waited %v, want %v", waits, test.waits)
			}
			for i, want := range test.waits {
				if want > 0 && waits[i] != want || waits[i] <= 0 {
					t.Errorf("wait %d is %v, want %v", i, waits[i], want)
				}
			}
			for i, body := range s.bodies {
				if !strings.Contains(body, "\r\n\r\n"+content+"\r\n--") || !strings.Contains(body, "\r\n\r\nthe-key\r\n") {
					t.Errorf("try %d sent something else", i)
				}
			}
		})
	}
}

// A server that no later try will reach is not waited for.
func TestWrongServersAreNotTriedAgain(t *testing.T) {
	plain := newScript(t, accepted)
	unknown := httptest.NewUnstartedServer(http.NotFoundHandler())
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0)
	unknown.StartTLS()
	t.Cleanup(unknown.Close)
	for name, endpoint := range map[string]string{"plain HTTP": strings.Replace(plain.URL, "http:", "https:", 1), "a certificate of its own": unknown.URL} {
		t.Run(name, func(t *testing.T) {
			c := client.Client{Endpoint: endpoint, Key: "k", Retries: 3, Wait: func(context.Context, time.Duration) error {
				t.Error("it is tried again")
				return nil
			}}
			if _, err := c.Upload(t.Context(), client.Source{URL: "https://example.org/a.png"}, nil, nil); !client.Passes(err) {
				t.Errorf("%v, want an error of the network", err)
			}
		})
	}
}

func TestRefusalsOfTheKey(t *testing.T) {
	for _, test := range []struct {
		refusal client.Refusal
		want    bool
	}{
		{client.Refusal{Status: 401}, true},
		{client.Refusal{Status: 400, Code: 100, Message: "Invalid API key."}, true},
		{client.Refusal{Status: 403, Message: "No such key"}, true},
		{client.Refusal{Status: 400, Code: 100, Message: "Invalid video file provided"}, false},
		{client.Refusal{Status: 400, Code: 610, Message: "monkey.jpg"}, false},
	} {
		t.Run(fmt.Sprint(test.refusal), func(t *testing.T) {
			if got := test.refusal.OfKey(); got != test.want {
				t.Errorf("%+v: %t", test.refusal, got)
			}
		})
	}
}
