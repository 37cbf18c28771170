package web

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media"
)

// noAlbum is the value of the parameter album for files that are in none.
const noAlbum = "none"

// galleryParameters are those of a gallery's URL that say what it lists.
var galleryParameters = []string{"q", "kind", "album", "tag", "visibility", "ending", "sort"}

// galleryFilter is what the URL of a gallery asks for.
type galleryFilter struct {
	Query, Kind, Album, Tag string
	Visibility              media.Visibility
	Ending                  bool
	Sort                    media.Sort
	AlbumTitle              string
}

// galleryQuery is what the gallery of a visitor with these parameters lists. Values that it
// does not know restrict nothing. The error is that of an album that the visitor does not have.
func (s *Server) galleryQuery(c echo.Context, v media.Viewer, values url.Values) (media.ItemQuery, galleryFilter, error) {
	f := galleryFilter{
		Query: media.CutRunes(values.Get("q"), 200), Album: values.Get("album"),
		Tag: tagName(media.CutRunes(values.Get("tag"), 100)), Ending: values.Get("ending") == "1",
	}
	if kind := media.Kind(values.Get("kind")); kind == media.KindImage || kind == media.KindVideo {
		f.Kind = string(kind)
	}
	if visibility := media.Visibility(values.Get("visibility")); slices.Contains(media.Visibilities(), visibility) {
		f.Visibility = visibility
	}
	if sort := media.Sort(values.Get("sort")); slices.Contains(media.Sorts(), sort) {
		f.Sort = sort
	}
	q := media.ItemQuery{
		UserID: v.User.ID, Search: f.Query, Kind: media.Kind(f.Kind), Tag: f.Tag, Visibility: f.Visibility, Ending: f.Ending,
		NoAlbum: f.Album == noAlbum, Sort: f.Sort,
	}
	if f.Album == "" || q.NoAlbum {
		return q, f, nil
	}
	a, err := s.Library.Albums.Get(c.Request().Context(), v, f.Album)
	if err == nil && a.UserID != v.User.ID {
		err = site.ErrNotFound
	}
	q.AlbumID, f.AlbumTitle = a.ID, a.Title
	return q, f, err
}

// allowCostly holds lists that no index has the order of against the rate of searches.
func (s *Server) allowCostly(c echo.Context, q media.ItemQuery) error {
	indexed := q.Sort == media.SortNewest || q.Sort == media.SortOldest || q.Sort == media.SortAlbum
	if q.UserID == 0 || q.Search == "" && q.Visibility == "" && !q.Ending && !q.NoAlbum && indexed {
		return nil
	}
	return s.Allow(c, s.Limits.Search, strconv.FormatInt(q.UserID, 10))
}

// Narrows reports whether the filter asks for less than all.
func (f galleryFilter) Narrows() bool {
	f.Sort = media.SortNewest
	return f != galleryFilter{}
}

// Sorts returns the choices of the form.
func (galleryFilter) Sorts() []media.Sort { return media.Sorts() }

// Visibilities returns the choices of the form.
func (galleryFilter) Visibilities() []media.Visibility { return media.Visibilities() }

// chip is a part of a filter that is in force, and the URL of the list without it.
type chip struct{ Text, Without string }

// chips returns the parts of a filter that the form does not show at once.
func (s *Server) chips(c echo.Context, f galleryFilter) (all []chip) {
	catalog := s.Catalog(c)
	add := func(name, text string) {
		query := keptParameters(c)
		query.Del(name)
		all = append(all, chip{text, s.At("/gallery") + "?" + query.Encode()})
	}
	switch f.Album {
	case "":
	case noAlbum:
		add("album", catalog.T("gallery.album.none"))
	default:
		add("album", f.AlbumTitle)
	}
	if f.Tag != "" {
		add("tag", f.Tag)
	}
	if f.Visibility != "" {
		add("visibility", catalog.T("item."+string(f.Visibility)))
	}
	if f.Ending {
		add("ending", catalog.T("gallery.ending"))
	}
	return all
}

// column is the head of a column of a gallery that is shown as a table.
type column struct {
	Key    string // of its message
	URL    string // of the list in its order; "" for no such order
	Sorted string // "ascending" or "descending" if the list is in its order
	Number bool
}

// columns returns the heads of a gallery's table, behind that of the title.
func (s *Server) columns(c echo.Context, f galleryFilter) []column {
	head := func(key string, number bool, sorts ...media.Sort) column {
		col := column{Key: key, Number: number}
		next := sorts[0]
		for i, sort := range sorts {
			if f.Sort == sort {
				col.Sorted, next = "descending", sorts[(i+1)%len(sorts)]
				if sort.Ascends() {
					col.Sorted = "ascending"
				}
			}
		}
		query := keptParameters(c)
		query.Del("sort")
		if next != media.SortNewest {
			query.Set("sort", string(next))
		}
		col.URL = s.At("/gallery") + "?" + query.Encode()
		return col
	}
	return []column{
		head("gallery.file", false, media.SortTitle), head("gallery.size", true, media.SortSize),
		head("gallery.views", true, media.SortViews), head("admin.uploaded", true, media.SortNewest, media.SortOldest),
	}
}

// month is a run of items of one month, or all of a list that is not in the order of time.
type month struct {
	At    string // as ISO 8601 writes it; "" for none
	Items []pages.Card
}

// months parts the items of a list at the beginnings of months where its order is that of time.
func (f galleryFilter) months(items []pages.Card) (all []month) {
	for _, one := range items {
		at := ""
		if f.Sort == media.SortNewest || f.Sort == media.SortOldest {
			at = one.Date.Format("2006-01")
		}
		if len(all) == 0 || all[len(all)-1].At != at {
			all = append(all, month{At: at})
		}
		last := &all[len(all)-1]
		last.Items = append(last.Items, one)
	}
	return all
}
