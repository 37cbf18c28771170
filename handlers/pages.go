package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// parsePages parses every page together with the layout around it.
func parsePages(fsys fs.FS) (map[string]*template.Template, error) {
	names, err := fs.Glob(fsys, "*.html")
	if err != nil {
		return nil, err
	}
	pages := make(map[string]*template.Template)
	for _, name := range names {
		if name == layout {
			continue
		}
		page, err := template.ParseFS(fsys, layout, name)
		if err != nil {
			return nil, fmt.Errorf("parse page: %w", err)
		}
		pages[strings.TrimSuffix(name, ".html")] = page
	}
	return pages, nil
}

const layout = "layout.html"

// page is what every template is given.
type page struct {
	Site  string
	Title string
	Base  string // URL of the site
	Data  any
}

// pagePolicy lets pages load what they are made of and nothing else.
const pagePolicy = "default-src 'none'; img-src 'self' %[1]s; media-src 'self' %[1]s; style-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (s *server) render(c echo.Context, status int, name, title string, data any) error {
	base := s.baseURL(c)
	var b bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&b, layout, page{s.SiteName, title, base, data}); err != nil {
		return fmt.Errorf("render page %s: %w", name, err)
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", fmt.Sprintf(pagePolicy, base))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	return c.HTMLBlob(status, b.Bytes())
}

// viewIndex shows a plain form to upload with.
func (s *server) viewIndex(c echo.Context) error {
	policy := s.Library.Policy()
	return s.render(c, http.StatusOK, "index", "Upload", map[string]any{
		"NeedsKey": !s.Keyring.Guests || s.Keyring.GuestKey != "",
		"Formats":  s.DefaultMedia,
		"MaxFile":  formatBytes(policy.MaxFile),
	})
}

// viewAPI documents the upload endpoint.
func (s *server) viewAPI(c echo.Context) error {
	return s.render(c, http.StatusOK, "api", "API", map[string]any{
		"Formats": s.DefaultMedia, "MaxFile": formatBytes(s.Library.Policy().MaxFile), "URLs": s.Fetcher != nil,
	})
}

// viewItem shows an item's page under its canonical path, and leads there from
// every other (SPEC.md section 9).
func (s *server) viewItem(c echo.Context) error {
	it, err := s.pathItem(c)
	if errors.Is(err, fs.ErrNotExist) && c.QueryParams().Has("deleted") {
		return s.renderMessage(c, http.StatusNotFound, "Deleted", "The file has been deleted.")
	}
	if err != nil {
		return err
	}
	v := s.view(c, it)
	path := c.Request().URL.EscapedPath()
	if trimmed := strings.TrimRight(path, "/"); trimmed != path {
		return c.Redirect(http.StatusMovedPermanently, trimmed)
	}
	if path != v.pathViewer() {
		return c.Redirect(http.StatusFound, v.pathViewer())
	}
	if c.Request().Method == http.MethodGet {
		if err := s.Library.AddView(c.Request().Context(), it); err != nil {
			s.logger(c).Error("count a view", "error", err)
		}
	}
	c.Response().Header().Set("Cache-Control", "no-cache")
	return s.render(c, http.StatusOK, "viewer", it.DisplayTitle(), v.page())
}

// pathItem finds the item that a viewer's path names by what follows its last
// dot.
func (s *server) pathItem(c echo.Context) (media.Item, error) {
	id := c.Param("item")
	id = id[strings.LastIndexByte(id, '.')+1:]
	if !media.ValidID(id) {
		return media.Item{}, errNotFoundItem
	}
	it, err := s.Library.Item(c.Request().Context(), id)
	if err == nil && it.Expired(s.Library.Now()) {
		err = errGone
	}
	return it, err
}

var errNotFoundItem = fmt.Errorf("item: %w", fs.ErrNotExist)

// viewerPage is what the viewer's template shows.
type viewerPage struct {
	URL, Viewer, Medium, Thumb, Display, Poster string
	MIME, Type, OGType, Description             string
	Width, Height, DisplayWidth, DisplayHeight  int
	Size, Date, Duration, Expires, Name         string
	Views                                       int64
	NSFW, Video                                 bool
	Tags                                        []string
}

func (v itemView) page() viewerPage {
	p := viewerPage{
		URL: v.url(v.Original), Viewer: v.base + v.pathViewer(), Medium: v.url(v.Medium), Thumb: v.url(v.Thumb),
		Poster: v.url(v.Frame), MIME: v.Original.MIME, OGType: "article", Description: v.Description,
		Width: v.Width, Height: v.Height, Size: formatBytes(v.Original.Size),
		Date: v.CreatedAt.In(v.Location).Format("2006-01-02 15:04"), Name: v.Original.Filename(),
		Views: v.Views + 1, NSFW: v.NSFW, Video: v.Kind == media.KindVideo, Tags: v.Item.Tags,
	}
	p.Display = p.URL
	if p.Video {
		p.OGType, p.Display, p.Duration = "video.other", p.Poster, clock(v.Duration)
	}
	if !v.ExpiresAt.IsZero() {
		p.Expires = v.ExpiresAt.In(v.Location).Format("2006-01-02 15:04 MST")
	}
	return p
}

// deleteItem shows a page with one button, or deletes. HEAD never deletes, nor
// does GET unless the operator wants Chevereto's way: programs that look at
// links would destroy files.
func (s *server) deleteItem(c echo.Context) error {
	it, err := s.pathItem(c)
	if err != nil {
		return err
	}
	if !s.Library.CheckDeleteToken(it.ID, c.Param("token")) {
		return errNotFoundItem
	}
	v := s.view(c, it)
	noStore(c)
	switch c.Request().Method {
	case http.MethodGet:
		if !s.DeleteOnGet {
			return s.render(c, http.StatusOK, "delete", "Delete "+it.DisplayTitle(), v.page())
		}
	case http.MethodHead:
		return c.NoContent(http.StatusOK)
	case http.MethodPost, http.MethodDelete:
	default:
		return echo.ErrMethodNotAllowed
	}
	if err := s.Library.Delete(c.Request().Context(), it.ID); err != nil {
		return err
	}
	if c.Request().Method == http.MethodDelete {
		return c.String(http.StatusOK, "deleted\n")
	}
	return c.Redirect(http.StatusMovedPermanently, v.pathViewer()+"?deleted")
}

func (s *server) answerErrorPage(c echo.Context, e *apiError) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	if c.Request().Method == http.MethodHead {
		return c.NoContent(e.status)
	}
	return s.renderMessage(c, e.status, http.StatusText(e.status), e.message)
}

func (s *server) renderMessage(c echo.Context, status int, title, message string) error {
	return s.render(c, status, "message", title, message)
}
