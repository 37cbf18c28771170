package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// setPreferences keeps a language or a colour scheme in a cookie, and leads
// back to where the visitor was. It is what the switches do without scripts.
func (s *server) setPreferences(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(nil, c.Request().Body, s.MaxField)
	if name := c.FormValue(languageCookie); name != "" {
		for _, words := range s.catalogs.all {
			if words.Language == name {
				s.setCookie(c, languageCookie, name)
			}
		}
	}
	if scheme := c.FormValue(schemeCookie); scheme == "light" || scheme == "dark" || scheme == "auto" {
		s.setCookie(c, schemeCookie, scheme)
	}
	return s.redirect(c, http.StatusSeeOther, localPath(c.FormValue("back")))
}

func (s *server) setCookie(c echo.Context, name, value string) {
	cookie := s.newCookie(c, name, value)
	cookie.MaxAge = int(year / time.Second)
	c.SetCookie(cookie)
}

// isSecure reports whether visitors reach this site by https.
func (s *server) isSecure(c echo.Context) bool {
	return strings.HasPrefix(s.baseURL(c), "https:")
}

// localPath is a path of this site that a form names, or the start page; it
// never leads to another site.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// scheme is the colour scheme that the visitor has chosen, "" for the system's.
func scheme(c echo.Context) string {
	cookie, err := c.Cookie(schemeCookie)
	if err != nil || cookie.Value != "light" && cookie.Value != "dark" {
		return ""
	}
	return cookie.Value
}

// newOrigins tells requests of this site's own pages from those of others.
// Behind a proxy the host of a request may not be the one that the browser
// knows; then the configured URL counts.
func newOrigins(base string) (*http.CrossOriginProtection, error) {
	origins := http.NewCrossOriginProtection()
	if base == "" {
		return origins, nil
	}
	return origins, origins.AddTrustedOrigin(originOf(base))
}

// originOf cuts the path off a URL.
func originOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.Scheme + "://" + u.Host
}

// sameOrigin refuses requests that another site makes a browser send
// (https://owasp.org/www-community/attacks/csrf).
func (s *server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.origins.Check(c.Request()); err != nil {
			return errCrossOrigin
		}
		return next(c)
	}
}
