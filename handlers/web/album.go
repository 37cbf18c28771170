package web

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/media"
)

// albumCard is an album in a list.
type albumCard struct {
	Title, Path, Cover string
	Count              int
}

// albumsPage is the data of the template with a user's albums.
type albumsPage struct {
	Albums []albumCard
	pageLinks
	Error string
}

// viewAlbums lists the visitor's albums, newest first.
func (s *Server) viewAlbums(c echo.Context) error { return s.renderAlbums(c, http.StatusOK, "") }

func (s *Server) renderAlbums(c echo.Context, status int, fault string) error {
	cards, around, err := paginate(s, c, (*media.AlbumCard).Cursor, func(after, before media.Cursor, limit int) ([]media.AlbumCard, error) {
		q := media.AlbumQuery{UserID: s.User(c).User.ID, After: after, Before: before, Limit: limit}
		return s.Library.Albums.List(c.Request().Context(), q)
	})
	if err != nil {
		return err
	}
	p := albumsPage{Error: fault, pageLinks: around}
	for _, a := range cards {
		cover := s.View(c, media.Item{}).URL(a.Cover)
		p.Albums = append(p.Albums, albumCard{Title: a.Title, Path: s.At(present.AlbumPath(a.Album)), Cover: cover, Count: a.Items})
	}
	return s.Render(c, status, "albums", s.Catalog(c).T("albums.title"), p)
}

// addAlbum creates an album and redirects to it.
func (s *Server) addAlbum(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	a, err := s.Library.Albums.Add(c.Request().Context(), s.User(c), pages.FormText(c, "title"))
	if errors.Is(err, media.ErrNoTitle) {
		fault := s.ToAPIError(err)
		s.LogRefusal(c, fault, err)
		return s.renderAlbums(c, fault.Status, s.Catalog(c).ErrorText(fault.Message))
	}
	if err != nil {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, present.AlbumPath(a))
}

// albumPage is the data of an album's template.
type albumPage struct {
	listing
	Path, URL  string
	Link       string // to share: the URL, with the key of a private album
	Cover      string // URL of an image for other sites; "" for none
	Count      int
	Own        bool // the visitor may change it
	Mine       bool // the album is the visitor's
	Trash      bool // what the visitor deletes of it goes to the trash
	Edit       bool // the form that changes it is open
	Details    *media.Post
	Date       time.Time
	Discussion *pages.Discussion // nil: the site has none
}

// Visibilities returns the choices of the form.
func (albumPage) Visibilities() []media.Visibility { return media.Visibilities() }

// viewAlbum shows an album to anyone who knows its slug.
func (s *Server) viewAlbum(c echo.Context) error { return s.renderAlbum(c, http.StatusOK, nil) }

// renderAlbum answers with the page of the album that the path names. say adds to what
// people think of it; nil for a visit, which counts.
func (s *Server) renderAlbum(c echo.Context, status int, say func(*pages.Discussion)) error {
	if _, err := s.SessionCaller(c); err != nil {
		return err
	}
	v := s.SignedIn(c)
	details, err := s.Library.Albums.Details(c.Request().Context(), v, c.Param("slug"))
	if err != nil {
		return err
	}
	a := details.Album
	p := albumPage{
		Path: s.At(present.AlbumPath(a)), URL: s.SiteURL(c) + present.AlbumPath(a), Own: v.MayChange(a.UserID), Mine: a.UserID == v.User.ID,
		Edit: c.QueryParams().Has("edit"), Details: &details, Date: a.CreatedAt.In(s.Location),
	}
	p.Link = p.URL + present.KeyQuery("?", v.Key)
	if p.Own {
		p.Link = p.URL + present.KeyQuery("?", a.AccessKey)
	}
	if err := s.fillAlbum(c, v, &p); err != nil {
		return err
	}
	if s.Discussion != nil {
		if say == nil && c.Request().Method == http.MethodGet && !v.Owns(a.UserID) {
			s.ViewCounter.Post(a.ID)
			p.Details.Views++
		}
		if p.Discussion, err = s.Discussion(c, details); err != nil {
			return err
		}
		if say != nil {
			say(p.Discussion)
		}
	}
	p.Trash = s.Library.Trash.CanUndo(v.Caller, media.Item{UserID: a.UserID})
	if !a.InLists() {
		c.Response().Header().Set("X-Robots-Tag", "noindex")
	}
	return s.Render(c, status, "album", details.DisplayTitle(), p)
}

