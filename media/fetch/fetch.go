// Package fetch takes pictures from URLs that strangers hand in.
//
// The threat is server-side request forgery: a URL, a name or a redirect that
// leads to a service which only this machine can reach. The address is checked
// when the socket is about to connect, after every look-up, so a name that
// changes its answer between check and use gains nothing.
package fetch

import (
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The reasons for which a fetch fails. Every error of this package wraps one of
// them, but for a context that the caller cancelled: that one wraps
// context.Canceled alone.
//
// The text of an error that wraps ErrFetch, ErrTimeout or ErrURL can quote the
// resolver or the remote server: it belongs in the log, not in an answer.
var (
	ErrURL       = errors.New("malformed URL")
	ErrScheme    = errors.New("unsupported URL scheme")
	ErrSelf      = errors.New("URL of this server")
	ErrPort      = errors.New("port is not allowed")
	ErrAddress   = errors.New("address is not public")
	ErrRedirects = errors.New("too many redirects")
	ErrStatus    = errors.New("unsuccessful HTTP status")
	ErrTimeout   = errors.New("time limit exceeded")
	ErrEncoding  = errors.New("content coding is not known")
	ErrFetch     = errors.New("fetch failed")
)

const (
	maxURLBytes    = 8 << 10
	maxHeaderBytes = 64 << 10
)

// Config says what a Client may do. The zero value is the strict default.
type Config struct {
	// Allow lists addresses let through although they are not public. It wins
	// over Deny. IPv4 is written as IPv4, never as ::ffff:0:0/96.
	Allow []netip.Prefix
	// Deny lists addresses refused although they are public: the operator's own
	// networks. (Machines on an IPv6 LAN have public addresses, and so has what
	// lies behind a NAT64 prefix of the operator's choice.)
	Deny []netip.Prefix
	// Ports lists the ports a URL may name; empty: 80 and 443. There is no way
	// to say "any": that would lend strangers a port scanner.
	Ports []uint16
	// Self says whether a host is this server's own; nil: none is. The host
	// comes in lower-case ASCII, without port, brackets or a final dot.
	Self func(host string) bool

	// MaxRedirects bounds the redirects followed. 0: 5; negative: none.
	MaxRedirects int
	// Timeout bounds the whole fetch, redirects and body included. 0: 60 s.
	Timeout time.Duration
	// DialTimeout bounds the look-up and the TCP connection together, and the
	// TLS handshake after them once more. 0: 5 s.
	DialTimeout time.Duration
	// HeaderTimeout bounds the wait for each answer's header. 0: 10 s.
	HeaderTimeout time.Duration

	UserAgent string         // "": postern
	Resolver  *net.Resolver  // nil: the system's
	RootCAs   *x509.CertPool // nil: the system's
}

// Client fetches URLs under the limits of its Config. It is safe for concurrent
// use and keeps nothing between fetches: no connections, no cookies.
type Client struct {
	transport    *http.Transport
	guard        guard
	ports        []uint16
	self         func(host string) bool
	maxRedirects int
	timeout      time.Duration
	userAgent    string
}

// Response is the answer to a fetch. What the remote server says in it (Size,
// Type) is a claim, and Body is without bound: the caller reads up to its own
// limit.
type Response struct {
	// Body is the content. What was sent gzipped, although nobody asked for it,
	// is inflated while it is read. It ends with ErrTimeout when the fetch takes longer than Config.Timeout, with
	// ErrFetch when the connection breaks. The caller closes it, which also
	// frees the connection.
	Body io.ReadCloser
	// Size is the length in bytes, or -1 when it is unknown. Body never
	// holds more than a Size that is known.
	Size int64
	// Type is the media type of the Content-Type field in lower case, without
	// parameters, or "".
	Type string
	// Name is the last path segment of the URL that was asked for, as written
	// there (percent-encoding left in place, as in docs/chevereto-api.md#urls), or "". Query
	// and fragment are left out: they often carry signatures.
	Name string
}

// New returns a Client for c.
func New(c Config) *Client {
	if len(c.Ports) == 0 {
		c.Ports = []uint16{80, 443}
	}
	g := newGuard(c.Allow, c.Deny)
	return &Client{
		transport:    newTransport(c, g),
		guard:        g,
		ports:        c.Ports,
		self:         c.Self,
		maxRedirects: max(0, cmp.Or(c.MaxRedirects, 5)),
		timeout:      cmp.Or(c.Timeout, 60*time.Second),
		userAgent:    cmp.Or(c.UserAgent, "postern"),
	}
}

func newTransport(c Config, g guard) *http.Transport {
	dialTimeout := cmp.Or(c.DialTimeout, 5*time.Second)
	dialer := &net.Dialer{Timeout: dialTimeout, Resolver: c.Resolver, Control: g.control}

	// A larger protocol has more to attack, and one request a connection gains
	// nothing from it.
	var protocols http.Protocols
	protocols.SetHTTP1(true)

	return &http.Transport{
		// Through a proxy, the guard would see the proxy's address only.
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: c.RootCAs},
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  cmp.Or(c.HeaderTimeout, 10*time.Second),
		MaxResponseHeaderBytes: maxHeaderBytes,
		// A kept connection would serve the next fetch without a check.
		DisableKeepAlives: true,
		// None is asked for: a few bytes on the wire would become many here.
		DisableCompression: true,
		Protocols:          &protocols,
	}
}

