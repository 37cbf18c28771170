package fetch

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// short is a time limit that is reached, long one that is not.
const (
	short = 150 * time.Millisecond
	long  = 30 * time.Second
)

// within fails the test if f takes much longer than the short limit.
func within(t *testing.T, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if took := time.Since(start); took > 20*short {
		t.Errorf("took %v, want about %v", took, short)
	}
}

// drip sends one x after another until the client goes away.
func drip(w io.Writer, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(short / 20):
		}
		if _, err := w.Write([]byte("x")); err != nil {
			return
		}
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
	}
}

// listenRaw hands every connection to handle, which may answer as it likes.
func listenRaw(t *testing.T, handle func(net.Conn)) (hostPort string, port uint16) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	return l.Addr().String(), portOf(t, "http://"+l.Addr().String())
}

func silent(conn net.Conn) { io.Copy(io.Discard, conn) }

// afterRequest lets answer begin once the request is there, as a client takes
// anything earlier for a fault.
func afterRequest(answer func(io.Writer)) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			answer(conn)
		}
	}
}

func TestSlowBodyEndsWithTheWholeFetch(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { drip(w, r.Context().Done()) })
	c := local(t, s, Config{Timeout: short})
	within(t, func() {
		resp, err := c.Get(t.Context(), s.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		n, err := io.Copy(io.Discard, resp.Body)
		wantError(t, err, ErrTimeout)
		if n == 0 {
			t.Error("nothing of the body arrived before the end")
		}
	})
}

func TestSlowHeader(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		handle func(net.Conn)
	}{
		{"no answer", Config{HeaderTimeout: short, Timeout: long}, silent},
		{"no answer in all the time", Config{HeaderTimeout: long, Timeout: short}, silent},
		{"a header without end, in drops", Config{HeaderTimeout: short, Timeout: long}, afterRequest(func(w io.Writer) {
			io.WriteString(w, "HTTP/1.1 200 OK\r\nX-Long: ")
			drip(w, nil)
		})},
		{"interim answers without end", Config{HeaderTimeout: long, Timeout: short}, afterRequest(func(w io.Writer) {
			for {
				if _, err := io.WriteString(w, "HTTP/1.1 103 Early Hints\r\n\r\n"); err != nil {
					return
				}
				time.Sleep(short / 20)
			}
		})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hostPort, port := listenRaw(t, tt.handle)
			tt.config.Allow, tt.config.Ports = loopback, []uint16{port}
			within(t, func() { wantError(t, get(t, New(tt.config), "http://"+hostPort), ErrTimeout) })
		})
	}
}

func TestInterimAnswersWithoutEnd(t *testing.T) {
	hostPort, port := listenRaw(t, afterRequest(func(w io.Writer) {
		hint := "HTTP/1.1 103 Early Hints\r\nLink: " + strings.Repeat("x", 1000) + "\r\n\r\n"
		for {
			if _, err := io.WriteString(w, hint); err != nil {
				return
			}
		}
	}))
	c := New(Config{Allow: loopback, Ports: []uint16{port}, Timeout: long})
	within(t, func() { wantError(t, get(t, c, "http://"+hostPort), ErrFetch) })
}

func TestSlowHandshake(t *testing.T) {
	hostPort, port := listenRaw(t, silent)
	c := New(Config{Allow: loopback, Ports: []uint16{port}, DialTimeout: short, Timeout: long})
	within(t, func() { wantError(t, get(t, c, "https://"+hostPort), ErrTimeout) })
}

func TestSlowLookUp(t *testing.T) {
	hole, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hole.Close()
	resolver := (&dnsServer{conn: hole}).resolver()
	c := New(Config{DialTimeout: short, Timeout: long, Resolver: resolver})
	within(t, func() { wantError(t, get(t, c, "http://pictures.test/x.jpg"), ErrTimeout) })
}

func TestDeadlineOfTheCaller(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), short)
	defer cancel()
	within(t, func() {
		_, err := local(t, s, Config{Timeout: long}).Get(ctx, s.URL)
		wantError(t, err, ErrTimeout)
	})
}

// A chain of redirects does not start the clock anew.
func TestRedirectsShareTheTimeLimit(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(short)
		http.Redirect(w, r, "/", http.StatusFound)
	})
	c := local(t, s, Config{MaxRedirects: 1000, Timeout: 2 * short})
	within(t, func() { wantError(t, get(t, c, s.URL), ErrTimeout) })
}
