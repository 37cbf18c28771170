package handlers

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

// shelfPage is what the template of a tag's or category's items shows.
type shelfPage struct {
	listing
	Sort string // key of the word for what it is
	URL  string
}

// place is a tag or category, and where its items are shown.
type place struct {
	Name string
	Path string // "" where the page would not show the visitor the item that named it
}

// publicLists reports whether the site has public lists.
func (s *webServer) publicLists() bool { return s.Community != nil }

// publicOrUser leads to where one signs in, on a site that shows everyone their
// own alone.
func (s *webServer) publicOrUser(next echo.HandlerFunc) echo.HandlerFunc {
	if s.publicLists() {
		return next
	}
	return s.NeedUser(next)
}

// viewTag lists what has a tag, in any spelling. Of a tag that only what the
// visitor must not see has, it says what it says of one that nothing has.
func (s *webServer) viewTag(c echo.Context) error {
	name := strings.Join(strings.Fields(c.Param("*")), " ")
	if name == "" {
		return site.ErrNotFound
	}
	items, p, err := s.shelve(c, media.ItemQuery{Tag: name})
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return site.ErrNotFound
	}
	name = spelling(items[0].Tags, name)
	p.Sort, p.URL = "tag.one", s.SiteURL(c)+present.TagPath(name)
	return s.render(c, http.StatusOK, "shelf", name, p)
}

// spelling is how a tag is spelled among these.
func spelling(tags []string, name string) string {
	for _, tag := range tags {
		if media.FoldTag(tag) == media.FoldTag(name) {
			return tag
		}
	}
	return name
}

// viewCategory lists what is in the category of an ID. The names of categories
// lead there.
func (s *webServer) viewCategory(c echo.Context) error {
	word := strings.TrimRight(c.Param("*"), "/")
	category, err := s.Library.Categories.Find(c.Request().Context(), word)
	if err != nil {
		return err
	}
	if path := present.CategoryPath(category.ID); c.Request().URL.EscapedPath() != path {
		return s.Redirect(c, http.StatusFound, path)
	}
	_, p, err := s.shelve(c, media.ItemQuery{CategoryID: category.ID})
	if err != nil {
		return err
	}
	p.Sort, p.URL = "upload.category", s.SiteURL(c)+present.CategoryPath(category.ID)
	return s.render(c, http.StatusOK, "shelf", category.Name, p)
}

// shelve reads a page of the visitor's own items that q restricts, and of the
// public ones where the site has them.
func (s *webServer) shelve(c echo.Context, q media.ItemQuery) ([]media.Item, shelfPage, error) {
	var p shelfPage
	caller, err := s.SessionCaller(c)
	if err != nil {
		return nil, p, err
	}
	q.UserID, q.Listed = caller.User.ID, s.publicLists()
	var items []media.Item
	p.listing, items, err = s.list(c, s.SignedIn(c), q)
	return items, p, err
}

// addPlaces adds the tags and the category of an item.
func (s *webServer) addPlaces(c echo.Context, caller media.Caller, it media.Item, p *viewerPage) error {
	found, err := s.findable(c, caller, it)
	if err != nil {
		return err
	}
	lead := func(name, path string) place {
		if !found {
			path = ""
		} else {
			path = s.At(path)
		}
		return place{name, path}
	}
	for _, name := range it.Tags {
		p.Tags = append(p.Tags, lead(name, present.TagPath(name)))
	}
	if it.CategoryID == 0 {
		return nil
	}
	category, err := s.Library.Categories.Of(c.Request().Context(), it)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted meanwhile
	}
	p.Category = lead(category.Name, present.CategoryPath(category.ID))
	return err
}

// findable reports whether the pages of its tags show a visitor an item.
func (s *webServer) findable(c echo.Context, caller media.Caller, it media.Item) (bool, error) {
	switch {
	case len(it.Tags) == 0 && it.CategoryID == 0:
		return false, nil
	case it.UserID != 0 && it.UserID == caller.User.ID:
		return true, nil
	case !s.publicLists():
		return false, nil
	}
	return s.Library.Listed(c.Request().Context(), it)
}
