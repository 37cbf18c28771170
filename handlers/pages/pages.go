// Package pages is what all pages of a site share: the frame around each, their
// stylesheets and scripts, the choices that browsers keep, and the pieces of
// templates/pieces.html and templates/selecting.html. It knows no page itself; the
// surfaces that people see are built on it.
package pages

import (
	"context"
	"html/template"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
)

// Server is the site with what its pages share. It is safe for concurrent use.
type Server struct {
	*site.Server

	templates    map[string]*template.Template
	staticDigest string            // of all of Static
	staticFiles  map[string]string // digests by name

	// Shared reports whether there is anything to administer; nil: there are no pages for
	// that. It is set before the first request.
	Shared func(context.Context) bool

	// FindItems returns the first items that an address below /admin/items lists; nil: the
	// site has no such page. Bar returns the bar of the list that the request's page shows.
	// Both are set before the first request.
	FindItems func(c echo.Context, address url.Values, limit int) ([]media.Item, error)
	Bar       func(c echo.Context, kind string, total int) Bar

	// Discussion returns what people think of an album; nil: the site has nothing like that.
	// ShowAlbum answers with the page of the album that the path names, and lets say add to
	// its discussion. Both are set before the first request.
	Discussion func(echo.Context, media.Post) (*Discussion, error)
	ShowAlbum  func(c echo.Context, status int, say func(*Discussion)) error
}

// New returns what the pages of a site share. The error is that of a template, or of a
// file that cannot be read.
func New(common *site.Server) (*Server, error) {
	s := &Server{Server: common}
	var err error
	if s.templates, err = parsePages(s.Templates, s.Root); err != nil {
		return nil, err
	}
	s.staticDigest, s.staticFiles, err = digestFiles(s.Static)
	return s, err
}

// Routes adds what every page loads or sends.
func (s *Server) Routes(e *echo.Echo) {
	get := []string{http.MethodGet, http.MethodHead}
	e.Match(get, "/static/*", s.serveStatic)
	e.Match(get, "/words/:language", s.serveMessages)
	e.Match(get, "/favicon.ico", s.redirectToIcon)
	e.Match(get, "/manifest.webmanifest", s.serveManifest)
	e.POST("/preferences", s.setPreferences, s.SameOrigin)
	s.ReturnForms(e, map[string]string{"/preferences": "/"})
}

// ReturnForms adds a redirect for each path that takes a form and has no page itself, to
// the page on which that form stands. Browsers keep the path of an answer, and choosing a
// language below it returns there.
func (s *Server) ReturnForms(e *echo.Echo, pageOf map[string]string) {
	for path, page := range pageOf {
		e.Match([]string{http.MethodGet, http.MethodHead}, path, s.RedirectTo(page))
	}
}
