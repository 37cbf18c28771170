package site

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// The site may lie below a path of its host, its root: that of the configured
// base URL. Routes, and all paths inside these packages, are below the root.
// What browsers are given begins with it: At adds it to paths of values, Redirect
// to those of redirects, and the pages to those that stand in templates.

// RootOf returns the path of a base URL, without a slash at the end.
func RootOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/")
}

// At returns a path of this site as browsers know it.
func (s *Server) At(path string) string { return s.Root + path }

// Redirect redirects to a path of this site.
func (s *Server) Redirect(c echo.Context, status int, path string) error {
	return c.Redirect(status, s.At(path))
}

// RedirectTo returns a handler that redirects to a page of this site by 303. Names in the
// page's path, as in "/album/:slug", stand for those of the request's path.
func (s *Server) RedirectTo(page string) echo.HandlerFunc {
	return func(c echo.Context) error {
		path := page
		for _, name := range c.ParamNames() {
			path = strings.ReplaceAll(path, ":"+name, url.PathEscape(c.Param(name)))
		}
		return s.Redirect(c, http.StatusSeeOther, path)
	}
}

// cutRoot takes the root off a request's path, that of the base URL or that of
// the upload host's. A path below neither is left: it comes from a proxy that
// has cut the root off, or from beside the proxy, as checks of health do.
func (s *Server) cutRoot(u *url.URL) {
	for _, root := range []string{s.Root, RootOf(s.CDN)} {
		if root == "" || u.Path != root && !strings.HasPrefix(u.Path, root+"/") {
			continue
		}
		u.Path = withSlash(strings.TrimPrefix(u.Path, root))
		raw, ok := strings.CutPrefix(u.RawPath, root)
		if u.RawPath = ""; ok {
			u.RawPath = withSlash(raw)
		}
		return
	}
}

// withSlash is the path of the start page for no path.
func withSlash(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// cookiePath is the path to which this site's cookies are sent.
func (s *Server) cookiePath() string { return withSlash(s.Root) }

// NewCookie returns a cookie for this site alone.
func (s *Server) NewCookie(c echo.Context, name, value string) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: s.cookiePath(), Secure: s.isSecure(c), SameSite: http.SameSiteLaxMode}
}

// UploadHost returns the URL of the host that takes the uploads of the imgpile
// API and serves its files, without a slash at the end.
func (s *Server) UploadHost(c echo.Context) string {
	if s.CDN != "" {
		return s.CDN
	}
	return s.SiteURL(c)
}
