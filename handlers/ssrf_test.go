package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"postern/media/fetch"
)

// victim is a service on loopback that nobody may reach, and beside it a server
// on 127.0.0.2, which stands for the public internet, on the same port.
type victim struct {
	port   string
	conns  atomic.Int64
	public http.HandlerFunc
}

const victimSecret = "what only this machine may see"

func newVictim(t *testing.T) *victim {
	t.Helper()
	v := new(victim)
	var listeners []net.Listener
	for len(listeners) == 0 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, v.port, _ = net.SplitHostPort(l.Addr().String())
		listeners = v.listenAlso(t, l)
	}
	for i, l := range listeners {
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: v.handler(i == 1)}}
		if i != 1 {
			s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					v.conns.Add(1)
				}
			}
		}
		s.Start()
		t.Cleanup(s.Close)
	}
	t.Cleanup(func() {
		if n := v.conns.Load(); n != 0 {
			t.Errorf("%d connections to the service on loopback, want none", n)
		}
	})
	return v
}

// listenAlso takes the port on the other addresses, or gives up the first.
func (v *victim) listenAlso(t *testing.T, first net.Listener) []net.Listener {
	public, err := net.Listen("tcp", "127.0.0.2:"+v.port)
	if err != nil {
		first.Close()
		return nil
	}
	all := []net.Listener{first, public}
	if six, err := net.Listen("tcp", "[::1]:"+v.port); err == nil {
		all = append(all, six)
	} else {
		t.Log("no IPv6 here")
	}
	return all
}

func (v *victim) handler(public bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if public && v.public != nil {
			v.public(w, r)
			return
		}
		io.WriteString(w, victimSecret)
	})
}

// rebinding answers for names with one address after the other, over and over.
func rebinding(t *testing.T, addresses map[string][]string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		asked := make(map[string]int)
		buf := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			reply := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true}, Questions: m.Questions}
			if all := addresses[strings.TrimSuffix(q.Name.String(), ".")]; q.Type == dnsmessage.TypeA && len(all) > 0 {
				i := asked[q.Name.String()]
				asked[q.Name.String()]++
				for _, a := range strings.Split(all[i%len(all)], " ") {
					reply.Answers = append(reply.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET},
						Body:   &dnsmessage.AResource{A: netip.MustParseAddr(a).As4()},
					})
				}
			}
			packed, err := reply.Pack()
			if err == nil {
				conn.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// fetching makes a site fetch from the victim's port.
func (v *victim) fetching(t *testing.T, c fetch.Config) func(*settings) {
	port, _ := strconv.ParseUint(v.port, 10, 16)
	c.Ports = []uint16{uint16(port)}
	return func(set *settings) { set.DateFolders, set.Fetcher = false, fetch.New(c) }
}

// sendURL hands in a URL in one of the ways that there are.
func (s *site) sendURL(way int, source string) answer {
	s.t.Helper()
	switch way % 3 {
	case 0:
		body, contentType := multipartBody(s.t, "", nil, "source", source)
		return s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.key)
	case 1:
		return s.do("GET", "/api/1/upload?"+url.Values{"source": {source}}.Encode(), nil, "X-API-Key", s.key)
	}
	body, _ := json.Marshal(map[string]string{"source": source})
	return s.do("POST", "/api/1/upload", bytes.NewReader(body), "Content-Type", "application/json", "X-API-Key", s.key)
}

// insideForms are URLs of what is not public, PORT standing for the victim's.
var insideForms = []string{
	"http://127.0.0.1:PORT/x.jpg", "http://localhost:PORT/x.jpg", "http://LOCALHOST.:PORT/", "http://127.1:PORT/", "http://127.0.1:PORT/",
	"http://2130706433:PORT/", "http://0x7f000001:PORT/", "http://0x7f.0.0.1:PORT/", "http://0177.0.0.1:PORT/", "http://017700000001:PORT/",
	"http://127.0.0.1.:PORT/", "http://127.000.000.001:PORT/", "http://0:PORT/", "http://0.0.0.0:PORT/", "http://127.255.255.254:PORT/",
	"http://[::1]:PORT/", "http://[::]:PORT/", "http://[0:0:0:0:0:0:0:1]:PORT/", "http://[::ffff:127.0.0.1]:PORT/", "http://[::ffff:7f00:1]:PORT/",
	"http://[::127.0.0.1]:PORT/", "http://[64:ff9b::7f00:1]:PORT/", "http://[2002:7f00:1::]:PORT/", "http://[::1%25lo]:PORT/", "http://[fe80::1%25eth0]:PORT/",
	"http://①②⑦.⓪.⓪.①:PORT/", "http://127。0。0。1:PORT/", "http://127%2e0%2e0%2e1:PORT/", "http://%31%32%37.0.0.1:PORT/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/",
	"http://user@127.0.0.1:PORT/", "http://public.example@127.0.0.1:PORT/", "http://127.0.0.1:PORT@public.example/", "http://public.example#@127.0.0.1:PORT/",
	`http://public.example\@127.0.0.1:PORT/`, "http:/\\127.0.0.1:PORT/", "http:///127.0.0.1:PORT/", "http:127.0.0.1:PORT/", "//127.0.0.1:PORT/x.jpg",
	"HTTP://127.0.0.1:PORT/", " http://127.0.0.1:PORT/ ", "http://127.0.0.1\t:PORT/", "http://127.0.0.1:PORT\r\nX: y/", "http://127.0.0.1:00PORT/",
	"https://127.0.0.1:PORT/", "ftp://127.0.0.1:PORT/x.jpg", "gopher://127.0.0.1:PORT/_GET", "dict://127.0.0.1:PORT/x", "file:///etc/passwd",
	"file://localhost/etc/passwd", "ldap://127.0.0.1:PORT/", "jar:http://127.0.0.1:PORT/!/", "data:text/html,x", "javascript:alert(1)", "unix:///var/run/docker.sock",
	"http://10.0.0.1:PORT/", "http://172.16.0.1:PORT/", "http://192.168.0.1:PORT/", "http://100.64.0.1:PORT/", "http://169.254.169.254:PORT/latest/meta-data/",
	"http://[fd00:ec2::254]:PORT/", "http://192.0.0.192:PORT/", "http://198.18.0.1:PORT/", "http://224.0.0.1:PORT/", "http://240.0.0.1:PORT/",
	"http://255.255.255.255:PORT/", "http://168.63.129.16:PORT/", "http://[ff02::1]:PORT/", "http://[fc00::1]:PORT/", "http://rebound.example:PORT/",
	"http://127.0.0.1:22/", "http://127.0.0.1:PORT/?u=http://public.example/a.jpg", "http://127.0.0.1.nip.example:PORT/",
}

