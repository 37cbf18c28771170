package web

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

// viewItem shows an item's page under its canonical path, and redirects other paths
// to it (docs/chevereto-api.md#pages-and-delete-links).
func (s *Server) viewItem(c echo.Context) error {
	it, err := s.pathItem(c)
	if errors.Is(err, fs.ErrNotExist) && !errors.Is(err, media.ErrGone) && c.QueryParams().Has("deleted") {
		catalog := s.Catalog(c)
		return s.RenderMessage(c, http.StatusNotFound, catalog.T("deleted.title"), catalog.T("deleted.text"))
	}
	if err != nil {
		return err
	}
	v := s.View(c, it)
	path := c.Request().URL.EscapedPath()
	if trimmed := strings.TrimRight(path, "/"); trimmed != path {
		return s.Redirect(c, http.StatusMovedPermanently, trimmed)
	}
	if path != v.PathViewer() {
		to := url.URL{RawQuery: c.Request().URL.RawQuery}
		return s.Redirect(c, http.StatusFound, v.PathViewer()+to.String())
	}
	p := newItemPage(v)
	if err := s.addContext(c, it, &p); err != nil {
		return err
	}
	if !s.User(c).Owns(it.UserID) { // who looks at their own is no visitor
		p.Views++
		if c.Request().Method == http.MethodGet {
			s.ViewCounter.Item(it.Number)
		}
	}
	return s.Render(c, http.StatusOK, "item", it.DisplayTitle(), p)
}

// pathItem returns the item that the path names by what follows its last dot.
func (s *Server) pathItem(c echo.Context) (media.Item, error) {
	return s.itemNamed(c, c.Param("item"))
}

func (s *Server) itemNamed(c echo.Context, name string) (media.Item, error) {
	v, err := s.Viewer(c)
	if err != nil {
		return media.Item{}, err
	}
	return s.itemFor(c, v, name)
}

func (s *Server) itemFor(c echo.Context, v media.Viewer, name string) (media.Item, error) {
	id := name[strings.LastIndexByte(name, '.')+1:]
	if !media.ValidID(id) {
		return media.Item{}, errNotFoundItem
	}
	return s.Library.Item(c.Request().Context(), v, id)
}

var errNotFoundItem = fmt.Errorf("item: %w", fs.ErrNotExist)

// itemPage is the data of an item's template.
type itemPage struct {
	pages.Large
	Viewer, Embed, OEmbed   string
	MIME, Name, Description string
	Bytes                   int64
	Date                    time.Time
	Views                   int64
	Tags                    []tagLink
	Category                tagLink
	Facts                   []present.Fact
	Links                   []present.Link

	Ends     []pages.ExpiryChoice // of a link that ends, for the owner of what not everyone may see
	Signed   string               // such a link; "" for none
	Listable bool                 // search engines may have it

	Report           string // path of the form that reports it; "" if the visitor cannot
	Own, Undo        bool   // the visitor may change it; deleting moves it to the trash
	Album, AlbumPath string // the album that the visitor comes from
	Back             string // address of the list to return to after a deletion; "" for the gallery
	Bar              pages.Bar
	around
}

func newItemPage(v present.Item) itemPage {
	viewer := v.Base + v.PathViewer()
	if v.Proof != "" {
		viewer += "?" + v.Proof
	}
	return itemPage{
		Large: pages.NewLarge(v), Viewer: viewer, Embed: v.Base + v.PathShort() + "/embed",
		OEmbed: v.Base + "/oembed?format=json&url=" + url.QueryEscape(viewer),
		MIME:   v.Original.MIME, Name: v.Original.Filename(), Description: v.Description,
		Bytes: v.Original.Size, Date: v.CreatedAt.In(v.Location),
		Views: v.Views, Facts: v.CameraFacts(), Links: v.Links(),
		Listable: v.ForEveryone(),
	}
}

