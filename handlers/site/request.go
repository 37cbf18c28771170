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

	"postern/media"
	"postern/media/library"
	"postern/media/process"
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

// logRequests writes one line a request, at debug for files, assets and health that
// went well, and tells the metrics. It never writes the query, which may hold a key, nor
// what secretPath and secretForm match.
func (s *Server) logRequests(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := rand.Text()[:16]
		c.Set(requestIDKey, id)
		c.Response().Header().Set("X-Request-Id", id)
		start, path := time.Now(), c.Request().URL.Path
		if !isQuiet(path) {
			timings := new(process.Timings)
			c.Set(timingsKey, timings)
			c.SetRequest(c.Request().WithContext(process.WithTimings(c.Request().Context(), timings)))
		}
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		status, size, took := c.Response().Status, c.Response().Size, time.Since(start)
		level := slog.LevelInfo
		if isQuiet(path) && status < http.StatusBadRequest {
			level = slog.LevelDebug
		}
		if ctx := c.Request().Context(); s.Log.Enabled(ctx, level) {
			s.Log.Log(ctx, level, "request", "id", id, "method", c.Request().Method, "path", loggedPath(c),
				"status", status, "bytes", size, "address", c.RealIP(), "duration", readable(took))
		}
		if s.MetricsHooks.Request != nil {
			s.MetricsHooks.Request(routeOf(c), status, size, took)
		}
		return nil
	}
}

// isQuiet reports whether a path is that of a file, an asset or a question of
// health: there are many of these for each thing that somebody does.
func isQuiet(path string) bool {
	for _, prefix := range []string{"/images/", "/static/", "/words/", "/favicon.ico", "/healthz", "/readyz"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// knownMethods are those that metrics tell apart: a client may make up others.
var knownMethods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// routeOf names the route of a request, as the table has it, without what the client
// has put into its parameters.
func routeOf(c echo.Context) string {
	method := c.Request().Method
	if !slices.Contains(knownMethods, method) {
		method = "other"
	}
	if c.Path() == "" {
		return method + " none"
	}
	return method + " " + c.Path()
}

// timingsKey is where the steps of a request's uploads are kept.
const timingsKey = "timings"

// readable rounds a time to three digits or so.
func readable(d time.Duration) time.Duration {
	for unit := time.Second; unit > time.Microsecond; unit /= 10 {
		if d >= 10*unit {
			return d.Round(unit / 10)
		}
	}
	return d.Round(time.Microsecond)
}

// LogUpload writes one line of an upload that was taken: who has sent it, what has
// become of it, and how long each step took.
func (s *Server) LogUpload(c echo.Context, caller media.Caller, added library.Added) {
	outcome := "stored"
	if added.Reused {
		outcome = "reused"
	}
	user, it := caller.User.Name, added.Item
	if caller.Guest {
		user = "guest"
	}
	attributes := []any{"outcome", outcome, "user", user, "key", caller.KeyID, "item", it.ID,
		"type", it.Original.Extension(), "bytes", it.SourceSize, "address", c.RealIP()}
	if timings, ok := c.Get(timingsKey).(*process.Timings); ok {
		for _, t := range timings.Take() {
			attributes = append(attributes, t.Step, readable(t.Took))
		}
	}
	s.Logger(c).Info("upload", attributes...)
}

// secretForm matches keys, delete tokens and the IDs of uploads in parts, wherever someone
// may have pasted one.
var secretForm = regexp.MustCompile(`(?i:(?:chv_)?[0-9a-f]{40,})|\b[A-Z2-7]{26}\b`)

// secretPath matches the paths that end with a secret: a delete token, an invitation, or
// the ID of an upload in parts, whose answer tells the delete link.
var secretPath = regexp.MustCompile(`(/delete/|^/invitation/|^/files/).+`)

// HideSecrets returns a text for the log without what looks like a secret.
func HideSecrets(text string) string { return secretForm.ReplaceAllLiteralString(text, "...") }

func loggedPath(c echo.Context) string {
	return HideSecrets(secretPath.ReplaceAllString(c.Request().URL.Path, "$1..."))
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
func (s *Server) setPolicy(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		if s.Robots == RobotsNoIndex || s.Robots == RobotsDisallow {
			h.Set("X-Robots-Tag", "noindex")
		}
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", strictPolicy)
		return next(c)
	}
}
