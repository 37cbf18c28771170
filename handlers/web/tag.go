package web

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

// tagPage is the data of the template with the items of a tag or a category.
type tagPage struct {
	listing
	Kind string // key of the message that says which of them it is
	URL  string
}

// tagLink is a tag or category with the path of its items.
type tagLink struct {
	Name string
	Path string // "" if that page would not show the visitor the item
}

// publicLists reports whether the site has public lists.
func (s *Server) publicLists() bool { return s.Community != nil }

// publicOrUser redirects anonymous visitors to the sign-in page if the site has no
// public lists.
func (s *Server) publicOrUser(next echo.HandlerFunc) echo.HandlerFunc {
	if s.publicLists() {
		return next
	}
	return s.NeedUser(next)
}

// viewTag lists the items with a tag, in any spelling. A tag that only hidden items
// have answers 404, like one that nothing has.
func (s *Server) viewTag(c echo.Context) error {
	name := tagName(c.Param("*"))
	if name == "" {
		return site.ErrNotFound
	}
	items, p, err := s.listTagged(c, media.ItemQuery{Tag: name})
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return site.ErrNotFound
	}
	name = spelling(items[0].Tags, name)
	p.Kind, p.URL = "tag.one", s.SiteURL(c)+present.TagPath(name)
	return s.Render(c, http.StatusOK, "tag", name, p)
}

// spelling returns a tag as tags spell it.
func spelling(tags []string, name string) string {
	for _, tag := range tags {
		if media.FoldTag(tag) == media.FoldTag(name) {
			return tag
		}
	}
	return name
}

// viewCategory lists the items of the category with an ID. It redirects names of
// categories to IDs.
func (s *Server) viewCategory(c echo.Context) error {
	word := strings.TrimRight(c.Param("*"), "/")
	category, err := s.Library.Categories.Find(c.Request().Context(), word)
	if err != nil {
		return err
	}
	if path := present.CategoryPath(category.ID); c.Request().URL.EscapedPath() != path {
		return s.Redirect(c, http.StatusFound, path)
	}
	_, p, err := s.listTagged(c, media.ItemQuery{CategoryID: category.ID})
	if err != nil {
		return err
	}
	p.Kind, p.URL = "upload.category", s.SiteURL(c)+present.CategoryPath(category.ID)
	return s.Render(c, http.StatusOK, "tag", category.Name, p)
}

// listTagged reads a page of the items that q selects: the visitor's own, and the
// public ones if the site has them.
func (s *Server) listTagged(c echo.Context, q media.ItemQuery) ([]media.Item, tagPage, error) {
	var p tagPage
	caller, err := s.SessionCaller(c)
	if err != nil {
		return nil, p, err
	}
	var items []media.Item
	if p.listing, items, err = s.list(c, s.SignedIn(c), s.shared(s.SignedIn(c), q)); err != nil {
		return nil, p, err
	}
	p.Bar = s.newBar(c, "seen", len(items))
	p.Bar.Most = p.Newer != "" || p.Older != ""
	for _, it := range items {
		if caller.MayChange(it.UserID) {
			p.Bar.Kind = "own"
		}
	}
	return items, p, nil
}

// addTags adds the tags and the category of an item.
func (s *Server) addTags(c echo.Context, caller media.Caller, it media.Item, p *itemPage) error {
	listed, err := s.isListed(c, caller, it)
	if err != nil {
		return err
	}
	link := func(name, path string) tagLink {
		if !listed {
			path = ""
		} else {
			path = s.At(path)
		}
		return tagLink{name, path}
	}
	for _, name := range it.Tags {
		p.Tags = append(p.Tags, link(name, present.TagPath(name)))
	}
	if it.CategoryID == 0 {
		return nil
	}
	category, err := s.Library.Categories.Of(c.Request().Context(), it)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody deleted it meanwhile
	}
	p.Category = link(category.Name, present.CategoryPath(category.ID))
	return err
}

// isListed reports whether the pages of an item's tags show it to a visitor.
func (s *Server) isListed(c echo.Context, caller media.Caller, it media.Item) (bool, error) {
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
