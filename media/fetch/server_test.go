package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// server is an HTTP server that counts the connections made to it.
type server struct {
	*httptest.Server
	conns atomic.Int64
}

// listen serves h on addr ("127.0.0.1:0") until the test ends.
func listen(t *testing.T, addr string, h http.Handler) *server {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Server: httptest.NewUnstartedServer(h)}
	s.Listener.Close()
	s.Listener = l
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func serve(t *testing.T, h http.HandlerFunc) *server {
	t.Helper()
	return listen(t, "127.0.0.1:0", h)
}

// victim is a service on loopback that nobody may reach. The test fails if
// anybody does.
func victim(t *testing.T, addr string) *server {
	t.Helper()
	s := listen(t, addr, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("secret"))
	}))
	t.Cleanup(func() {
		if n := s.conns.Load(); n != 0 {
			t.Errorf("connections to a service on loopback = %d, want 0", n)
		}
	})
	return s
}

func (s *server) port(t *testing.T) uint16 {
	t.Helper()
	return portOf(t, s.URL)
}

func portOf(t *testing.T, rawURL string) uint16 {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return uint16(n)
}

// dnsServer answers each look-up of a name with the next of its answers, the
// last of which stays.
type dnsServer struct {
	conn net.PacketConn

	mu      sync.Mutex
	answers map[string][][]netip.Addr
	asked   map[string]int
}

func serveDNS(t *testing.T, answers map[string][][]netip.Addr) *dnsServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	d := &dnsServer{conn: conn, answers: answers, asked: make(map[string]int)}
	go d.run()
	return d
}

func (d *dnsServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "udp", d.conn.LocalAddr().String())
	}}
}

func (d *dnsServer) run() {
	buf := make([]byte, 1<<12)
	for {
		n, from, err := d.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var query dnsmessage.Message
		if query.Unpack(buf[:n]) != nil || len(query.Questions) != 1 {
			continue
		}
		reply, err := d.reply(query)
		if err != nil {
			panic(err)
		}
		d.conn.WriteTo(reply, from)
	}
}

func (d *dnsServer) reply(query dnsmessage.Message) ([]byte, error) {
	q := query.Questions[0]
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: query.ID, Response: true, RecursionAvailable: true},
		Questions: query.Questions,
	}
	addrs, known := d.lookUp(q)
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, addr := range addrs {
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET},
			Body:   &dnsmessage.AResource{A: addr.As4()},
		})
	}
	return m.Pack()
}

// lookUp returns the IPv4 addresses that the question gets; the AAAA question
// beside it gets none and does not count.
func (d *dnsServer) lookUp(q dnsmessage.Question) ([]netip.Addr, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := q.Name.String()
	answers, known := d.answers[name]
	if !known || q.Type != dnsmessage.TypeA {
		return nil, known
	}
	answer := answers[min(d.asked[name], len(answers)-1)]
	d.asked[name]++
	return answer, true
}

func (d *dnsServer) lookUps(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked[name]
}

// get fetches rawURL and closes the body.
func get(t *testing.T, c *Client, rawURL string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	resp, err := c.Get(ctx, rawURL)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func wantError(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error = %v, want %v", got, want)
	}
}
