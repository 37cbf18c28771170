package site

import (
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// hop is what one proxy tells of the request that it has got.
type hop struct{ address, scheme, host string }

// forwarded are the hops that the headers of a request tell of, the visitor's
// first: those of X-Forwarded-For, -Proto and -Host, which may be lists, or of
// Forwarded (RFC 7239) where none of these is. Never both: a proxy sets the ones
// that it knows, and passes on the others as the visitor has made them up.
func forwarded(h http.Header) []hop {
	addresses, schemes, hosts := headerList(h, "X-Forwarded-For"), headerList(h, "X-Forwarded-Proto"), headerList(h, "X-Forwarded-Host")
	if len(addresses)+len(schemes)+len(hosts) == 0 {
		return rfc7239(h)
	}
	hops := make([]hop, max(len(addresses), len(schemes), len(hosts)))
	for i, text := range addresses {
		hops[i].address = text
	}
	for i, text := range schemes {
		hops[i].scheme = text
	}
	for i, text := range hosts {
		hops[i].host = text
	}
	return hops
}

func headerList(h http.Header, name string) []string {
	var list []string
	for _, line := range h.Values(name) {
		for text := range strings.SplitSeq(line, ",") {
			list = append(list, strings.TrimSpace(text))
		}
	}
	return list
}

// pair is a parameter of Forwarded, with what ends it: ";", "," or the end.
var pair = regexp.MustCompile(`\s*([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))\s*(;|,|$)`)

// rfc7239 reads the hops of Forwarded. What cannot be read ends the list.
func rfc7239(h http.Header) (hops []hop) {
	for _, line := range h.Values("Forwarded") {
		var one hop
		for line != "" {
			m := pair.FindStringSubmatchIndex(line)
			if m == nil || m[0] != 0 {
				return hops
			}
			group := func(i int) string {
				if m[2*i] < 0 {
					return ""
				}
				return line[m[2*i]:m[2*i+1]]
			}
			value := group(2) + group(3)
			switch strings.ToLower(group(1)) {
			case "for":
				one.address = value
			case "proto":
				one.scheme = value
			case "host":
				one.host = value
			}
			end := group(4)
			if line = line[m[1]:]; end != ";" {
				hops, one = append(hops, one), hop{}
			}
		}
		if one != (hop{}) {
			hops = append(hops, one)
		}
	}
	return hops
}

// hopAddress reads an address that may have a port, and brackets about IPv6.
func hopAddress(text string) (netip.Addr, bool) {
	text = strings.Trim(text, `"`)
	if addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")); err == nil {
		return addr.Unmap(), true
	}
	addr, err := netip.ParseAddrPort(text)
	return addr.Addr().Unmap(), err == nil
}

// trustedHops are the hops that a trusted proxy tells of; none from anyone else.
func (s *Server) trustedHops(r *http.Request) []hop {
	if !s.fromProxy(r) {
		return nil
	}
	return forwarded(r.Header)
}

// clientAddress is the address of the connection, or behind trusted proxies the
// last one that they tell of and that is not a trusted proxy's.
func (s *Server) clientAddress(r *http.Request) string {
	address := peer(r)
	for _, one := range slices.Backward(s.trustedHops(r)) {
		if one.address == "" {
			continue // of a header that is longer than X-Forwarded-For
		}
		addr, ok := hopAddress(one.address)
		if !ok {
			break
		}
		address = addr.String()
		if !s.trusts(addr) {
			break
		}
	}
	return address
}

// peer is the address of a request's connection, and "unix" for that of a Unix
// socket, which has none.
func peer(r *http.Request) string {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unix"
	}
	return addr.Addr().Unmap().String()
}

// publicOrigin is the scheme and the host under which a visitor has reached this
// server: as the proxy nearest to the visitor tells, or as the connection does.
func (s *Server) publicOrigin(r *http.Request) (scheme, host string) {
	scheme, host = "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	hops := s.trustedHops(r)
	for _, one := range slices.Backward(hops) {
		if p := strings.ToLower(one.scheme); p == "http" || p == "https" {
			scheme = p
		}
		if plainHost.MatchString(one.host) {
			host = one.host
		}
	}
	if !plainHost.MatchString(host) {
		host = "localhost"
	}
	return scheme, host
}

// strangers are peers that are not trusted and send what only proxies should.
// It is safe for concurrent use.
type strangers struct {
	mu   sync.Mutex
	seen map[string]bool
}

// maxStrangers bounds how many are remembered, and told of.
const maxStrangers = 50

// isNew reports whether a peer is to be told of.
func (s *strangers) isNew(peer string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[peer] || len(s.seen) >= maxStrangers {
		return false
	}
	if s.seen == nil {
		s.seen = make(map[string]bool)
	}
	s.seen[peer] = true
	return true
}

// warnOfStrangers logs, once for each peer, that headers of a proxy came from one
// that is not trusted: mostly trusted_proxies was forgotten.
func (s *Server) warnOfStrangers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if len(forwarded(r.Header)) > 0 && !s.fromProxy(r) && s.strangers.isNew(peer(r)) {
			s.Logger(c).Warn("headers of a proxy are ignored: their sender is not among trusted_proxies", "address", peer(r))
		}
		return next(c)
	}
}
