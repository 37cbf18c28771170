package fetch

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// local returns a client that may reach s and nothing else on loopback's ports.
func local(t *testing.T, s *server, c Config) *Client {
	t.Helper()
	c.Allow = loopback
	c.Ports = append(c.Ports, s.port(t))
	return New(c)
}

func TestGetReturnsThePicture(t *testing.T) {
	picture, err := os.ReadFile("testdata/small.jpg")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "Image/JPEG; q=1")
		if r.URL.Path != "/chunked.jpg" {
			w.Header().Set("Content-Length", strconv.Itoa(len(picture)))
		}
		w.Write(picture)
	})
	c := local(t, s, Config{})

	for _, tt := range []struct {
		path     string
		wantName string
		wantSize int64
	}{
		{"/a/photo.jpg", "photo.jpg", int64(len(picture))},
		{"/chunked.jpg", "chunked.jpg", -1},
		{"/photo.jpg?signature=secret", "photo.jpg", int64(len(picture))},
		{"/photo.jpg#part", "photo.jpg", int64(len(picture))},
		{"/sp%20ace.jpg", "sp%20ace.jpg", int64(len(picture))},
		{"/a%2Fb.jpg", "a%2Fb.jpg", int64(len(picture))},
		{"/café.jpg", "café.jpg", int64(len(picture))},
		{"/noext", "noext", int64(len(picture))},
		{"/album/", "album", int64(len(picture))},
		{"/", "", int64(len(picture))},
		{"", "", int64(len(picture))},
	} {
		t.Run(tt.path, func(t *testing.T) {
			resp, err := c.Get(t.Context(), s.URL+tt.path)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if err != nil || !bytes.Equal(got, picture) {
				t.Errorf("body has %d bytes, error %v, want the %d of the picture", len(got), err, len(picture))
			}
			if resp.Name != tt.wantName || resp.Size != tt.wantSize || resp.Type != "image/jpeg" {
				t.Errorf("name, size, type = %q, %d, %q, want %q, %d, image/jpeg",
					resp.Name, resp.Size, resp.Type, tt.wantName, tt.wantSize)
			}
		})
	}
}

func TestRequestsTellNothingOfTheServer(t *testing.T) {
	var got []*http.Request
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r)
		if r.URL.Path == "/1" {
			http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"})
			http.Redirect(w, r, "/2", http.StatusFound)
		}
	})
	if err := get(t, local(t, s, Config{UserAgent: "agent/1"}), s.URL+"/1"); err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Accept": {"*/*"}, "Accept-Encoding": {"identity"}, "Connection": {"close"}, "User-Agent": {"agent/1"},
	}
	if len(got) != 2 {
		t.Fatalf("requests = %d, want 2", len(got))
	}
	for _, r := range got {
		if r.Method != http.MethodGet || fmt.Sprint(r.Header) != fmt.Sprint(want) {
			t.Errorf("request %s %s with %v, want GET with %v", r.Method, r.URL, r.Header, want)
		}
	}
	if n := s.conns.Load(); n != 2 {
		t.Errorf("connections = %d, want one a request", n)
	}
}

func TestOnlySuccessIsAnAnswer(t *testing.T) {
	var status int
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	c := local(t, s, Config{})
	for _, tt := range []struct {
		status int
		want   error
	}{
		{200, nil}, {203, nil}, {206, nil},
		{300, ErrStatus}, {304, ErrStatus}, {305, ErrStatus},
		{301, ErrStatus}, // without a Location
		{401, ErrStatus}, {404, ErrStatus}, {429, ErrStatus}, {500, ErrStatus}, {503, ErrStatus}, {999, ErrStatus},
	} {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			status = tt.status
			if err := get(t, c, s.URL); !errors.Is(err, tt.want) {
				t.Errorf("status %d: error = %v, want %v", tt.status, err, tt.want)
			}
		})
	}
}

func TestTLSIsVerified(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	config := Config{Allow: loopback, Ports: []uint16{portOf(t, s.URL)}}

	wantError(t, get(t, New(config), s.URL), ErrFetch)

	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AddCert(s.Certificate())
	if err := get(t, New(config), s.URL); err != nil {
		t.Errorf("with the server's certificate trusted: %v", err)
	}
}

// Some servers gzip what nobody wants so; a coding that is not known is told.
func TestGzipThatNobodyAskedForIsInflated(t *testing.T) {
	var bomb bytes.Buffer
	zw := gzip.NewWriter(&bomb)
	if _, err := zw.Write(make([]byte, 2<<20)); err != nil {
		t.Fatal(err)
	}
	zw.Close()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb.Bytes())
	})
	resp, err := local(t, s, Config{}).Get(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || n != 2<<20 || resp.Size != -1 {
		t.Errorf("body has %d bytes of %d, error %v, want the %d before gzip", n, resp.Size, err, 2<<20)
	}
	for coding, want := range map[string]error{"br": ErrEncoding, "gzip": ErrFetch} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", coding)
			_, _ = io.WriteString(w, "no gzip")
		})
		if _, err := local(t, s, Config{}).Get(t.Context(), s.URL); !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", coding, err, want)
		}
	}
}

// TestMain runs every test under a proxy that refuses connections. It has to be
// set this early, as net/http reads the environment once. It fails when a test
// leaves a goroutine behind.
func TestMain(m *testing.M) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		os.Setenv(name, "http://127.0.0.1:1")
	}
	// Go's resolver keeps asking a silent server for its own time after the caller
	// has left.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("net.(*Resolver).lookupIPAddr.func1"),
		goleak.IgnoreAnyFunction("net.(*Resolver).lookupIPAddr.func2"),
		goleak.IgnoreAnyFunction("net.(*Resolver).goLookupIPCNAMEOrder.func3.1"))
}

func TestProxyOfTheEnvironmentIsIgnored(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	// By name: no client asks a proxy for an address of loopback.
	dns := serveDNS(t, map[string][][]netip.Addr{"pictures.test.": {{netip.MustParseAddr("127.0.0.1")}}})
	c := local(t, s, Config{Resolver: dns.resolver()})
	if err := get(t, c, fmt.Sprintf("http://pictures.test:%d/x.jpg", s.port(t))); err != nil {
		t.Error(err)
	}
}

func TestHeaderTooLong(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", maxHeaderBytes))
	})
	wantError(t, get(t, local(t, s, Config{}), s.URL), ErrFetch)
}

func TestBrokenBodyIsAnError(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Write([]byte("short"))
	})
	resp, err := local(t, s, Config{}).Get(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	wantError(t, err, ErrFetch)
	wantError(t, err, io.ErrUnexpectedEOF)
}

func TestNothingListening(t *testing.T) {
	s := serve(t, nil)
	c := local(t, s, Config{})
	s.Close()
	wantError(t, get(t, c, s.URL), ErrFetch)
}

func TestRefusalDoesNotTellTheAddress(t *testing.T) {
	dns := serveDNS(t, map[string][][]netip.Addr{"wiki.corp.test.": {{netip.MustParseAddr("10.1.2.3")}}})
	c := New(Config{Resolver: dns.resolver()})
	err := get(t, c, "http://wiki.corp.test/x.jpg")
	if !errors.Is(err, ErrAddress) || err.Error() != ErrAddress.Error() {
		t.Errorf("error = %v, want the bare %v", err, ErrAddress)
	}
}