// addContext adds what depends on the visitor and the album that they come from. An
// item alone does not name its album: a link to one image does not give away the
// others.
func (s *Server) addContext(c echo.Context, it media.Item, p *itemPage) error {
	caller, err := s.SessionCaller(c)
	if err != nil {
		return err
	}
	p.Own, p.Undo = caller.MayChange(it.UserID), s.Library.Trash.CanUndo(caller, it)
	if s.Reports != nil && !p.Own && !it.Rejected() {
		p.Report = s.At("/report/" + it.ID)
		if v := s.View(c, it); v.Proof != "" {
			p.Report += "?" + v.Proof
		}
	}
	if p.Own && !it.ForEveryone() && it.Approved() {
		s.addSignedLink(c, it, p)
	}
	if err := s.addTags(c, caller, it, p); err != nil {
		return err
	}
	list := c.QueryParam("list")
	if list != "" {
		p.around, err = s.around(c, it, list)
		p.Back = list
	}
	p.Bar.News = s.news(c)
	if it.AlbumID == 0 || err != nil {
		return err
	}
	v := s.SignedIn(c)
	a, err := s.Library.Albums.Of(c.Request().Context(), v, it)
	if errors.Is(err, media.ErrForbidden) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.QueryParam("album") != a.Slug && !p.Own {
		return nil
	}
	p.Album, p.AlbumPath = a.Title, s.At(present.AlbumPath(a))+present.KeyQuery("?", v.Key)
	if list != "" {
		return nil
	}
	if p.Newer, err = s.albumNeighbour(c, a, media.ItemQuery{Before: it.CursorIn(a.Sort())}); err != nil {
		return err
	}
	p.Next, err = s.albumNeighbour(c, a, media.ItemQuery{After: it.CursorIn(a.Sort())})
	return err
}

// signedFor are the periods that a signed link may live.
var signedFor = []string{"PT1H", "P1D", "P1W", "P1M"}

// addSignedLink adds the form of links that end, and the link that the request asks for.
func (s *Server) addSignedLink(c echo.Context, it media.Item, p *itemPage) {
	for _, text := range signedFor {
		p.Ends = append(p.Ends, pages.ExpiryAfter(text))
		if period, err := media.ParsePeriod(text); err == nil && c.QueryParam("link") == text {
			p.Signed = p.Viewer + "?" + s.SignedQuery(it.ID, period.After(s.Library.Now()))
		}
	}
}

// albumNeighbour returns the path of an item's neighbour in an album, "" for none.
func (s *Server) albumNeighbour(c echo.Context, a media.Album, q media.ItemQuery) (string, error) {
	q.AlbumID, q.UserID, q.Sort, q.Limit = a.ID, a.UserID, a.Sort(), 1
	items, err := s.Library.Items(c.Request().Context(), s.SignedIn(c), q)
	if err != nil || len(items) == 0 {
		return "", err
	}
	return s.At(s.View(c, items[0]).PathViewer()) + "?album=" + a.Slug + present.KeyQuery("&", c.QueryParam("key")), nil
}

// deleteItem asks before it deletes. HEAD never deletes, and GET only if the operator
// wants what Chevereto does: programs that follow links would destroy files.
func (s *Server) deleteItem(c echo.Context) error {
	v, err := s.Viewer(c)
	if err != nil {
		return err
	}
	v.Delete = true // deleteBy compares the token
	it, err := s.itemFor(c, v, c.Param("item"))
	if err != nil {
		return err
	}
	return s.deleteBy(c, it, c.Param("token"))
}

// deleteBy is deleteItem for an item and a token.
func (s *Server) deleteBy(c echo.Context, it media.Item, token string) error {
	allowed, err := s.mayDelete(c, it, token)
	if err != nil {
		return err
	}
	if !allowed {
		return errNotFoundItem
	}
	v := s.View(c, it)
	site.NoStore(c)
	switch c.Request().Method {
	case http.MethodGet:
		if !s.DeleteOnGet {
			return s.Render(c, http.StatusOK, "delete", s.Catalog(c).T("delete.title"), newItemPage(v))
		}
	case http.MethodHead:
		return c.NoContent(http.StatusOK)
	case http.MethodPost, http.MethodDelete:
	default:
		return site.MethodNotAllowed(c, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPost)
	}
	if err := s.Library.DeleteBy(c.Request().Context(), s.User(c), it); err != nil {
		return err
	}
	if c.Request().Method == http.MethodDelete {
		return c.String(http.StatusOK, "deleted\n")
	}
	return s.Redirect(c, http.StatusMovedPermanently, v.PathViewer()+"?deleted")
}
