package handlers_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
)

// reach says under which URL an upload is answered, and for which address it is
// logged.
func (s *site) reach(headers ...string) string {
	s.t.Helper()
	a := s.do("GET", "/tools/postern.sxcu", nil, headers...)
	base := regexp.MustCompile(`"RequestURL": "(.*)/api/1/upload"`).FindStringSubmatch(a.body)
	line := regexp.MustCompile(`id=` + a.Header.Get("X-Request-Id") + ` method=GET.* address="?([^ "]*)`).FindStringSubmatch(s.log.String())
	if base == nil || line == nil {
		s.t.Fatalf("%v: %d %s", headers, a.StatusCode, a.body)
	}
	return base[1] + " " + line[1]
}

func TestHeadersOfProxies(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) {
		set.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	})
	own := strings.TrimPrefix(s.URL, "http://")
	tests := []struct {
		headers []string
		want    string
	}{
		{[]string{"X-Forwarded-Proto", "https,http", "X-Forwarded-Host", "img.example.org"}, "https://img.example.org 127.0.0.1"},
		{[]string{"X-Forwarded-Proto", "HTTPS", "X-Forwarded-Host", "img.example.org, 10.0.0.7:8080"}, "https://img.example.org 127.0.0.1"},
		{[]string{"X-Forwarded-Proto", "Https, HTTP"}, "https://" + own + " 127.0.0.1"},
		{[]string{"X-Forwarded-Proto", "gopher"}, "http://" + own + " 127.0.0.1"},
		{[]string{"X-Forwarded-Host", "a b"}, "http://" + own + " 127.0.0.1"},
		{[]string{"X-Forwarded-For", "203.0.113.7:51234"}, "http://" + own + " 203.0.113.7"},
		{[]string{"X-Forwarded-For", "[2001:db8::1]:443, 10.1.2.3:80"}, "http://" + own + " 2001:db8::1"},
		{[]string{"X-Forwarded-For", "[2001:db8::1]"}, "http://" + own + " 2001:db8::1"},
		{[]string{"X-Forwarded-For", "2001:db8::1"}, "http://" + own + " 2001:db8::1"},
		{[]string{"X-Forwarded-For", "::ffff:203.0.113.7"}, "http://" + own + " 203.0.113.7"},
		{[]string{"X-Forwarded-For", "198.51.100.9, 203.0.113.7, [fd00::1]:99"}, "http://" + own + " 203.0.113.7"},
		{[]string{"X-Forwarded-For", "203.0.113.7, unknown"}, "http://" + own + " 127.0.0.1"},
		{[]string{"Forwarded", `for=203.0.113.7;proto=https;host=img.example.org`}, "https://img.example.org 203.0.113.7"},
		{[]string{"Forwarded", `For="[2001:db8:cafe::17]:4711";Proto=HTTPS;Host="img.example.org:8443", for=10.0.0.3;proto=http;host=inside`}, "https://img.example.org:8443 2001:db8:cafe::17"},
		{[]string{"Forwarded", `for=198.51.100.9, for=203.0.113.7 , for="10.0.0.3:80"`}, "http://" + own + " 203.0.113.7"},
		{[]string{"Forwarded", `for="_hidden", for=10.0.0.3`}, "http://" + own + " 10.0.0.3"},
		{[]string{"Forwarded", `for=unknown;proto=https`}, "https://" + own + " 127.0.0.1"},
		{[]string{"Forwarded", `by=10.0.0.1; for=203.0.113.7; secret="a\"b,c;d"; proto=https`}, "https://" + own + " 203.0.113.7"},
		{[]string{"Forwarded", "=;;,"}, "http://" + own + " 127.0.0.1"},
		// A visitor's own Forwarded counts for nothing beside what the proxy has set.
		{[]string{"X-Forwarded-For", "203.0.113.7", "Forwarded", "for=198.51.100.9;proto=https;host=evil.example"}, "http://" + own + " 203.0.113.7"},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			if got := s.reach(test.headers...); got != test.want {
				t.Errorf("%v: got %s, want %s", test.headers, got, test.want)
			}
		})
	}
	if log := s.log.String(); strings.Contains(log, "level=WARN") {
		t.Errorf("a trusted proxy was warned of: %s", log)
	}
}

func TestHeadersOfAProxyThatIsNotTrustedAreToldOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	own := strings.TrimPrefix(s.URL, "http://")
	for range 3 {
		for _, headers := range [][]string{{"X-Forwarded-For", "203.0.113.7"}, {"X-Forwarded-Proto", "https"}, {"Forwarded", "for=203.0.113.7;proto=https"}} {
			if got := s.reach(headers...); got != fmt.Sprintf("http://%s 127.0.0.1", own) {
				t.Errorf("%v: got %s", headers, got)
			}
		}
	}
	if n := bytes.Count([]byte(s.log.String()), []byte("trusted_proxies")); n != 1 {
		t.Errorf("told %d times: %s", n, s.log.String())
	}
}
