package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// loopbackForms are ways to write a URL that some client or other takes to
// http://127.0.0.1:PORT/. Names ending in .test resolve to 127.0.0.1.
var loopbackForms = []struct {
	name, url string
	want      error
}{
	{"plain", "http://127.0.0.1:PORT/x.jpg", ErrAddress},
	{"https", "https://127.0.0.1:PORT/x.jpg", ErrAddress},
	{"upper case", "HTTP://127.0.0.1:PORT/X.JPG", ErrAddress},
	{"white space around", " \thttp://127.0.0.1:PORT/x.jpg\r\n", ErrAddress},
	{"localhost", "http://localhost:PORT/x.jpg", ErrAddress},
	{"localhost in upper case", "http://LOCALHOST:PORT/x.jpg", ErrAddress},
	{"localhost with a final dot", "http://localhost.:PORT/x.jpg", ErrAddress},
	{"a name for loopback", "http://rebind.test:PORT/x.jpg", ErrAddress},
	{"a name with an underscore", "http://my_host.test:PORT/x.jpg", ErrAddress},
	{"the address in a name", "http://127.0.0.1.nip.test:PORT/x.jpg", ErrAddress},
	{"an international name", "http://bücher.test:PORT/x.jpg", ErrAddress},
	{"the name in full-width letters", "http://ｌｏｃａｌｈｏｓｔ:PORT/x.jpg", ErrAddress},
	{"final dot", "http://127.0.0.1.:PORT/x.jpg", ErrAddress},
	{"circled digits", "http://①②⑦.⓪.⓪.①:PORT/x.jpg", ErrAddress},
	{"full-width digits", "http://１２７.０.０.１:PORT/x.jpg", ErrAddress},
	{"ideographic full stops", "http://127。0。0。1:PORT/x.jpg", ErrAddress},
	{"final ideographic full stop", "http://127.0.0.1。:PORT/x.jpg", ErrAddress},
	{"circled digits, percent-encoded", "http://%E2%91%A0%E2%91%A1%E2%91%A6.0.0.1:PORT/x.jpg", ErrAddress},
	{"other host of 127/8", "http://127.127.127.127:PORT/x.jpg", ErrAddress},
	{"unspecified", "http://0.0.0.0:PORT/x.jpg", ErrAddress},
	{"IPv6 loopback", "http://[::1]:PORT/x.jpg", ErrAddress},
	{"IPv6 loopback in full", "http://[0000:0000:0000:0000:0000:0000:0000:0001]:PORT/x.jpg", ErrAddress},
	{"IPv6 unspecified", "http://[::]:PORT/x.jpg", ErrAddress},
	{"IPv4-mapped", "http://[::ffff:127.0.0.1]:PORT/x.jpg", ErrAddress},
	{"IPv4-mapped in hexadecimal", "http://[::FFFF:7F00:1]:PORT/x.jpg", ErrAddress},
	{"IPv4-mapped in full", "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/x.jpg", ErrAddress},
	{"zone", "http://[::1%25lo]:PORT/x.jpg", ErrAddress},
	{"zone on an IPv4-mapped address", "http://[::ffff:127.0.0.1%25lo]:PORT/x.jpg", ErrAddress},

	{"decimal", "http://2130706433:PORT/x.jpg", ErrURL},
	{"decimal, beyond 32 bits", "http://425510585857:PORT/x.jpg", ErrURL},
	{"octal", "http://017700000001:PORT/x.jpg", ErrURL},
	{"octal parts", "http://0177.0.0.01:PORT/x.jpg", ErrURL},
	{"octal parts with many zeros", "http://000000177.0.0.1:PORT/x.jpg", ErrURL},
	{"hexadecimal", "http://0x7f000001:PORT/x.jpg", ErrURL},
	{"hexadecimal in upper case", "http://0X7F000001:PORT/x.jpg", ErrURL},
	{"hexadecimal parts", "http://0x7f.0x0.0x0.0x1:PORT/x.jpg", ErrURL},
	{"an empty hexadecimal part", "http://127.0.0.0x:PORT/x.jpg", ErrURL},
	{"two parts", "http://127.1:PORT/x.jpg", ErrURL},
	{"three parts", "http://127.0.1:PORT/x.jpg", ErrURL},
	{"one part", "http://0:PORT/x.jpg", ErrURL},
	{"part above 255", "http://383.0.0.1:PORT/x.jpg", ErrURL},
	{"two final dots", "http://127.0.0.1..:PORT/x.jpg", ErrURL},
	{"two parts in circled digits", "http://①②⑦.①:PORT/x.jpg", ErrURL},
	{"IPv4 in brackets", "http://[127.0.0.1]:PORT/x.jpg", ErrURL},
	{"IPv6 without brackets", "http://::1:PORT/x.jpg", ErrURL},
	{"percent-encoded digits", "http://%31%32%37.0.0.1:PORT/x.jpg", ErrURL},
	{"user information", "http://user:password@127.0.0.1:PORT/x.jpg", ErrURL},
	{"a trusted host as user", "http://example.com@127.0.0.1:PORT/x.jpg", ErrURL},
	{"a trusted host as user, with a fragment", "http://example.com#@127.0.0.1:PORT/x.jpg", ErrPort},
	{"a trusted host with a query", "http://example.com?@127.0.0.1:PORT/x.jpg", ErrPort},
	{"two at signs", "http://a@example.com@127.0.0.1:PORT/x.jpg", ErrURL},
	{"empty user", "http://@127.0.0.1:PORT/x.jpg", ErrURL},
	{"backslash before the at sign", `http://example.com\@127.0.0.1:PORT/x.jpg`, ErrURL},
	{"backslashes for slashes", `http:\\127.0.0.1:PORT/x.jpg`, ErrURL},
	{"one slash", "http:/127.0.0.1:PORT/x.jpg", ErrURL},
	{"three slashes", "http:///127.0.0.1:PORT/x.jpg", ErrURL},
	{"no slash", "http:127.0.0.1:PORT/x.jpg", ErrURL},
	{"no scheme", "//127.0.0.1:PORT/x.jpg", ErrURL},
	{"only host and port", "127.0.0.1:PORT/x.jpg", ErrURL},
	{"line feed in the host", "http://127.0.0.1\n:PORT/x.jpg", ErrURL},
	{"tab in the scheme", "ht\ttp://127.0.0.1:PORT/x.jpg", ErrURL},
	{"NUL after the host", "http://127.0.0.1\x00.test:PORT/x.jpg", ErrURL},
	{"space in the path", "http://127.0.0.1:PORT/sp ace.jpg", ErrURL},
	{"space in the host", "http://127.0.0.1 :PORT/x.jpg", ErrURL},
	{"two ports", "http://127.0.0.1:80:PORT/x.jpg", ErrURL},
	{"port beyond 16 bits", "http://127.0.0.1:65616/x.jpg", ErrURL},
	{"negative port", "http://127.0.0.1:-1/x.jpg", ErrURL},
	{"port in full-width digits", "http://127.0.0.1:８０/x.jpg", ErrURL},
	{"no host", "http:///x.jpg", ErrURL},
	{"only a port", "http://:PORT/x.jpg", ErrURL},
	{"a name with an empty label", "http://a..test:PORT/x.jpg", ErrURL},
	{"a label too long", "http://" + strings.Repeat("a", 64) + ".test:PORT/x.jpg", ErrURL},
	{"a name too long", "http://" + strings.Repeat("a.", 126) + "test:PORT/x.jpg", ErrURL},
	{"a URL too long", "http://127.0.0.1:PORT/" + strings.Repeat("a", maxURLBytes), ErrURL},
	{"text around", "see http://127.0.0.1:PORT/x.jpg", ErrURL},
	{"empty", "", ErrURL},

	{"port 0", "http://8.8.8.8:0/x.jpg", ErrPort},
	{"SSH's port", "http://8.8.8.8:22/x.jpg", ErrPort},
	{"the scheme's own port, not in the list", "http://8.8.8.8/x.jpg", ErrPort},

	{"file", "file:///etc/passwd", ErrScheme},
	{"file on a host", "file://127.0.0.1/etc/passwd", ErrScheme},
	{"gopher", "gopher://127.0.0.1:PORT/_GET%20/", ErrScheme},
	{"dict", "dict://127.0.0.1:PORT/info", ErrScheme},
	{"ftp", "ftp://127.0.0.1:PORT/x.jpg", ErrScheme},
	{"unix socket", "http+unix://%2Frun%2Fdocker.sock/x.jpg", ErrURL},
	{"data", "data://text/plain;base64,AAAA", ErrScheme},
	{"jar", "jar:http://127.0.0.1:PORT!/x.jpg", ErrScheme},
	{"web socket", "ws://127.0.0.1:PORT/x.jpg", ErrScheme},
}

