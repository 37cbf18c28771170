package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/media"
	"postern/media/library"
)

// orderPage is the data of the template that puts the items of an album in an order. A
// large album has several such pages.
type orderPage struct {
	listing
	Album        media.Album
	Path         string // of the album
	First, Total int    // place of the first item of the page, and items of the album
	Before, Next *stretch
}

// stretch are the places that another page has, from 1.
type stretch struct{ Page, From, To int }

// stretchOf returns the places of a page of an album with so many items, nil for none.
func stretchOf(page, total int) *stretch {
	from := (page-1)*media.MaxSelection + 1
	if page < 1 || from > total {
		return nil
	}
	return &stretch{page, from, min(from+media.MaxSelection-1, total)}
}

// Sorts returns the orders that the form offers beside that of its items.
func (orderPage) Sorts() []media.Sort {
	return []media.Sort{media.SortNewest, media.SortOldest, media.SortTitle}
}

// Place returns the place of an item of the page, as people count.
func (p orderPage) Place(i int) int { return p.First + i }

// Last is the place of the last item of the page.
func (p orderPage) Last() int { return p.First + len(p.Items) - 1 }

// viewAlbumOrder shows the items of an album in their order, each with its place.
func (s *Server) viewAlbumOrder(c echo.Context) error {
	v, a, err := s.albumToOrder(c)
	if err != nil {
		return err
	}
	ids, err := s.Library.Albums.Order(c.Request().Context(), v.Caller, a.Slug)
	if err != nil {
		return err
	}
	p, page := orderPage{Album: a, Path: s.At(present.AlbumPath(a)), Total: len(ids)}, pages.PageNumber(c, "page")
	here := stretchOf(page, len(ids))
	if here == nil {
		page, here = 1, &stretch{1, 1, min(len(ids), media.MaxSelection)}
	}
	p.First, p.Before, p.Next = here.From, stretchOf(page-1, len(ids)), stretchOf(page+1, len(ids))
	p.Bar.News = s.news(c)
	if ids = ids[here.From-1 : here.To]; len(ids) > 0 {
		found, err := s.Library.Selections.Find(c.Request().Context(), v, media.Selection{IDs: ids, Skip: true})
		var none *media.SelectionError
		if err != nil && !errors.As(err, &none) {
			return err
		}
		for _, it := range found.Items {
			p.Items = append(p.Items, pages.NewCard(s.View(c, it)))
		}
	}
	return s.Render(c, http.StatusOK, "album-order", s.Catalog(c).T("album.order.title", "album", a.Title), p)
}

// albumToOrder returns the album that the path names if the visitor may change it.
func (s *Server) albumToOrder(c echo.Context) (media.Viewer, media.Album, error) {
	v, a, err := s.pathAlbum(c)
	if err == nil && !v.MayChange(a.UserID) {
		err = media.ErrForbidden
	}
	return v, a, err
}

// orderAlbum puts the items of an album in the order of a form: its fields id in their
// order, from the place first on, with other places as the fields place-ID say, or all
// items in the order that by names. It goes on to the page of the form that page names, or
// to the one with the item that show names.
func (s *Server) orderAlbum(c echo.Context) error {
	v, a, err := s.albumToOrder(c)
	if err == nil {
		err = s.ParseForm(c)
	}
	if err != nil {
		return err
	}
	if err := s.Library.Albums.Arrange(c.Request().Context(), v.Caller, a.Slug, arrangement(c.Request().Form)); err != nil {
		return err
	}
	done := "?done=" + doneOrder + "&n=1"
	page, _ := strconv.Atoi(c.FormValue("page"))
	fragment := ""
	if id := c.FormValue("show"); media.ValidID(id) {
		ids, err := s.Library.Albums.Order(c.Request().Context(), v.Caller, a.Slug)
		if err != nil {
			return err
		}
		page, fragment = max(slices.Index(ids, id), 0)/media.MaxSelection+1, "#item-"+id
	}
	if page < 1 {
		return s.Redirect(c, http.StatusSeeOther, present.AlbumPath(a)+done)
	}
	return s.Redirect(c, http.StatusSeeOther, fmt.Sprint(present.AlbumPath(a), "/order", done, "&page=", page, fragment))
}

// arrangement reads the form of orderAlbum.
func arrangement(form url.Values) library.Arrangement {
	by := form.Get("by")
	if sort := media.Sort(by); by == "newest" || sort == media.SortOldest || sort == media.SortTitle {
		return library.Arrangement{By: media.Sort(strings.TrimPrefix(by, "newest"))}
	}
	w := library.Arrangement{First: 1}
	if first, err := strconv.Atoi(form.Get("first")); err == nil {
		w.First = first
	}
	for i, id := range form["id"] {
		if place, err := strconv.Atoi(form.Get("place-" + id)); err == nil && place != w.First+i {
			w.Places = append(w.Places, library.Place{ID: id, At: place})
		}
		w.IDs = append(w.IDs, id)
	}
	return w
}
