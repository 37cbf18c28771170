package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/handlers/site"
)

// parsePages parses every page with the layout around it, for a site at that root.
func parsePages(fsys fs.FS, root string) (map[string]*template.Template, error) {
	names, err := fs.Glob(fsys, "*.html")
	if err != nil {
		return nil, err
	}
	parse := func(set *template.Template, name string) error {
		text, err := fs.ReadFile(fsys, name)
		if err == nil {
			_, err = set.New(name).Parse(underRoot(withoutIndents(string(text)), root))
		}
		if err != nil {
			return fmt.Errorf("parse page: %w", err)
		}
		return nil
	}
	frame := template.New("")
	for _, name := range shared {
		if err := parse(frame, name); err != nil {
			return nil, err
		}
	}
	pages := make(map[string]*template.Template)
	for _, name := range names {
		if slices.Contains(shared[:], name) {
			continue
		}
		page, err := frame.Clone()
		if err != nil {
			return nil, err
		}
		if err := parse(page, name); err != nil {
			return nil, err
		}
		pages[strings.TrimSuffix(name, ".html")] = page
	}
	return pages, nil
}

// withoutIndents returns a template without the tabs that begin its lines: pages are sent
// without them.
func withoutIndents(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimLeft(line, "\t"))
	}
	return b.String()
}

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
	Path      string // of the request
	Here      string // its path and query, to return to: a key in it opens what is private
	Scheme    string // colours that the visitor chose: "light", "dark" or ""
	User      string // name of the visitor; "" for a guest
	Avatar    string // URL of the image that stands for the visitor; "" for none
	Moderator bool   // the visitor moderates uploads
	Admin     bool   // the visitor administers the site
	Shared    bool   // there is something to administer
	Profile   string // path of the signed-in user's public page; "" for none
	Data      any
	*site.Catalog
	server *Server
}

// Asset returns the URL of a file of static/.
func (p page) Asset(name string) string { return p.server.AssetURL(name) }

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

// Render answers with the template of that name and its data inside the frame of every
// page. A page depends on the visitor's language and cookies, so shared caches must not
// keep it.
func (s *Server) Render(c echo.Context, status int, name, title string, data any) error {
	p := page{
		Site: s.SiteName, Title: title, Base: s.SiteURL(c), Root: s.Root, Path: c.Request().URL.EscapedPath(), Here: Here(c),
		Scheme: scheme(c), Data: data, Catalog: s.Catalog(c), server: s,
	}
	if caller, err := s.SessionCaller(c); err == nil {
		p.User, p.Avatar = caller.User.Name, s.AvatarURL(c, caller.User.Avatar)
		p.Moderator = caller.MayModerate() && s.HasQueue(c.Request().Context(), caller)
		p.Admin = s.Shared != nil && caller.MayAdminister()
		p.Shared = p.Admin && s.Shared(c.Request().Context())
		if s.Community != nil && p.User != "" {
			p.Profile = s.At(present.ProfilePath(p.User))
		}
	}
	var b bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&b, layout, p); err != nil {
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

// embedPolicy lets any site frame the page, and the page load one file.
const embedPolicy = "default-src 'none'; style-src 'self'; img-src 'self' %[1]s; media-src 'self' %[1]s; base-uri 'none'; form-action 'none'"

// RenderEmbedded answers with the template "embed" of a page, without the frame of others:
// sites show it in a frame of theirs. It knows no visitor.
func (s *Server) RenderEmbedded(c echo.Context, name, title string, data any) error {
	p := page{Site: s.SiteName, Title: title, Base: s.SiteURL(c), Data: data, Catalog: s.Catalog(c), server: s}
	var b bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&b, "embed", p); err != nil {
		return fmt.Errorf("render embedded page %s: %w", name, err)
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", fmt.Sprintf(embedPolicy, site.OriginOf(p.Base)))
	h.Set("Content-Language", p.Language)
	h.Set("Vary", "Accept-Language, Cookie")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	return c.HTMLBlob(http.StatusOK, b.Bytes())
}

// RenderMessage answers with a page that has a title and a text, and nothing to do.
func (s *Server) RenderMessage(c echo.Context, status int, title, message string) error {
	return s.Render(c, status, "message", title, message)
}

var pathInTemplate = regexp.MustCompile(`\b(href|src|(?:form)?action)="/`)

// underRoot puts the root before the paths in the text of a template.
func underRoot(text, root string) string {
	if root == "" {
		return text
	}
	return pathInTemplate.ReplaceAllString(text, `$1="`+root+`/`)
}