// testNames are names that resolve to 127.0.0.1.
func testNames() map[string][][]netip.Addr {
	answer := [][]netip.Addr{{netip.MustParseAddr("127.0.0.1")}}
	return map[string][][]netip.Addr{
		"rebind.test.": answer, "my_host.test.": answer, "127.0.0.1.nip.test.": answer, "xn--bcher-kva.test.": answer,
	}
}

func TestNoFormOfURLReachesLoopback(t *testing.T) {
	port := victim(t, "127.0.0.1:0").port(t)
	c := New(Config{Ports: []uint16{port}, Resolver: serveDNS(t, testNames()).resolver()})
	for _, tt := range loopbackForms {
		t.Run(tt.name, func(t *testing.T) {
			wantError(t, get(t, c, strings.ReplaceAll(tt.url, "PORT", fmt.Sprint(port))), tt.want)
		})
	}
}

// Were the forms dead, the test above would prove nothing.
func TestFormsThatTheGuardRefusesDoLeadToLoopback(t *testing.T) {
	s := listen(t, "0.0.0.0:0", http.NotFoundHandler())
	port := s.port(t)
	c := New(Config{
		Allow:    append([]netip.Prefix{netip.MustParsePrefix("0.0.0.0/8")}, loopback...),
		Ports:    []uint16{port},
		Resolver: serveDNS(t, testNames()).resolver(),
	})
	for _, tt := range loopbackForms {
		// The server speaks neither IPv6 nor TLS.
		if !errors.Is(tt.want, ErrAddress) || strings.Contains(tt.url, "[") || strings.Contains(tt.url, "https") {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			before := s.conns.Load()
			wantError(t, get(t, c, strings.ReplaceAll(tt.url, "PORT", fmt.Sprint(port))), ErrStatus)
			if got := s.conns.Load() - before; got != 1 {
				t.Errorf("connections = %d, want 1", got)
			}
		})
	}
}

