package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

// parsePages parses every page with the layout around it, for a site at that root.
func parsePages(fsys fs.FS, root string) (map[string]*template.Template, error) {
	names, err := fs.Glob(fsys, "*.html")
	if err != nil {
		return nil, err
	}
	pages := make(map[string]*template.Template)
	for _, name := range names {
		if slices.Contains(shared[:], name) {
			continue
		}
		page := template.New("")
		for _, part := range append(slices.Clone(shared[:]), name) {
			text, err := fs.ReadFile(fsys, part)
			if err == nil {
				_, err = page.New(part).Parse(underRoot(indent.ReplaceAllString(string(text), ""), root))
			}
			if err != nil {
				return nil, fmt.Errorf("parse page: %w", err)
			}
		}
		pages[strings.TrimSuffix(name, ".html")] = page
	}
	return pages, nil
}

// indent is the indentation of templates, which pages are sent without.
var indent = regexp.MustCompile(`(?m)^\t+`)

// layout is the frame of every page.
const layout = "layout.html"

// shared are the files that every page is parsed with: the layout, one template for each
// icon, the components that pages share, and what lists need to select many items.
var shared = [...]string{layout, "icons.html", "pieces.html", "selecting.html"}

// page is the data that every template gets.
type page struct {
	Site      string
	Title     string
	Base      string // URL of the site
	Root      string // path of the site on its host
	Path      string // of the request below the root, to return to
	Scheme    string // colours that the visitor chose: "light", "dark" or ""
	User      string // name of the visitor; "" for a guest
	Moderator bool   // the visitor moderates uploads
	Admin     bool   // the visitor administers the site
	Shared    bool   // there is something to administer
	Profile   string // path of the signed-in user's public page; "" for none
	Data      any
	*site.Catalog
	server *Server
}

// Asset returns the URL of a file of static/.
func (p page) Asset(name string) string { return p.server.assetURL(name) }

// With returns the page with other data, for a piece of it.
func (p page) With(data any) page {
	p.Data = data
	return p
}

// Accent returns the colour for the browser's own controls around the page.
func (p page) Accent() string { return accentColor }

// Languages returns the languages of the site.
func (p page) Languages() []*site.Catalog { return p.server.Catalogs.All }

// Current returns the attribute that marks a link to the page itself.
func (p page) Current(path string) template.HTMLAttr {
	if p.Path != path {
		return ""
	}
	return ` aria-current="page"`
}

// pagePolicy lets pages load their own parts and nothing else. Files may be on the host
// of the configured URL; previews are blobs.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; manifest-src 'self'; " +
	"img-src 'self' blob: %[1]s; media-src 'self' blob: %[1]s; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Render is render for the surface of admins.
func (s *Server) Render(c echo.Context, status int, name, title string, data any) error {
	return s.render(c, status, name, title, data)
}

// render answers with a page. A page depends on the visitor's language and cookies, so
// shared caches must not keep it.
func (s *Server) render(c echo.Context, status int, name, title string, data any) error {
	p := page{
		Site: s.SiteName, Title: title, Base: s.SiteURL(c), Root: s.Root, Path: c.Request().URL.EscapedPath(),
		Scheme: scheme(c), Data: data, Catalog: s.Catalog(c), server: s,
	}
	if caller, err := s.SessionCaller(c); err == nil {
		p.User, p.Moderator = caller.User.Name, caller.MayModerate() && s.HasQueue()
		p.Admin = s.Shared != nil && caller.MayAdminister()
		p.Shared = p.Admin && s.Shared(c.Request().Context())
		if s.Community != nil && p.User != "" {
			p.Profile = s.At(present.ProfilePath(p.User))
		}
	}
	var b bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&b, layout, p); err != nil {
		return fmt.Errorf("render page %s: %w", name, err)
	}
	s.setPageHeaders(c, p)
	return site.WriteWhole(c, status, "text/html; charset=UTF-8", b.Bytes())
}

func (s *Server) setPageHeaders(c echo.Context, p page) {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", fmt.Sprintf(pagePolicy, site.OriginOf(p.Base)))
	h.Set("Content-Language", p.Language)
	h.Set("Vary", "Accept-Language, Cookie")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	// With "no-referrer", browsers would send no origin with forms either.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "browsing-topics=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()")
}

func (s *Server) answerErrorPage(c echo.Context, err error, e *site.APIError) error {
	if errors.Is(err, media.ErrLocked) {
		if asked, err := s.askPassword(c); asked {
			return err
		}
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	catalog := s.Catalog(c)
	title := fmt.Sprintf("status.%d", e.Status)
	if !catalog.Has(title) {
		title = fmt.Sprintf("status.%d", e.Status/100*100)
	}
	return s.renderMessage(c, e.Status, catalog.T(title), catalog.ErrorText(e.Message))
}

func (s *Server) renderMessage(c echo.Context, status int, title, message string) error {
	return s.render(c, status, "message", title, message)
}

var pathInTemplate = regexp.MustCompile(`\b(href|src|(?:form)?action)="/`)

// underRoot puts the root before the paths in the text of a template.
func underRoot(text, root string) string {
	return pathInTemplate.ReplaceAllString(text, `$1="`+root+`/`)
}