func TestNoURLReachesWhatIsNotPublic(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	names := map[string][]string{
		"rebound.example": {"127.0.0.1"}, "127.0.0.1.nip.example": {"127.0.0.1"}, "localhost": {"127.0.0.1"}, "public.example": {"192.0.2.1"},
	}
	s := newSite(t, v.fetching(t, fetch.Config{Resolver: rebinding(t, names)}))
	for i, form := range insideForms {
		source := strings.ReplaceAll(form, "PORT", v.port)
		for way := range 3 {
			a := s.sendURL(way, source)
			if a.StatusCode < 400 || a.StatusCode >= 500 {
				t.Errorf("%d: %q, sent in way %d: answered %d %.200s", i, form, way, a.StatusCode, a.body)
			}
			if strings.Contains(a.body, victimSecret) || strings.Contains(a.body, "root:") {
				t.Errorf("%d: %q: the answer tells what is there", i, form)
			}
		}
	}
	s.wantFiles(0)
}

func TestNoRedirectLeadsInside(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	location := ""
	v.public = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader([]int{301, 302, 303, 307, 308}[len(location)%5])
	}
	s := newSite(t, v.fetching(t, fetch.Config{
		Allow:    []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")},
		Resolver: rebinding(t, map[string][]string{"rebound.example": {"127.0.0.1"}, "localhost": {"127.0.0.1"}}),
	}))
	for i, form := range insideForms {
		if location = strings.ReplaceAll(form, "PORT", v.port); strings.ContainsAny(location, "\r\n\t") {
			continue // no header holds it
		}
		a := s.sendURL(i, "http://127.0.0.2:"+v.port+"/a.jpg")
		if a.StatusCode < 400 || a.StatusCode >= 500 || strings.Contains(a.body, victimSecret) {
			t.Errorf("a redirect to %q: answered %d %.200s", form, a.StatusCode, a.body)
		}
	}
	hops := 0
	v.public = func(w http.ResponseWriter, r *http.Request) {
		hops++
		http.Redirect(w, r, fmt.Sprintf("/%d.jpg", hops), http.StatusFound)
	}
	s.wantRefused(s.sendURL(0, "http://127.0.0.2:"+v.port+"/a.jpg"), 400, 400, "The URL redirects too often")
	if hops != 6 {
		t.Errorf("%d requests, want the first and five redirects", hops)
	}
	s.wantFiles(0)
}

// A name that answers with a public address first and with another then.
func TestANameThatChangesItsAddressGainsNothing(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	v.public = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://changing.example:"+v.port+"/again.jpg", http.StatusFound)
	}
	s := newSite(t, v.fetching(t, fetch.Config{
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")},
		Resolver: rebinding(t, map[string][]string{
			"changing.example": {"127.0.0.2", "127.0.0.1"}, "both.example": {"127.0.0.1 10.0.0.1", "10.0.0.1 127.0.0.1"},
		}),
	}))
	for way := range 3 {
		s.wantRefused(s.sendURL(way, "http://changing.example:"+v.port+"/a.jpg"), 400, 400, "Unsupported non-public IP address for upload")
		s.wantRefused(s.sendURL(way, "http://both.example:"+v.port+"/a.jpg"), 400, 400, "Unsupported non-public IP address for upload")
	}
	s.wantFiles(0)
}

func TestBodiesThatNeverEndAreGivenUp(t *testing.T) {
	v := newVictim(t)
	var sent atomic.Int64
	bodies := map[string]http.HandlerFunc{
		"/slow.jpg": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.Write([]byte("x"))
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		},
		"/endless.jpg": func(w http.ResponseWriter, r *http.Request) {
			block := make([]byte, 64<<10)
			for r.Context().Err() == nil {
				n, err := w.Write(block)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		},
		"/large.jpg":  func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Length", "10000000000") },
		"/silent.jpg": func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"/short.jpg": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte("short"))
		},
	}
	v.public = func(w http.ResponseWriter, r *http.Request) { bodies[r.URL.Path](w, r) }
	s := newSite(t, v.fetching(t, fetch.Config{
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, Timeout: time.Second,
	}))
	for path, want := range map[string]string{
		"/slow.jpg": "The URL took too long to answer", "/silent.jpg": "The URL took too long to answer",
		"/endless.jpg": "File too big - max 10 MB", "/large.jpg": "File too big - max 10 MB", "/short.jpg": "Unable to fetch the URL",
	} {
		s.wantRefused(s.sendURL(0, "http://127.0.0.2:"+v.port+path), 400, 400, want)
	}
	if n := sent.Load(); n > 40_000_000 {
		t.Errorf("%d bytes of an endless body were taken, want little more than the limit", n)
	}
	s.wantFiles(0)
}
