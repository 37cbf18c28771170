package web

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

// serveOEmbed tells other sites how to embed an item (https://oembed.com). The URL is
// that of its page, in any form.
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
	v := s.View(c, it)
	if !it.ForEveryone() {
		c.Response().Header().Set("Cache-Control", site.Uncached)
	}
	limit := size{boundOf(c, "maxwidth"), boundOf(c, "maxheight")}
	answer := site.Object{
		{"version", "1.0"}, {"title", it.DisplayTitle()},
		{"provider_name", s.SiteName}, {"provider_url", v.Base + "/"}, {"cache_age", cacheAge(v)},
	}
	if thumb := (size{it.Thumb.Width, it.Thumb.Height}); thumb.in(limit) {
		answer = append(answer, site.Object{
			{"thumbnail_url", v.URL(it.Thumb)}, {"thumbnail_width", thumb.width}, {"thumbnail_height", thumb.height},
		}...)
	}
	answer = append(answer, embedding(v, limit)...)
	if format == "xml" {
		return writeOEmbedXML(c, answer)
	}
	return site.WriteJSON(c, http.StatusOK, answer)
}

// writeOEmbedXML answers with the members of an object as elements.
func writeOEmbedXML(c echo.Context, answer site.Object) error {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<oembed>")
	for _, m := range answer {
		fmt.Fprintf(&b, "<%s>", m[0])
		if err := xml.EscapeText(&b, []byte(fmt.Sprint(m[1]))); err != nil {
			return err
		}
		fmt.Fprintf(&b, "</%s>", m[0])
	}
	b.WriteString("</oembed>\n")
	return c.Blob(http.StatusOK, "text/xml; charset=utf-8", b.Bytes())
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

// size is in pixels. 0 means unknown, and unlimited in a bound.
type size struct{ width, height int }

func (s size) in(bound size) bool {
	return (bound.width == 0 || s.width <= bound.width) && (bound.height == 0 || s.height <= bound.height)
}

// fit returns the largest size of the same shape inside a bound.
func (s size) fit(bound size) size {
	if bound.width > 0 && s.width > bound.width {
		s = size{bound.width, max(present.Scaled(s.height, bound.width, s.width), 1)}
	}
	if bound.height > 0 && s.height > bound.height {
		s = size{max(present.Scaled(s.width, bound.height, s.height), 1), bound.height}
	}
	return s
}

func boundOf(c echo.Context, name string) int {
	n, err := strconv.Atoi(c.QueryParam(name))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// embedding returns the part of an oEmbed answer that differs between images and
// videos. It names the largest file within the bound.
func embedding(v present.Item, limit size) site.Object {
	if v.Kind == media.KindVideo {
		fit := size{v.Width, v.Height}.fit(limit)
		frame := fmt.Sprintf(`<iframe src="%s" width="%d" height="%d" title="%s" allow="fullscreen" frameborder="0"></iframe>`,
			v.Base+v.PathShort()+"/embed", fit.width, fit.height, html.EscapeString(v.DisplayTitle()))
		return site.Object{{"type", "video"}, {"html", frame}, {"width", fit.width}, {"height", fit.height}}
	}
	best := v.Thumb
	full := v.Original
	if v.Frame.Exists() {
		full = v.Frame
	}
	for _, f := range []media.File{v.Medium, full} {
		dimensions := size{f.Width, f.Height}
		if f.Exists() && dimensions.in(limit) {
			best = f
		}
	}
	return site.Object{{"type", "photo"}, {"url", v.URL(best)}, {"width", best.Width}, {"height", best.Height}}
}

// cacheAge returns how long an answer is valid, in seconds: a day, or less if the item
// expires before.
func cacheAge(v present.Item) int {
	if !v.ForEveryone() {
		return 0
	}
	age := 24 * time.Hour
	if !v.ExpiresAt.IsZero() {
		age = min(age, v.ExpiresAt.Sub(v.Now))
	}
	return int(age / time.Second)
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
