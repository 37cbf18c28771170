package e2e

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
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
		if wait := net.Error(nil); errors.As(err, &wait) && wait.Timeout() {
			t.Errorf("%s is not cut off", name)
		}
		if strings.Contains(string(answer), " 200 ") {
			t.Errorf("%s got %q", name, answer)
		}
	}
}

func TestConnectionsBeyondTheLimitWait(t *testing.T) {
	p := start(t, t.TempDir(), "POSTERN_LIMITS_CONNECTIONS=2", "POSTERN_LIMITS_ADDRESS_SHARE=100", "POSTERN_LIMITS_STRANGER_SHARE=100")
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
	if res := await(t, "an answer", answered); res == nil || res.StatusCode != http.StatusOK {
		t.Errorf("a connection whose turn it is: got %v", res)
	}
	second.Close()
}

// askFrom asks for /healthz from an address of this machine.
func (p *process) askFrom(address string) int {
	p.t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}
	r, err := http.NewRequest("GET", p.url+"/healthz", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := transport.RoundTrip(r)
	if err != nil {
		p.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestAnAddressHoldsItsShareOfTheConnections(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems have one loopback address")
	}
	limits := []string{"POSTERN_LIMITS_CONNECTIONS=20", "POSTERN_LIMITS_ADDRESS_SHARE=25", "POSTERN_LIMITS_STRANGER_SHARE=10"}
	p := start(t, t.TempDir(), limits...)
	known := "GET /api/1/x HTTP/1.1\r\nHost: a\r\nX-API-Key: " + p.key + "\r\n\r\n"
	for range 3 { // connections that have shown a key
		if _, err := http.ReadResponse(bufio.NewReader(p.dial(known)), nil); err != nil {
			t.Fatal(err)
		}
	}
	p.dial(beginning)
	p.dial(beginning)
	if status := p.askFrom("127.0.0.1"); status != http.StatusServiceUnavailable {
		t.Errorf("beyond the share: %d", status)
	}
	if status := p.askFrom("127.0.0.2"); status != http.StatusOK {
		t.Errorf("from another address: %d", status)
	}

	proxied := start(t, t.TempDir(), append(limits, "POSTERN_TRUSTED_PROXIES=127.0.0.1")...)
	for range 8 {
		proxied.dial(beginning)
	}
	if status := proxied.askFrom("127.0.0.1"); status != http.StatusOK {
		t.Errorf("by a trusted proxy: %d", status)
	}
}
