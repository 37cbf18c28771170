package handlers_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// dial opens a connection that gives up after a time which no test takes, and
// sends a text on it.
func (s *site) dial(text string) *net.TCPConn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		s.t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// anyRoute are requests of all sorts, most of which want no body.
var anyRoute = []string{
	"GET /healthz", "GET /readyz", "GET /", "GET /nowhere", "HEAD /", "GET /images/a.jpg", "GET /static/style.css", "GET /api/1/upload",
	"POST /preferences", "POST /sign-in", "POST /sign-out", "POST /albums", "POST /upload", "POST /api/1/upload", "POST /api/2/upload",
	"POST /1/upload", "PUT /api", "DELETE /image/a.b/delete/c", "GET /api/v1/media", "POST /api/v1/posts", "PATCH /api/v1/media/a",
	"DELETE /api/v1/posts/a", "OPTIONS /api/v1/media", "GET /oembed", "POST /p/1/vote", "POST /nowhere",
}

func TestNoRouteWaitsForABodyThatStops(t *testing.T) {
	s := newSite(t, func(set *settings) { set.imgpile, set.BodyIdle = true, 200*time.Millisecond })
	for _, kind := range []string{"application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=XX"} {
		for _, frame := range []string{"Content-Length: 100\r\n\r\na=", "Transfer-Encoding: chunked\r\n\r\n2\r\na="} {
			var conns []net.Conn
			for _, route := range anyRoute {
				conns = append(conns, s.dial(route+" HTTP/1.1\r\nHost: h\r\nContent-Type: "+kind+"\r\n"+frame))
			}
			for i, conn := range conns {
				if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%s, %s, %q: the connection is held", anyRoute[i], kind, frame)
				}
			}
		}
	}
}

func TestAnswersThatNobodyReadsAreGivenUp(t *testing.T) {
	t.Parallel()
	const buffer = 4 << 10 // few answers fill it, so little work is needed until one waits
	s := newSite(t, func(set *settings) { set.imgpile, set.AnswerIdle, set.writeBuffer = true, 300*time.Millisecond, buffer })
	file := text(s.upload("a.jpg", input(t, "photo.jpg")).image(t), "url")
	for _, path := range []string{"/", strings.TrimPrefix(file, s.URL), "/api/openapi.json", "/static/upload.js", "/nowhere"} {
		conn := s.dial("")
		if err := conn.SetReadBuffer(buffer); err != nil {
			t.Fatal(err)
		}
		requests := []byte(strings.Repeat("GET "+path+" HTTP/1.1\r\nHost: h\r\n\r\n", 1000))
		var err error
		for err == nil { // until the server reads no more, and then until it gives up
			_, err = conn.Write(requests)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the connection to %s is held", path)
		}
	}
}

// Many clients read nothing before they have sent all.
func TestWhoIsRefusedIsToldEvenAfterSendingAll(t *testing.T) {
	t.Parallel()
	const size = 40_000_000
	s := newSite(t, func(set *settings) { set.imgpile, set.MaxBody = true, 1_000_000 })
	for _, route := range anyRoute {
		if strings.HasPrefix(route, "HEAD") {
			continue
		}
		for _, kind := range []string{"application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=XX"} {
			conn := s.dial(fmt.Sprintf("%s HTTP/1.1\r\nHost: h\r\nX-API-Key: wrong\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", route, kind, size))
			if _, err := conn.Write(make([]byte, size)); err != nil {
				t.Errorf("%s, %s: %v", route, kind, err)
				continue
			}
			got, err := io.ReadAll(conn)
			if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 ") || strings.HasPrefix(string(got), "HTTP/1.1 5") {
				t.Errorf("%s, %s: answered %.100q, %v", route, kind, got, err)
			}
			conn.Close()
		}
	}
}

func TestWhatIsDrainedIsBounded(t *testing.T) {
	s := newSite(t, func(set *settings) { set.MaxDrain = 1_000_000 })
	conn := s.dial("POST /api/1/upload HTTP/1.1\r\nHost: h\r\nX-API-Key: wrong\r\nContent-Length: 9000000000000\r\n\r\n")
	var err error
	for sent := 0; err == nil && sent < 2_000_000_000; sent += 1_000_000 {
		_, err = conn.Write(make([]byte, 1_000_000))
	}
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a body without end is read on: %v", err)
	}
}

// A client may close its side once it has sent all, and still wait.
func TestTheEndOfTheClientsSideEndsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.imgpile = true })
	data := input(t, "photo.jpg")
	body, contentType := multipartBody(t, "a.jpg", data)
	upload := func(path, field string) string {
		b := bytes.ReplaceAll(body.Bytes(), []byte(`name="source"`), []byte(`name="`+field+`"`))
		return fmt.Sprintf("POST %s HTTP/1.%%d\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
			path, s.key, contentType, len(b), strings.ReplaceAll(string(b), "%", "%%"))
	}
	for name, request := range map[string]string{
		"an upload": upload("/api/1/upload", "source"), "one of imgBB's": upload("/1/upload", "image"), "one of imgpile's": upload("/api/v1/media", "file"),
		"a page": "GET / HTTP/1.%d\r\nHost: h\r\n\r\n", "a list": "GET /api/v1/media HTTP/1.%d\r\nHost: h\r\n\r\n",
	} {
		for version := range 2 {
			conn := s.dial(fmt.Sprintf(request, version))
			if err := conn.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(conn); err != nil || !strings.Contains(string(got[:min(len(got), 20)]), " 20") {
				t.Errorf("%s by HTTP/1.%d: %.200q, %v", name, version, got, err)
			}
		}
	}
}

// The connection of a form that was read to its end serves the next request.
func TestAConnectionOutlivesAnUpload(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body, contentType := multipartBody(t, "a.jpg", input(t, "small.jpg"))
	form := body.String() + strings.Repeat("what stands behind the form\r\n", 5000)
	request := func(frame string) string {
		return "POST /api/1/upload HTTP/1.1\r\nHost: h\r\nX-API-Key: " + s.key + "\r\nContent-Type: " + contentType + "\r\n" + frame
	}
	last := "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	for name, text := range map[string]string{
		"of a known length": request(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(form), form)),
		"in chunks":         request(fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(form), form)),
	} {
		if got, err := io.ReadAll(s.dial(text + last)); err != nil || strings.Count(string(got), "HTTP/1.1 200 OK") != 2 {
			t.Errorf("%s: %.300q, %v", name, got, err)
		}
	}
}