// Get fetches rawURL, an absolute http or https URL without user information;
// white space around it is ignored. It follows redirects, each checked like the
// first URL, and returns once the header of a 2xx answer is there. The caller
// closes the Response's Body. Cancelling ctx also ends the body. The error is a
// *StatusError for an answer that is neither a success nor a redirect.
func (c *Client) Get(ctx context.Context, rawURL string) (*Response, error) {
	u, err := parse(rawURL)
	if err != nil {
		return nil, err
	}
	name := lastSegment(u)

	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	resp, err := c.follow(ctx, u)
	if err != nil {
		cancel()
		return nil, err
	}
	content, err := decoded(resp)
	if err != nil {
		resp.Body.Close()
		cancel()
		return nil, err
	}
	return &Response{
		Body: &body{content, resp.Body, cancel},
		Size: resp.ContentLength,
		Type: mediaType(resp.Header),
		Name: name,
	}, nil
}

// follow asks for u and for what it redirects to, until an answer is a success.
func (c *Client) follow(ctx context.Context, u *url.URL) (*http.Response, error) {
	for range c.maxRedirects + 1 {
		if err := c.admit(u); err != nil {
			return nil, err
		}
		resp, err := c.ask(ctx, u)
		if err != nil {
			return nil, classify("request", err)
		}
		if resp.StatusCode/100 == 2 {
			return resp, nil
		}
		resp.Body.Close()
		if u, err = redirect(u, resp); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: more than %d", ErrRedirects, c.maxRedirects)
}

// ask sends one request. It goes past http.Client, which would add a Referer
// and follow redirects by rules of its own.
func (c *Client) ask(ctx context.Context, u *url.URL) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", "*/*")
	req.Header.Set("Accept-Encoding", "identity")
	return c.transport.RoundTrip(req)
}

// redirect returns the URL that the answer to u points to, unchecked.
func redirect(u *url.URL, resp *http.Response) (*url.URL, error) {
	location := resp.Header.Get("Location")
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		location = ""
	}
	if location == "" {
		return nil, &StatusError{Status: resp.StatusCode}
	}
	if len(location) > maxURLBytes {
		return nil, fmt.Errorf("redirect: %w: longer than %d bytes", ErrURL, maxURLBytes)
	}
	next, err := u.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("redirect: %w: %w", ErrURL, err)
	}
	return next, nil
}

func mediaType(h http.Header) string {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// lastSegment returns the last path segment of u as it was written.
func lastSegment(u *url.URL) string {
	path := strings.TrimRight(cmp.Or(u.RawPath, u.EscapedPath()), "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// body is a response body whose errors are this package's.
type body struct {
	content io.Reader
	io.Closer
	cancel context.CancelFunc
}

// decoded returns the content of an answer. Its length is unknown where it was
// coded.
func decoded(resp *http.Response) (io.Reader, error) {
	switch coding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
		return resp.Body, nil
	case "gzip", "x-gzip":
		resp.ContentLength = -1
		z, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, classify("inflate", err)
		}
		return z, nil
	default:
		return nil, fmt.Errorf("%w: %.20q", ErrEncoding, coding)
	}
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.content.Read(p)
	if err != nil && err != io.EOF {
		err = classify("read body", err)
	}
	return n, err
}

func (b *body) Close() error {
	defer b.cancel()
	return b.Closer.Close()
}

// classify gives an error of the network its sentinel.
func classify(step string, err error) error {
	var netErr net.Error
	switch {
	case errors.Is(err, ErrAddress):
		// The cause names the address, which tells strangers what a private
		// name resolves to.
		return ErrAddress
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", step, err)
	case errors.As(err, &netErr) && netErr.Timeout():
		return fmt.Errorf("%s: %w: %w", step, ErrTimeout, err)
	}
	return fmt.Errorf("%s: %w: %w", step, ErrFetch, err)
}
