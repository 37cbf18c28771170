package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
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
	return s.render(c, status, "albums", s.Catalog(c).T("albums.title"), p)
}

// offeredAlbums is how many albums a form offers to choose from.
const offeredAlbums = 50

// albumField is the field of a form that chooses an album.
type albumField struct {
	Albums     []media.AlbumCard // the newest ones
	MoreAlbums bool              // there are others, which one names by ID or title
	Album      string            // slug of the chosen one, or the text that was typed
	AlbumTitle string            // its title; "" for none
}

// albumField returns the field with the newest albums of a user.
func (s *Server) albumField(c echo.Context, userID int64) (f albumField, err error) {
	if userID == 0 {
		return f, nil
	}
	f.Albums, err = s.Library.Albums.List(c.Request().Context(), media.AlbumQuery{UserID: userID, Limit: offeredAlbums + 1})
	if len(f.Albums) > offeredAlbums {
		f.Albums, f.MoreAlbums = f.Albums[:offeredAlbums], true
	}
	return f, err
}

// addAlbum creates an album and redirects to it.
func (s *Server) addAlbum(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	a, err := s.Library.Albums.Add(c.Request().Context(), s.User(c), formText(c, "title"))
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
	Path, URL string
	Post      string // path of the album as a post
	Link      string // to share: the URL, with the key of a private album
	Cover     string // URL of an image for other sites; "" for none
	Count     int
	Own       bool // the visitor may change it
	Mine      bool // the album is the visitor's
	Trash     bool // what the visitor deletes of it goes to the trash
	Details   media.Post
}

// Visibilities returns the choices of the form.
func (albumPage) Visibilities() []media.Visibility { return media.Visibilities() }

// viewAlbum shows an album to anyone who knows its slug.
func (s *Server) viewAlbum(c echo.Context) error {
	v, a, err := s.pathAlbum(c)
	if err != nil {
		return err
	}
	p := albumPage{Post: s.At(present.PostPath(a.Slug)), Path: s.At(present.AlbumPath(a)), URL: s.SiteURL(c) + present.AlbumPath(a), Own: v.MayChange(a.UserID), Mine: a.UserID == v.User.ID}
	p.Link = p.URL
	if a.IsPrivate() {
		p.Link += present.KeyQuery("?", a.AccessKey)
	}
	q := albumQuery(a)
	var items []media.Item
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
	for i, it := range items {
		p.Items[i].Page = s.At(s.View(c, it).PathViewer()) + "?album=" + a.Slug + present.KeyQuery("&", v.Key)
		if p.Cover == "" && !it.Adult() {
			p.Cover = s.View(c, it).ImageURL()
		}
	}
	if p.Details, err = s.Library.Albums.Details(c.Request().Context(), v, a.Slug); err != nil {
		return err
	}
	p.Trash = s.Library.CanUndo(v.Caller, media.Item{UserID: a.UserID})
	return s.render(c, http.StatusOK, "album", a.Title, p)
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
	return s.render(c, http.StatusOK, "album-add", s.Catalog(c).T("album.add.title", "album", a.Title), p)
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
	if err := s.parseForm(c); err != nil {
		return err
	}
	title, description := media.CutRunes(formText(c, "title"), media.MaxPostTitle), strings.TrimSpace(formText(c, "description"))
	change := media.PostChange{Title: &title}
	form := c.Request().Form
	if form.Has("description") {
		change.Description = &description
	}
	if form.Has("tags") {
		tags := intake.ParseTags(formText(c, "tags"))
		tags = tags[:min(len(tags), intake.MaxPostTags)]
		change.Tags = &tags
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

func (s *Server) deleteAlbum(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	remove := s.Library.Albums.Delete
	if c.FormValue("items") == "1" {
		remove = s.Library.MoveAlbumToTrash
	}
	if err := remove(c.Request().Context(), s.User(c), c.Param("slug")); err != nil {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, "/albums")
}
