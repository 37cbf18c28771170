package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/oembed"
	"postern/handlers/site"
	"postern/media"
)

// serveOEmbed tells other sites how to embed an item. The URL is that of its page, in any
// form.
func (s *Server) serveOEmbed(c echo.Context) error {
	c.Response().Header().Set("Access-Control-Allow-Origin", "*")
	format := c.QueryParam("format")
	if format != "" && format != "json" && format != "xml" {
		return c.String(http.StatusNotImplemented, "JSON and XML are answered\n")
	}
	it, err := s.itemAtURL(c, c.QueryParam("url"))
	if err != nil {
		return err
	}
	if !it.ForEveryone() {
		c.Response().Header().Set("Cache-Control", site.Uncached)
	}
	answer := oembed.Of(s.View(c, it), s.SiteName, oembed.Size{Width: boundOf(c, "maxwidth"), Height: boundOf(c, "maxheight")})
	if format == "xml" {
		text, err := oembed.XML(answer)
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "text/xml; charset=utf-8", text)
	}
	return site.WriteJSON(c, http.StatusOK, answer)
}

func boundOf(c echo.Context, name string) int {
	n, err := strconv.Atoi(c.QueryParam(name))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// itemAtURL returns the item whose page a URL of this site leads to.
func (s *Server) itemAtURL(c echo.Context, text string) (media.Item, error) {
	u, err := url.Parse(text)
	if err != nil {
		return media.Item{}, errNotFoundItem
	}
	own, err := url.Parse(s.SiteURL(c))
	if err != nil || !strings.EqualFold(u.Host, own.Host) {
		return s.oldItemAtURL(c, u.Host, u.Path)
	}
	path, found := strings.CutPrefix(u.Path, own.Path+"/")
	route, name, ok := strings.Cut(strings.TrimRight(path, "/"), "/")
	for _, known := range s.itemRoutes() {
		if found && ok && route == known && !strings.Contains(name, "/") {
			it, err := s.itemNamed(c, name)
			if !isNotFound(err) {
				return it, err
			}
		}
	}
	return s.oldItemAtURL(c, u.Host, path)
}

// viewEmbed shows an item alone, for frames on other sites. It ignores sessions, so it
// looks the same to everyone.
func (s *Server) viewEmbed(c echo.Context) error {
	it, err := s.pathItem(c)
	if err != nil {
		return err
	}
	return s.RenderEmbedded(c, "item", it.DisplayTitle(), newItemPage(s.View(c, it)))
}
