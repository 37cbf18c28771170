package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media"
)

// tagsPage is the data of the template with a user's tags.
type tagsPage struct {
	Tags   []ownTag
	More   bool // the user has more
	Saved  bool
	To     string // as it was typed
	Error  string
	Chosen map[string]bool
}

// ownTag is a tag with the URL of the user's files that have it.
type ownTag struct{ Name, Path string }

// Limit is how many tags the page shows at most.
func (tagsPage) Limit() int { return media.MaxOwnTags }

// viewTags lists the visitor's tags: to scripts as JSON.
func (s *Server) viewTags(c echo.Context) error {
	if !wantsJSON(c) {
		return s.renderTags(c, http.StatusOK, tagsPage{Saved: c.QueryParam("saved") != ""})
	}
	names, _, err := s.Library.Tags(c.Request().Context(), s.User(c))
	if err != nil {
		return err
	}
	if names == nil {
		names = []string{}
	}
	site.NoStore(c)
	return site.WriteJSON(c, http.StatusOK, site.Object{{"tags", names}})
}

func (s *Server) renderTags(c echo.Context, status int, p tagsPage) error {
	names, more, err := s.Library.Tags(c.Request().Context(), s.User(c))
	if err != nil {
		return err
	}
	p.More = more
	for _, name := range names {
		p.Tags = append(p.Tags, ownTag{name, s.At("/gallery") + "?tag=" + url.QueryEscape(name)})
	}
	return s.Render(c, status, "tags", s.Catalog(c).T("tags.title"), p)
}

// renameTags puts one tag in the place of those that the form names, or shows the page
// again with the error.
func (s *Server) renameTags(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	from, to := c.Request().Form["tag"], pages.FormText(c, "to")
	err := media.ErrNoTag
	if tags := intake.ParseTags(to); len(tags) == 1 {
		err = s.Library.Retag(c.Request().Context(), s.User(c), from, tags[0])
	}
	if err != nil {
		return s.Refuse(c, err, func(status int, text string) error {
			p := tagsPage{To: to, Error: text, Chosen: make(map[string]bool)}
			for _, name := range from {
				p.Chosen[name] = true
			}
			return s.renderTags(c, status, p)
		})
	}
	return s.Redirect(c, http.StatusSeeOther, "/tags?saved=1")
}
