package site

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// cleanPath makes a path of this site of a request's before routing: slashes are
// collapsed, without the redirect that would lose the body of a POST, and the
// site's root is cut off.
func (s *Server) cleanPath(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		if strings.Contains(u.Path, "//") {
			slash := strings.HasSuffix(u.Path, "/") && u.Path != "/"
			u.Path, u.RawPath = path.Clean(u.Path), ""
			if slash && u.Path != "/" {
				u.Path += "/"
			}
		}
		s.cutRoot(u)
		if s.surface(c).TrimSlash {
			u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
		}
		return next(c)
	}
}

// decodeParams decodes the parameters of a path if a client has encoded more of it than
// needed: then the router leaves them encoded.
func decodeParams(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().URL.RawPath == "" {
			return next(c)
		}
		values := slices.Clone(c.ParamValues())
		for i, value := range values {
			decoded, err := url.PathUnescape(value)
			if err != nil {
				return ErrNotFound
			}
			values[i] = decoded
		}
		c.SetParamValues(values...)
		return next(c)
	}
}

// PathNumber returns a parameter of the path as a number, ErrNotFound if it is none.
func PathNumber(c echo.Context, name string) (int64, error) {
	n, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil {
		return 0, ErrNotFound
	}
	return n, nil
}

// fromProxy reports whether the connection comes from a trusted proxy.
func (s *Server) fromProxy(r *http.Request) bool {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return s.TrustSockets
	}
	return s.trusts(addr.Addr())
}

func (s *Server) trusts(addr netip.Addr) bool {
	for _, p := range s.TrustedProxies {
		if p.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// plainHost matches the hosts of requests that may become part of a URL.
var plainHost = regexp.MustCompile(`^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$`)

// SiteURL returns the URL under which visitors reach the site, without a slash at
// the end.
func (s *Server) SiteURL(c echo.Context) string {
	if s.BaseURL != "" {
		return s.BaseURL
	}
	scheme, host := s.publicOrigin(c.Request())
	return scheme + "://" + host
}

// requestIDKey is where the context of a request has its ID.
const requestIDKey = "request-id"

// logRequests writes one line a request. It never writes the query, which may
// hold a key, nor a delete token.
func (s *Server) logRequests(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := rand.Text()[:16]
		c.Set(requestIDKey, id)
		c.Response().Header().Set("X-Request-Id", id)
		start := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		s.Log.Info("request", "id", id, "method", c.Request().Method, "path", loggedPath(c),
			"status", c.Response().Status, "bytes", c.Response().Size,
			"address", c.RealIP(), "duration", time.Since(start).Round(time.Microsecond))
		return nil
	}
}

// secretForm matches keys and delete tokens, wherever someone may have pasted one.
var secretForm = regexp.MustCompile(`(?i)(?:chv_)?[0-9a-f]{40,}`)

func loggedPath(c echo.Context) string {
	path, _, found := strings.Cut(c.Request().URL.Path, "/delete/")
	if found {
		path += "/delete/..."
	}
	return secretForm.ReplaceAllLiteralString(path, "...")
}

// Logger returns the log with the request's ID.
func (s *Server) Logger(c echo.Context) *slog.Logger {
	return s.Log.With("id", c.Get(requestIDKey))
}

// recoverPanics makes a panic one failed request.
func (s *Server) recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.Logger(c).Error("panic", "value", p, "stack", string(debug.Stack()))
				err = ErrInternal
			}
		}()
		return next(c)
	}
}

// rejectEncoded refuses bodies with a Content-Encoding, which would look like damaged
// or empty forms.
func (s *Server) rejectEncoded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		coding := strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ","))
		if r.ContentLength == 0 || coding == "" || strings.EqualFold(coding, "identity") {
			return next(c)
		}
		return ErrContentEncoding
	}
}

// strictPolicy lets an answer load and do nothing.
const strictPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// setPolicy sets the headers of every answer. Pages and files, which need more, replace
// the policy by their own.
func setPolicy(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", strictPolicy)
		return next(c)
	}
}
