package site

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// corsHeaders are the request headers that clients of the API send.
const corsHeaders = "authorization, cache-control, content-type, x-requested-with, x-api-key, accept"

// corsExposed are the headers of answers that pages of other origins may read.
const corsExposed = "Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"

// corsNames is what the headers that a preflight asks for may look like, and
// maxCORSNames is how many bytes they may have: a count in the expression would take
// 15 ms to compile at each start.
var corsNames = regexp.MustCompile(`^[A-Za-z0-9, _-]+$`)

const maxCORSNames = 1000

// AllowCrossOrigin returns middleware that lets pages of other origins use a path
// of an API by its methods, with a key of their own and never with the cookies of
// this site. It answers OPTIONS itself.
func (s *Server) AllowCrossOrigin(methods ...string) echo.MiddlewareFunc {
	allowed := allowHeader(methods)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			if s.CORSOrigin != "" {
				h.Set("Access-Control-Allow-Origin", s.CORSOrigin)
				h.Set("Access-Control-Expose-Headers", corsExposed)
				if s.CORSOrigin != "*" {
					h.Set("Vary", "Origin")
				}
			}
			if c.Request().Method != http.MethodOptions {
				return next(c)
			}
			h.Set("Allow", allowed)
			h.Set("Access-Control-Allow-Methods", allowed)
			h.Set("Access-Control-Allow-Headers", corsAllowed(c.Request()))
			h.Set("Access-Control-Max-Age", "86400")
			return c.NoContent(http.StatusNoContent)
		}
	}
}

// corsAllowed are the headers that a page may send: those that clients of the
// API send, and what its preflight asks for.
func corsAllowed(r *http.Request) string {
	if asked := r.Header.Get("Access-Control-Request-Headers"); len(asked) <= maxCORSNames && corsNames.MatchString(asked) {
		return corsHeaders + ", " + strings.ToLower(asked)
	}
	return corsHeaders
}

// allowHeader is the value of Allow for a path that knows these methods.
func allowHeader(methods []string) string {
	return strings.Join(append(slices.Clone(methods), http.MethodOptions), ", ")
}

// MethodNotAllowed returns the error for a method that a path does not know, and
// sets the header that names those that it knows.
func MethodNotAllowed(c echo.Context, methods ...string) error {
	c.Response().Header().Set("Allow", allowHeader(methods))
	return echo.ErrMethodNotAllowed
}
