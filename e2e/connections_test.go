package e2e

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dial opens a connection that gives up after a minute, and sends a text on it.
func (p *process) dial(text string) net.Conn {
	p.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		p.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		p.t.Fatal(err)
	}
	return conn
}

const beginning = "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: "

// A client that does not end its headers is sent away, also one that goes on
// sending, drop by drop.
func TestSlowHeadersAreCutOff(t *testing.T) {
	p := start(t, t.TempDir(), "POSTERN_LIMITS_HEADER_TIMEOUT=PT1S")
	silent, dripping := p.dial(beginning), p.dial(beginning)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				_, _ = io.WriteString(dripping, "a")
			}
		}
	}()
	for name, conn := range map[string]net.Conn{"a silent client": silent, "a dripping one": dripping} {
		// Unread drops may make the end of the connection a reset.
		answer, err := io.ReadAll(conn)
		if wait, ok := err.(net.Error); ok && wait.Timeout() {
			t.Errorf("%s is not cut off", name)
		}
		if strings.Contains(string(answer), " 200 ") {
			t.Errorf("%s got %q", name, answer)
		}
	}
}

func TestConnectionsBeyondTheLimitWait(t *testing.T) {
	p := start(t, t.TempDir(), "POSTERN_LIMITS_CONNECTIONS=2")
	first, second := p.dial(beginning), p.dial(beginning)
	waiting := p.dial(beginning + "\r\n\r\n")
	answered := make(chan *http.Response, 1)
	go func() {
		res, _ := http.ReadResponse(bufio.NewReader(waiting), nil)
		answered <- res
	}()
	select {
	case <-answered:
		t.Fatal("a third connection was answered beside two")
	case <-time.After(300 * time.Millisecond): // it never is, however long this is
	}
	first.Close()
	if res := <-answered; res == nil || res.StatusCode != http.StatusOK {
		t.Errorf("a connection whose turn it is: got %v", res)
	}
	second.Close()
}