// fillAlbum reads a page of the items of an album, and what stands for them on other sites.
func (s *Server) fillAlbum(c echo.Context, v media.Viewer, p *albumPage) error {
	a, q := p.Details.Album, albumQuery(p.Details.Album)
	var items []media.Item
	var err error
	if p.listing, items, err = s.list(c, v, q); err != nil {
		return err
	}
	if p.Count, err = s.Library.CountItems(c.Request().Context(), v, q); err != nil {
		return err
	}
	kind := "seen"
	if p.Own {
		kind = "own"
	}
	p.Bar = s.newBar(c, kind, p.Count)
	p.Bar.Album = true
	if cover, err := s.Library.Albums.Cover(c.Request().Context(), a); err == nil {
		p.Cover = s.View(c, cover).ImageURL()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for i, it := range items {
		p.Items[i].Page = s.At(s.View(c, it).PathViewer()) + "?album=" + a.Slug + present.KeyQuery("&", v.Key)
		if p.Cover == "" && !it.Adult() { // none was chosen
			p.Cover = s.View(c, it).ImageURL()
		}
	}
	return nil
}

// addPage is the data of the template that adds items to an album.
type addPage struct {
	listing
	Album media.Album
	Path  string // of the album
	All   bool   // not only items that are in no album
}

// viewAddToAlbum lists the visitor's items, to choose those that join an album.
func (s *Server) viewAddToAlbum(c echo.Context) error {
	v, a, err := s.pathAlbum(c)
	if err != nil {
		return err
	}
	if a.UserID != v.User.ID {
		return media.ErrForbidden
	}
	p := addPage{Album: a, Path: s.At(present.AlbumPath(a)), All: c.QueryParam("from") == "all"}
	q := addQuery(v, c.QueryParams())
	if err := s.allowCostly(c, q); err != nil {
		return err
	}
	if p.listing, _, err = s.list(c, v, q); err != nil {
		return err
	}
	count, err := s.Library.CountItems(c.Request().Context(), v, q)
	if err != nil {
		return err
	}
	p.Bar = s.newBar(c, "add", count)
	p.Bar.Into, p.Bar.Back = a.Slug, present.AlbumPath(a)
	return s.Render(c, http.StatusOK, "album-add", s.Catalog(c).T("album.add.title", "album", a.Title), p)
}

// addQuery is what the page that adds items to an album lists with these parameters.
func addQuery(v media.Viewer, values url.Values) media.ItemQuery {
	return media.ItemQuery{UserID: v.User.ID, NoAlbum: values.Get("from") != "all"}
}

// pathAlbum returns the visitor, and the album that the path names.
func (s *Server) pathAlbum(c echo.Context) (media.Viewer, media.Album, error) {
	if _, err := s.SessionCaller(c); err != nil {
		return media.Viewer{}, media.Album{}, err
	}
	v := s.SignedIn(c)
	a, err := s.Library.Albums.Get(c.Request().Context(), v, c.Param("slug"))
	return v, a, err
}

// redirectToAlbum redirects from the short path of an album.
func (s *Server) redirectToAlbum(c echo.Context) error {
	_, a, err := s.pathAlbum(c)
	if err != nil {
		return err
	}
	return s.Redirect(c, http.StatusFound, present.AlbumPath(a)+present.KeyQuery("?", c.QueryParam("key")))
}

// editAlbum changes an album as the form on its page says. What the form does not have
// stays.
func (s *Server) editAlbum(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	title, description := media.CutRunes(pages.FormText(c, "title"), media.MaxPostTitle), strings.TrimSpace(pages.FormText(c, "description"))
	change := media.PostChange{Title: &title}
	form := c.Request().Form
	if form.Has("description") {
		change.Description = &description
	}
	if form.Has("tags") {
		tags := intake.ParseTags(pages.FormText(c, "tags"))
		tags = tags[:min(len(tags), intake.MaxPostTags)]
		change.Tags = &tags
	}
	if form.Has("marks") { // a box that is not checked is not there
		nsfw := form.Get("nsfw") == "1"
		change.NSFW = &nsfw
	}
	visibility, err := intake.ParseVisibility(c.FormValue("visibility"))
	if visibility != "" {
		change.Visibility = &visibility
	}
	if err == nil {
		change.Lock, err = s.newLock(c)
	}
	slug := c.Param("slug")
	if err == nil {
		err = s.Library.Albums.Change(c.Request().Context(), s.User(c), slug, change)
	}
	if err != nil {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, "/album/"+slug)
}

// deleteAlbum deletes an album, with its items where the form has items=1. With empty=1, an
// album with items stays.
func (s *Server) deleteAlbum(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	remove := s.Library.Albums.Delete
	switch {
	case c.FormValue("items") == "1":
		remove = s.Library.Trash.MoveAlbum
	case c.FormValue("empty") == "1":
		remove = s.Library.Albums.DeleteEmpty
	}
	if err := remove(c.Request().Context(), s.User(c), c.Param("slug")); err != nil {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, "/albums")
}
