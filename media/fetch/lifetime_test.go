package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"
)

// foreignContext is no context of the standard library, which costs every
// context derived from it a goroutine until that one is cancelled.
type foreignContext struct{ context.Context }

func (foreignContext) Done() <-chan struct{} { return make(chan struct{}) }

func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/endless":
			for r.Context().Err() == nil {
				w.Write(make([]byte, 32<<10))
			}
		case "/silent":
			<-r.Context().Done()
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/lost":
			w.WriteHeader(http.StatusNotFound)
			w.Write(make([]byte, 1<<20))
		}
	})
	c := local(t, s, Config{HeaderTimeout: 50 * time.Millisecond})
	for range 10 {
		for _, path := range []string{"/endless", "/silent", "/loop", "/lost", "/"} {
			if resp, err := c.Get(foreignContext{t.Context()}, s.URL+path); err == nil {
				resp.Body.Close()
			}
		}
	}
	s.Close()

	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		after := runtime.NumGoroutine()
		if after <= before {
			return
		}
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("goroutines: %d, want the %d of before\n%s", after, before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func TestBodyMayBeLeftUnread(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			w.Write(make([]byte, 32<<10))
		}
	})
	resp, err := local(t, s, Config{}).Get(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	const limit = 1 << 20
	n, err := io.Copy(io.Discard, io.LimitReader(resp.Body, limit))
	if n != limit || err != nil {
		t.Errorf("read %d bytes, error %v, want %d of an endless body", n, err, limit)
	}
	if err := resp.Body.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	_, err = resp.Body.Read(make([]byte, 1))
	wantError(t, err, ErrFetch)
}

func TestCancelledContext(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	resp, err := local(t, s, Config{}).Get(ctx, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err = io.Copy(io.Discard, resp.Body)
	wantError(t, err, context.Canceled)
	if errors.Is(err, ErrTimeout) || errors.Is(err, ErrFetch) {
		t.Errorf("error = %v, want the caller's cancellation and no sentinel", err)
	}
}
