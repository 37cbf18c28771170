package site

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// TokenHeader is the header by which an Observer knows the request that it waits for.
const TokenHeader = "Postern-Doctor"

// proxyHeaders are what proxies tell of a visitor.
var proxyHeaders = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP"}

// Arrival is how a request has come in, and what the site makes of it.
type Arrival struct {
	Peer    string            `json:"peer"`    // address of the connection, "unix" for a socket
	Host    string            `json:"host"`    // that the request names
	Headers map[string]string `json:"headers"` // of proxies, those that are there
	Trusted bool              `json:"trusted"` // the peer is a trusted proxy
	Client  string            `json:"client"`  // address that limits go by
	Origin  string            `json:"origin"`  // scheme and host that visitors use
}

// Observer waits for one request that carries a token, and notes how it came in. It is
// safe for concurrent use.
type Observer struct {
	mu    sync.Mutex
	token string
	seen  *Arrival
}

// Expect waits for a request with a token, and forgets the one before.
func (o *Observer) Expect(token string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.token, o.seen = token, nil
}

// Arrival returns the request, nil if none has come.
func (o *Observer) Arrival() *Arrival {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seen
}

// note keeps the first request that has the token.
func (o *Observer) note(token string, arrival func() Arrival) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.token == "" || o.seen != nil || subtle.ConstantTimeCompare([]byte(token), []byte(o.token)) == 0 {
		return
	}
	a := arrival()
	o.seen = &a
}

// observe tells the observer of requests with a token.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if token := r.Header.Get(TokenHeader); token != "" && s.Observer != nil {
			s.Observer.note(token, func() Arrival { return s.arrivalOf(r) })
		}
		return next(c)
	}
}

func (s *Server) arrivalOf(r *http.Request) Arrival {
	scheme, host := s.publicOrigin(r)
	a := Arrival{
		Peer: peer(r), Host: r.Host, Headers: make(map[string]string), Trusted: s.fromProxy(r),
		Client: s.clientAddress(r), Origin: scheme + "://" + host,
	}
	for _, name := range proxyHeaders {
		if values := r.Header.Values(name); len(values) > 0 {
			a.Headers[name] = strings.Join(values, ", ")
		}
	}
	return a
}
