package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

// secondLoopback stands for a public address: the only one that a test can have
// a server on, yet another than 127.0.0.1.
var secondLoopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}

// listenBoth serves h on 127.0.0.2 and a victim on the same port of 127.0.0.1.
func listenBoth(t *testing.T, h http.HandlerFunc) (public *server, port uint16) {
	t.Helper()
	for range 20 {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, p, _ := net.SplitHostPort(free.Addr().String())
		free.Close()
		l, err := net.Listen("tcp", "127.0.0.2:"+p)
		if err != nil {
			continue
		}
		l.Close()
		public = listen(t, "127.0.0.2:"+p, h)
		return public, victim(t, "127.0.0.1:"+p).port(t)
	}
	t.Fatal("no port is free on both addresses")
	return nil, 0
}

func TestRedirectToWhatMustNotBeFetched(t *testing.T) {
	var location string
	public, port := listenBoth(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	})
	c := New(Config{
		Allow:    secondLoopback,
		Ports:    []uint16{port},
		Resolver: serveDNS(t, testNames()).resolver(),
		Self:     func(host string) bool { return host == "pictures.example" },
	})
	locations := []struct {
		name, location string
		want           error
	}{
		{"the own host", "http://pictures.example:PORT/", ErrSelf},
		{"without a scheme, to loopback", "//127.0.0.1:PORT/x.jpg", ErrAddress},
		{"without a scheme, with user information", "//user@127.0.0.2:PORT/x.jpg", ErrURL},
		{"circled digits as Latin-1 bytes", "http://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1:PORT/", ErrAddress},
		{"only a query, without end", "?again", ErrRedirects},
	}
	for _, tt := range loopbackForms {
		// A header line has no control characters, an empty Location is none, and
		// a URL without a scheme has that of the page before.
		if strings.ContainsAny(tt.url, "\n\r\x00") || tt.url == "" || strings.HasPrefix(tt.url, "//") {
			continue
		}
		// Relative or blank-padded forms mean something else in a redirect.
		if strings.Contains(tt.url, "sp ace") || tt.name == "backslashes for slashes" || tt.name == "white space around" {
			continue
		}
		locations = append(locations, struct {
			name, location string
			want           error
		}{tt.name, tt.url, tt.want})
	}

	for _, tt := range locations {
		t.Run(tt.name, func(t *testing.T) {
			location = strings.ReplaceAll(tt.location, "PORT", strconv.Itoa(int(port)))
			wantError(t, get(t, c, public.URL), tt.want)
		})
	}
}

func TestRedirectsAreFollowed(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var status int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &status); err == nil {
			http.Redirect(w, r, "photo.jpg", status)
		}
	})
	c := local(t, s, Config{})
	for _, status := range []int{301, 302, 303, 307, 308} {
		resp, err := c.Get(t.Context(), fmt.Sprintf("%s/%d", s.URL, status))
		if err != nil {
			t.Errorf("status %d: %v", status, err)
			continue
		}
		resp.Body.Close()
		if want := strconv.Itoa(status); resp.Name != want {
			t.Errorf("name = %q, want %q of the URL that was asked for", resp.Name, want)
		}
	}
}

func TestBodyOfARedirectIsDropped(t *testing.T) {
	dropped := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/photo.jpg" {
			return
		}
		defer close(dropped)
		w.Header().Set("Location", "/photo.jpg")
		w.WriteHeader(http.StatusFound)
		for r.Context().Err() == nil {
			w.Write(make([]byte, 32<<10))
		}
	})
	resp, err := local(t, s, Config{}).Get(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	select {
	case <-dropped:
	case <-time.After(5 * time.Second):
		t.Error("the connection of the redirect is still open")
	}
}

func TestRedirectsAreCounted(t *testing.T) {
	// /3 redirects to /2, and so on until /0.
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Path[1:])
		if err != nil {
			t.Error(err)
		}
		if n > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d", n-1), http.StatusFound)
		}
	})
	for _, tt := range []struct {
		max, hops    int
		want         error
		wantRequests int64
	}{
		{0, 5, nil, 6},
		{0, 6, ErrRedirects, 6},
		{0, 1000, ErrRedirects, 6},
		{2, 2, nil, 3},
		{2, 3, ErrRedirects, 3},
		{-1, 0, nil, 1},
		{-1, 1, ErrRedirects, 1},
	} {
		t.Run(fmt.Sprint(tt.max), func(t *testing.T) {
			before := s.conns.Load()
			err := get(t, local(t, s, Config{MaxRedirects: tt.max}), fmt.Sprintf("%s/%d", s.URL, tt.hops))
			if !errors.Is(err, tt.want) {
				t.Errorf("%d hops, limit %d: error = %v, want %v", tt.hops, tt.max, err, tt.want)
			}
			if got := s.conns.Load() - before; got != tt.wantRequests {
				t.Errorf("%d hops, limit %d: requests = %d, want %d", tt.hops, tt.max, got, tt.wantRequests)
			}
		})
	}
}

func TestRedirectTooLong(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/"+strings.Repeat("a", maxURLBytes), http.StatusFound)
	})
	wantError(t, get(t, local(t, s, Config{}), s.URL), ErrURL)
}

// A name whose answer turns to loopback once it has been looked up.
func TestRebinding(t *testing.T) {
	good := []netip.Addr{netip.MustParseAddr("127.0.0.2")}
	bad := []netip.Addr{netip.MustParseAddr("127.0.0.1")}

	public, port := listenBoth(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/again" {
			http.Redirect(w, r, "/x.jpg", http.StatusFound)
		}
	})
	for _, tt := range []struct {
		name, path  string
		answers     [][]netip.Addr
		want        error
		wantLookUps int
	}{
		{"between check and use, which is one look-up", "/x.jpg", [][]netip.Addr{good, bad}, nil, 1},
		{"before a redirect to the same name", "/again", [][]netip.Addr{good, bad}, ErrAddress, 2},
		{"from the start", "/x.jpg", [][]netip.Addr{bad, good}, ErrAddress, 1},
		{"both in one answer, the good one first", "/x.jpg", [][]netip.Addr{append(good, bad...)}, nil, 1},
		{"both in one answer, the bad one first", "/x.jpg", [][]netip.Addr{append(bad, good...)}, nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dns := serveDNS(t, map[string][][]netip.Addr{"rebind.test.": tt.answers})
			c := New(Config{Allow: secondLoopback, Ports: []uint16{port}, Resolver: dns.resolver()})
			before := public.conns.Load()
			wantError(t, get(t, c, fmt.Sprintf("http://rebind.test:%d%s", port, tt.path)), tt.want)
			if got := dns.lookUps("rebind.test."); got != tt.wantLookUps {
				t.Errorf("look-ups = %d, want %d", got, tt.wantLookUps)
			}
			if tt.want == nil && public.conns.Load() != before+1 {
				t.Errorf("the public server was not reached")
			}
		})
	}
}

// The good address of a mixed answer is dead, so that the dialer goes on.
func TestRebindingByFailover(t *testing.T) {
	port := victim(t, "127.0.0.1:0").port(t)
	dns := serveDNS(t, map[string][][]netip.Addr{
		"rebind.test.": {{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.1")}},
	})
	c := New(Config{Allow: secondLoopback, Ports: []uint16{port}, Resolver: dns.resolver()})
	err := get(t, c, fmt.Sprintf("http://rebind.test:%d/x.jpg", port))
	if !errors.Is(err, ErrFetch) && !errors.Is(err, ErrAddress) {
		t.Errorf("error = %v, want %v or %v", err, ErrFetch, ErrAddress)
	}
}