func TestAdmitWritesTheHostInOneForm(t *testing.T) {
	c := New(Config{Ports: []uint16{80, 443, 8080}})
	for _, tt := range []struct{ in, want string }{
		{"http://Example.COM./a%20b?q=1", "http://example.com/a%20b?q=1"},
		{"http://example.com:80/", "http://example.com/"},
		{"http://example.com:0080/", "http://example.com/"},
		{"http://example.com:/", "http://example.com/"},
		{"https://example.com:443/", "https://example.com/"},
		{"https://example.com:80/", "https://example.com:80/"},
		{"http://example.com:8080/", "http://example.com:8080/"},
		{"http://[2606:4700:4700:0::1111]/", "http://[2606:4700:4700::1111]/"},
		{"http://[2606:4700:4700::1111]:8080/", "http://[2606:4700:4700::1111]:8080/"},
		{"http://münchen.de/", "http://xn--mnchen-3ya.de/"},
		{"http://①.①.①.①/", "http://1.1.1.1/"},
		{"http://3.example.com/", "http://3.example.com/"},
		{"http://0xabc.example/", "http://0xabc.example/"},
		{"http://example.0xyz/", "http://example.0xyz/"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			u, err := parse(tt.in)
			if err == nil {
				err = c.admit(u)
			}
			if err != nil {
				t.Errorf("%s: %v", tt.in, err)
				return
			}
			if got := u.String(); got != tt.want {
				t.Errorf("%s: admitted as %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestOwnHostIsRefused(t *testing.T) {
	var asked []string
	c := New(Config{Self: func(host string) bool {
		asked = append(asked, host)
		return host == "pictures.example" || host == "2606:4700:4700::1111"
	}})
	for _, u := range []string{
		"http://pictures.example/x.jpg",
		"https://Pictures.Example.:8443/x.jpg",
		"https://ⓟictures.example/x.jpg",
		"http://[2606:4700:4700:0::1111]/x.jpg",
	} {
		asked = nil
		wantError(t, get(t, c, u), ErrSelf)
		if len(asked) != 1 {
			t.Errorf("%s: Self asked about %q, want one host", u, asked)
		}
	}
	asked = nil
	wantError(t, get(t, c, "http://127.0.0.1/x.jpg"), ErrAddress)
	if len(asked) != 1 || asked[0] != "127.0.0.1" {
		t.Errorf("Self asked about %q, want 127.0.0.1", asked)
	}
}

// FuzzAdmit holds admit to its promise: what it lets pass is read the same way
// by any other parser, and never names an address that is not public.
func FuzzAdmit(f *testing.F) {
	for _, tt := range loopbackForms {
		f.Add(strings.ReplaceAll(tt.url, "PORT", "80"))
	}
	f.Add("https://[2606:4700:4700::1111]:443/x?y#z")
	f.Add("http://xn--mnchen-3ya.de:80/")
	c := New(Config{})
	f.Fuzz(func(t *testing.T, s string) {
		u, err := parse(s)
		if err != nil || c.admit(u) != nil {
			return
		}
		again, err := url.Parse(u.String())
		if err != nil {
			t.Fatalf("%q became %q: %v", s, u, err)
		}
		if again.Host != u.Host || again.User != nil || again.Scheme != u.Scheme {
			t.Errorf("%q became %q, which reads as host %q", s, u, again.Host)
		}
		host := again.Hostname()
		if addr, err := netip.ParseAddr(host); err == nil {
			if c.guard.check(addr) != nil {
				t.Errorf("%q was admitted with the address %s", s, addr)
			}
			return
		}
		if !validName(host) || endsInNumber(host) {
			t.Errorf("%q was admitted with the host %q", s, host)
		}
		if err := c.admit(again); err != nil || again.Host != u.Host {
			t.Errorf("%q admitted twice: host %q then %q, error %v", s, u.Host, again.Host, err)
		}
	})
}
