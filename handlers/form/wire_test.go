package form_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"postern/handlers/form"
)

// outcome is what the server read of one request.
type outcome struct {
	fields []field
	err    error
}

// serve starts a server that hands out what it reads, and returns its address.
func serve(t *testing.T, limit int64, patience time.Duration) (string, <-chan outcome) {
	outcomes := make(chan outcome, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Error(err)
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		fields, err := read(r)
		outcomes <- outcome{fields, err}
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), outcomes
}

// send writes raw bytes to a server. It closes its side afterwards if hangUp.
func send(t *testing.T, address, raw string, hangUp bool) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	if hangUp {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
}

func head(query, contentType string, length int) string {
	return fmt.Sprintf("POST /api/1/upload%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", query, contentType, length)
}

// TestRequestsOnTheWire sends what net/http's client would tidy up.
func TestRequestsOnTheWire(t *testing.T) {
	quote := part(disposition(`name="source"; filename="a"b.png"`), "D") + "--XX--\r\n"
	want := []field{{"source", "D", `a"b.png`, true}}
	chunked := "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: " + boundary + "\r\nTransfer-Encoding: chunked\r\n\r\n"
	for i := range len(quote) {
		chunked += "1\r\n" + quote[i:i+1] + "\r\n"
	}
	big := strings.Repeat("QUJD", 3<<18)
	tests := []struct {
		name, raw string
		want      []field
	}{
		{"an unescaped quote in a file name", head("", boundary, len(quote)) + quote, want},
		{"a chunk for every byte", chunked + "0\r\n\r\n", want},
		{"a type without a boundary", head("", "multipart/form-data", len(quote)) + quote, want},
		{"a type that is cut short", head("", `multipart/form-data; charset=utf-8, boundary="XX`, len(quote)) + quote, want},
		{"a type in capitals", head("", "Multipart/Form-Data; Boundary=XX", len(quote)) + quote, want},
		{"a type of bytes that are no UTF-8", head("", "multipart/form-data; \xff\xfe\xff\xfe boundary=XX", len(quote)) + quote, want},
		{"an unescaped address in the query", head("?source=https://h/a;b.jpg?x=1&y=%20&key=K", "text/plain", 0),
			[]field{{name: "source", value: "https://h/a;b.jpg?x=1&y=%20"}, {name: "key", value: "K"}}},
		{"a GET with an address", "GET /?key=K&format=json&source=http://h/a.jpg?x=1&y=2 HTTP/1.1\r\nHost: x\r\n\r\n",
			[]field{{name: "key", value: "K"}, {name: "format", value: "json"}, {name: "source", value: "http://h/a.jpg?x=1&y=2"}}},
		{"a text above the cap of a form parser, field by field", head("", "application/x-www-form-urlencoded", 11*(len(big)/3+3)) + strings.Repeat("a="+big[:len(big)/3]+"&", 11),
			repeated(field{name: "a", value: big[:len(big)/3]}, 11)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			address, outcomes := serve(t, 64<<20, 10*time.Second)
			send(t, address, test.raw, false)
			if got := <-outcomes; got.err != nil || !reflect.DeepEqual(got.fields, test.want) {
				t.Errorf("%s: got %.200s, %v, want %.200s", test.name, fmt.Sprint(got.fields), got.err, fmt.Sprint(test.want))
			}
		})
	}
}

func repeated(f field, times int) []field {
	var fields []field
	for range times {
		fields = append(fields, f)
	}
	return fields
}

func TestBodiesThatBreakOffOnTheWire(t *testing.T) {
	begun := "--XX\r\n" + disposition(`name="source"; filename="a"`) + "\r\n\r\n"
	kinds := []struct{ contentType, body string }{
		{boundary, begun + "D"}, {"application/x-www-form-urlencoded", "source=D"}, {"application/json", `{"source":"D`},
	}
	for _, kind := range kinds {
		t.Run(kind.contentType, func(t *testing.T) {
			address, outcomes := serve(t, 64<<20, 10*time.Second)
			send(t, address, head("", kind.contentType, 1000)+kind.body, true)
			if got := <-outcomes; !errors.Is(got.err, io.ErrUnexpectedEOF) || len(got.fields) != 1 || got.fields[0].value != "D" {
				t.Errorf("%s, connection closed: got %+v, want the D that came and %v", kind.contentType, got, io.ErrUnexpectedEOF)
			}

			address, outcomes = serve(t, 64<<20, 200*time.Millisecond)
			send(t, address, head("", kind.contentType, 1000)+kind.body, false)
			if got := <-outcomes; !errors.Is(got.err, os.ErrDeadlineExceeded) {
				t.Errorf("%s, nothing more comes: got %v, want %v", kind.contentType, got.err, os.ErrDeadlineExceeded)
			}

			address, outcomes = serve(t, 500, 10*time.Second)
			send(t, address, head("", kind.contentType, 1000)+kind.body+strings.Repeat("D", 1000-len(kind.body)), false)
			var tooLarge *http.MaxBytesError
			if got := <-outcomes; !errors.As(got.err, &tooLarge) {
				t.Errorf("%s, too large: got %v, want %T", kind.contentType, got.err, tooLarge)
			}
		})
	}
}

// TestAWaitingClientWaitsForTheBody holds the promise that a query can be
// checked before "100 Continue" is sent.
func TestAWaitingClientWaitsForTheBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fields := form.NewReader(r, form.Limits{})
		defer fields.Close()
		if f, err := fields.Next(); err != nil || f.Name != "key" {
			t.Errorf("got %+v, %v, want the key of the query", f, err)
		}
		w.WriteHeader(http.StatusForbidden)
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /?key=K HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: "+boundary+"\r\nContent-Length: 99\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	status, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.HasPrefix(status, "HTTP/1.1 403") {
		t.Errorf("got %q, %v, want the answer without 100 Continue", status, err)
	}
}
