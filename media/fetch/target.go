package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// parse reads the URL that a stranger handed in. It says nothing about whether
// the URL may be fetched: admit does.
func parse(rawURL string) (*url.URL, error) {
	rawURL = strings.TrimSpace(rawURL)
	if len(rawURL) > maxURLBytes {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrURL, maxURLBytes)
	}
	if strings.Contains(rawURL, " ") {
		return nil, fmt.Errorf("%w: white space", ErrURL)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	}
	return u, nil
}

// admit refuses a URL that must not be fetched and rewrites the host of any
// other to the one form that is checked, dialed and sent: lower-case ASCII, no
// final dot, no port where it is the scheme's own.
func (c *Client) admit(u *url.URL) error {
	if err := checkScheme(u); err != nil {
		return err
	}
	host, err := canonicalHost(u.Hostname())
	if err != nil {
		return err
	}
	if c.self != nil && c.self(host) {
		return ErrSelf
	}
	defaultPort := uint16(80)
	if u.Scheme == "https" {
		defaultPort = 443
	}
	port, err := parsePort(u.Port(), defaultPort)
	if err != nil {
		return err
	}
	// Refused here too, so that no connection is begun, and because the dialer
	// shows IPv4-mapped addresses as plain IPv4.
	if addr, err := netip.ParseAddr(host); err == nil && c.guard.check(addr) != nil {
		return ErrAddress
	}
	if !slices.Contains(c.ports, port) {
		return fmt.Errorf("%w: %d", ErrPort, port)
	}
	u.Host = joinHostPort(host, port, defaultPort)
	return nil
}

func checkScheme(u *url.URL) error {
	switch {
	case u.Scheme == "":
		return fmt.Errorf("%w: no scheme", ErrURL)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%w: %s", ErrScheme, u.Scheme)
	case u.User != nil:
		// It serves to disguise the host more often than to log in.
		return fmt.Errorf("%w: user information", ErrURL)
	}
	return nil
}

// canonicalHost returns the ASCII form of a host name, or the shortest form of an
// IP address. It refuses what is neither, above all the many ways to write an IPv4
// address that some resolvers understand (octal, hexadecimal, fewer than four
// parts).
func canonicalHost(host string) (string, error) {
	if strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(host)
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrURL, err)
		}
		return addr.String(), nil
	}
	host, err := asciiName(host)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrURL, err)
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if !validName(host) {
		return "", fmt.Errorf("%w: host", ErrURL)
	}
	if _, err := netip.ParseAddr(host); err != nil && endsInNumber(host) {
		return "", fmt.Errorf("%w: unusual form of an IP address", ErrURL)
	}
	return host, nil
}

// asciiName maps an internationalized name to ASCII (UTS 46). Names in ASCII
// stay as they are: the mapping refuses the underscore, which some hosts use.
func asciiName(name string) (string, error) {
	if strings.IndexFunc(name, func(r rune) bool { return r >= 0x80 }) < 0 {
		return name, nil
	}
	return idna.Lookup.ToASCII(name)
}

// validName says whether name has the characters and lengths of a host name
// (RFC 1123, section 2.1, with the underscore besides).
func validName(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, b := range []byte(label) {
			if (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '-' && b != '_' {
				return false
			}
		}
	}
	return true
}

// endsInNumber says whether the last label of name is a decimal, octal or
// hexadecimal number, so that a browser would take name for an IPv4 address
// (WHATWG URL, "ends in a number checker"). No top-level domain is one.
func endsInNumber(name string) bool {
	label := name[strings.LastIndexByte(name, '.')+1:]
	digits := "0123456789"
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		label, digits = hex, digits+"abcdef"
	}
	return strings.Trim(label, digits) == ""
}

// parsePort returns the port that a URL names, or the default if it names none.
func parsePort(port string, defaultPort uint16) (uint16, error) {
	if port == "" {
		return defaultPort, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%w: port: %w", ErrURL, err)
	}
	return uint16(n), nil
}

func joinHostPort(host string, port, defaultPort uint16) string {
	if port != defaultPort {
		return net.JoinHostPort(host, strconv.Itoa(int(port)))
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
