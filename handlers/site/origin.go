package site

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// isSecure reports whether visitors reach this site by https.
func (s *Server) isSecure(c echo.Context) bool {
	return strings.HasPrefix(s.SiteURL(c), "https:")
}

// newOrigins recognises requests of this site's own pages. Behind a proxy, the host of
// a request may differ from the one in the browser, so the configured URL counts, too.
func newOrigins(base string) (*http.CrossOriginProtection, error) {
	origins := http.NewCrossOriginProtection()
	if base == "" {
		return origins, nil
	}
	return origins, origins.AddTrustedOrigin(OriginOf(base))
}

// OriginOf returns a URL without its path.
func OriginOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.Scheme + "://" + u.Host
}

// SameOrigin is middleware that refuses requests that another site makes a
// browser send (https://owasp.org/www-community/attacks/csrf).
func (s *Server) SameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.origins.Check(c.Request()); err != nil {
			return errCrossOrigin
		}
		return next(c)
	}
}
