package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/media"
)

// pageItems is how many items or albums a page of a list has.
const pageItems = 60

// listing is a page of items.
type listing struct {
	Items []pages.Card
	Bar   pages.Bar
	pageLinks
}

// pageLinks are the URLs of the pages before and after one of a list, "" for none.
type pageLinks struct{ Newer, Older string }

// list returns the page of a query's items that the request asks for.
func (s *Server) list(c echo.Context, v media.Viewer, q media.ItemQuery) (l listing, items []media.Item, err error) {
	cursor := func(it *media.Item) media.Cursor { return it.CursorIn(q.Sort) }
	items, l.pageLinks, err = paginate(s, c, cursor, func(after, before media.Cursor, limit int) ([]media.Item, error) {
		q.After, q.Before, q.Limit = after, before, limit
		return s.Library.Items(c.Request().Context(), v, q)
	})
	from := "?list=" + url.QueryEscape(pages.Here(c))
	for _, it := range items {
		one := pages.NewCard(s.View(c, it))
		one.Page += from
		one.Date = it.CreatedAt.In(s.Location)
		l.Items = append(l.Items, one)
	}
	return l, items, err
}

// paginate reads a page of a list. The request's parameters before and after say where it
// starts.
func paginate[T any](s *Server, c echo.Context, cursor func(*T) media.Cursor,
	read func(after, before media.Cursor, limit int) ([]T, error)) ([]T, pageLinks, error) {
	after, before := parseCursor(c.QueryParam("after")), parseCursor(c.QueryParam("before"))
	if after.Number != 0 {
		before = media.Cursor{}
	}
	rows, err := read(after, before, pageItems+1)
	if err != nil || len(rows) == 0 {
		return nil, pageLinks{}, err
	}
	back, more := before.Number != 0, len(rows) > pageItems
	switch {
	case more && back:
		rows = rows[1:]
	case more:
		rows = rows[:pageItems]
	}
	var links pageLinks
	if more || back {
		links.Older = s.pageLink(c, "after", cursor(&rows[len(rows)-1]))
	}
	if after.Number != 0 || back && more {
		links.Newer = s.pageLink(c, "before", cursor(&rows[0]))
	}
	return rows, links, nil
}

// pageLink returns the request's own URL with another cursor in it.
func (s *Server) pageLink(c echo.Context, name string, at media.Cursor) string {
	query := keptParameters(c)
	query.Set(name, formatCursor(at))
	return s.At(c.Request().URL.EscapedPath()) + "?" + query.Encode()
}

// formatCursor returns a place as URLs have it: its date and number, and what else it has.
func formatCursor(p media.Cursor) string {
	text := fmt.Sprintf("%d.%d", p.CreatedAt.Unix(), p.Number)
	if p.Key != "" {
		text += "." + p.Key
	}
	return text
}

// parseCursor is the inverse. It returns the zero Cursor for text that is none.
func parseCursor(s string) media.Cursor {
	date, rest, _ := strings.Cut(s, ".")
	number, key, _ := strings.Cut(rest, ".")
	seconds, err1 := strconv.ParseInt(date, 10, 64)
	n, err2 := strconv.ParseInt(number, 10, 64)
	if err1 != nil || err2 != nil {
		return media.Cursor{}
	}
	return media.Cursor{CreatedAt: time.Unix(seconds, 0).UTC(), Number: n, Key: key}
}

// galleryPage is the data of the templates of the gallery and of the trash.
type galleryPage struct {
	listing
	galleryFilter
	pages.AlbumField
	Album    string // of the filter
	Count    int
	Many     bool     // there may be more than Count
	Trash    int      // items in the trash
	Months   []month  // the items of a grid
	Chips    []chip   // parts of the filter in force
	Columns  []column // of a table; nil for a grid
	Back     string   // the page's own address
	Used, Of string   // bytes, to show; Of is "" for any number
}

// viewGallery lists the visitor's items as the URL asks for.
func (s *Server) viewGallery(c echo.Context) error {
	ctx, v := c.Request().Context(), s.SignedIn(c)
	q, f, err := s.galleryQuery(c, v, c.QueryParams())
	if err != nil {
		return err
	}
	if err := s.allowCostly(c, q); err != nil {
		return err
	}
	p := galleryPage{galleryFilter: f, Album: f.Album, Chips: s.chips(c, f), Back: pages.Here(c)}
	if p.listing, _, err = s.list(c, v, q); err != nil {
		return err
	}
	if pages.ListView(c) {
		p.Columns = s.columns(c, f)
	} else {
		p.Months = f.months(p.Items)
	}
	if p.AlbumField, err = s.AlbumField(c, v.User.ID); err != nil {
		return err
	}
	p.Count = len(p.Items)
	if p.Older != "" || p.Newer != "" {
		if p.Count, err = s.Library.CountItems(ctx, v, q); err != nil {
			return err
		}
		p.Many = q.Search != "" && p.Count == media.MaxSearchCount
	}
	if p.Trash, err = s.Library.CountItems(ctx, v, media.ItemQuery{UserID: v.User.ID, InTrash: true}); err != nil {
		return err
	}
	usage, quota, err := s.Library.Quotas.Of(ctx, v.Caller)
	if err != nil {
		return err
	}
	if p.Used = s.Catalog(c).Size(usage.Bytes); quota.Bytes > 0 {
		p.Of = s.Catalog(c).Size(quota.Bytes)
	}
	p.Bar = s.newBar(c, "own", p.Count)
	p.Bar.Most = p.Bar.Most || p.Many
	return s.Render(c, 200, "gallery", s.Catalog(c).T("gallery.title"), p)
}

// viewTrash lists the items in the visitor's trash.
func (s *Server) viewTrash(c echo.Context) error {
	v := s.SignedIn(c)
	q := media.ItemQuery{UserID: v.User.ID, InTrash: true}
	var p galleryPage
	var err error
	if p.listing, _, err = s.list(c, v, q); err != nil {
		return err
	}
	if p.Count, err = s.Library.CountItems(c.Request().Context(), v, q); err != nil {
		return err
	}
	p.Bar = s.newBar(c, "trash", p.Count)
	return s.Render(c, 200, "trash", s.Catalog(c).T("trash.title"), p)
}
