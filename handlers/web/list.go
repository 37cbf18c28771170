package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media"
)

// itemList is a list of items that a page shows, whatever page of it.
type itemList struct {
	Title   string
	Viewer  media.Viewer
	Query   media.ItemQuery
	Pending bool         // the queue of moderators instead of the query
	From    media.Sender // whose items of the queue
	Search  url.Values   // of admins, among the items of all, instead of the query; nil for none
}

// listParameters are those of a list's URL that say what it lists; key opens a private album.
var listParameters = append([]string{"key", "from", "user", "guest", "type", "since", "address"}, galleryParameters...)

// listAddress returns the path below the root and the query of the list that the
// request's page shows.
func listAddress(c echo.Context) string {
	query := keptParameters(c)
	address := c.Request().URL.EscapedPath()
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

func keptParameters(c echo.Context) url.Values {
	query := url.Values{}
	for key, values := range c.QueryParams() {
		if slices.Contains(listParameters, key) {
			query[key] = values
		}
	}
	return query
}

// listAt returns the list with an address. The error is as that of its page.
func (s *Server) listAt(c echo.Context, address string) (itemList, error) {
	u, err := url.Parse(pages.LocalPath(address))
	if err != nil {
		return itemList{}, site.ErrNotFound
	}
	list := itemList{Viewer: s.SignedIn(c)}
	list.Viewer.Key = u.Query().Get("key")
	kind, name, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	own := list.Viewer.User.ID
	switch {
	case kind == "gallery" && name == "" && own != 0:
		list.Title = s.Catalog(c).T("gallery.title")
		if list.Query, _, err = s.galleryQuery(c, list.Viewer, u.Query()); err != nil {
			return itemList{}, err
		}
	case kind == "gallery" && name == "bin" && own != 0:
		list.Title, list.Query = s.Catalog(c).T("trash.title"), media.ItemQuery{UserID: own, InTrash: true}
	case kind == "album" && strings.HasSuffix(name, "/add") && own != 0:
		list.Title, list.Query = s.Catalog(c).T("album.add"), addQuery(list.Viewer, u.Query())
	case kind == "album":
		a, err := s.Library.Albums.Get(c.Request().Context(), list.Viewer, name)
		if err != nil {
			return itemList{}, err
		}
		list.Title, list.Query = a.Title, albumQuery(a)
	case kind == "tag" && (own != 0 || s.publicLists()):
		list.Title, list.Query = tagName(name), s.shared(list.Viewer, media.ItemQuery{Tag: tagName(name)})
	case kind == "category" && (own != 0 || s.publicLists()):
		category, err := s.Library.Categories.Find(c.Request().Context(), name)
		if err != nil {
			return itemList{}, err
		}
		list.Title, list.Query = category.Name, s.shared(list.Viewer, media.ItemQuery{CategoryID: category.ID})
	case kind == "u" && s.Community != nil:
		u, err := s.Community.UserNamed(c.Request().Context(), name)
		if err != nil {
			return itemList{}, err
		}
		list.Title, list.Query = u.Name, media.ItemQuery{UserID: u.ID, OnlyListed: true}
	case kind == "moderation" && list.Viewer.MayModerate():
		list.Title, list.Pending = s.Catalog(c).T("moderation.title"), true
		if list.From, _, err = s.sender(c, u.Query()); err != nil {
			return itemList{}, err
		}
	case kind == "admin" && name == "items" && s.FindItems != nil && list.Viewer.MayAdminister():
		list.Title, list.Search = s.Catalog(c).T("admin.items"), u.Query()
	default:
		return itemList{}, site.ErrNotFound
	}
	return list, nil
}

// around is a list as the page of one of its items shows it.
type around struct {
	List, ListTitle string // URL of the page of the list that shows the item; "" for none
	Newer, Next     string // URLs of its neighbours; "" for none
}

// around returns the neighbours of an item in the list that the visitor comes from. The
// parameter list of the request is the address of the list's page. An item that is not in
// the list has no neighbours there, and a list that the visitor may not see is none.
func (s *Server) around(c echo.Context, it media.Item, address string) (a around, err error) {
	list, err := s.listAt(c, address)
	if errors.Is(err, media.ErrForbidden) || s.ToAPIError(err).Status == http.StatusNotFound {
		return a, nil
	}
	if err != nil || list.Pending || list.Search != nil {
		return a, err
	}
	if err := s.allowCostly(c, list.Query); err != nil {
		return a, err
	}
	a.List, a.ListTitle = s.At(pages.LocalPath(address))+"#item-"+it.ID, list.Title
	if a.Newer, err = s.neighbour(c, list, address, "before", it.CursorIn(list.Query.Sort)); err != nil {
		return a, err
	}
	a.Next, err = s.neighbour(c, list, address, "after", it.CursorIn(list.Query.Sort))
	return a, err
}

// neighbour returns the URL of the item beside a place in a list, "" for none. It leads
// back to the page of the list that begins or ends with that item.
func (s *Server) neighbour(c echo.Context, list itemList, address, side string, at media.Cursor) (string, error) {
	q := list.Query
	q.Limit = 1
	if side == "after" {
		q.After = at
	} else {
		q.Before = at
	}
	items, err := s.Library.Items(c.Request().Context(), list.Viewer, q)
	if err != nil || len(items) == 0 {
		return "", err
	}
	back, err := url.Parse(pages.LocalPath(address))
	if err != nil {
		return "", err
	}
	query := back.Query()
	query.Del("after")
	query.Del("before")
	query.Set(side, formatCursor(at))
	back.RawQuery = query.Encode()
	return s.At(s.View(c, items[0]).PathViewer()) + "?list=" + url.QueryEscape(back.String()), nil
}

func albumQuery(a media.Album) media.ItemQuery {
	return media.ItemQuery{AlbumID: a.ID, UserID: a.UserID, Sort: a.Sort()}
}

// shared is a query for the visitor's own items, and for the public ones if the site
// has them.
func (s *Server) shared(v media.Viewer, q media.ItemQuery) media.ItemQuery {
	q.UserID, q.Listed = v.User.ID, s.publicLists()
	return q
}

// tagName is the tag that a part of a path names.
func tagName(path string) string { return strings.Join(strings.Fields(path), " ") }

// ids returns the first IDs of a list.
func (s *Server) ids(c echo.Context, l itemList, limit int) (ids []string, err error) {
	var items []media.Item
	switch {
	case l.Pending:
		var list media.List[media.Item]
		list, err = s.Moderation.Pending(c.Request().Context(), l.Viewer.Caller, l.From, 0, limit)
		items = list.Some
	case l.Search != nil:
		items, err = s.FindItems(c, l.Search, limit)
	default:
		l.Query.Limit = limit
		items, err = s.Library.Items(c.Request().Context(), l.Viewer, l.Query)
	}
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	return ids, err
}

// newBar returns the bar of the list that the request's page shows.
func (s *Server) newBar(c echo.Context, kind string, total int) pages.Bar {
	return pages.Bar{
		Kind: kind, List: listAddress(c), Back: pages.Here(c), Total: min(total, media.MaxSelection), Most: total > media.MaxSelection,
		Undo: !s.Library.Policy().Undo.IsZero(), News: s.news(c),
	}
}
