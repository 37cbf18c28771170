package web

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
)

const moderationPageItems = 60

// moderationPage is the data of the template with pending items.
type moderationPage struct {
	Items []itemPage
	Total int
	Next  string // URL of the page with later ones; "" for none
	Bar   bar
}

// viewPending lists the pending items for moderators, the oldest first.
func (s *Server) viewPending(c echo.Context) error {
	after, _ := strconv.ParseInt(c.QueryParam("after"), 10, 64)
	list, err := s.Moderation.Pending(c.Request().Context(), s.User(c), after, moderationPageItems)
	if err != nil {
		return err
	}
	p := moderationPage{Total: list.Total, Bar: s.newBar(c, "pending", list.Total)}
	for _, it := range list.Some {
		if s.Library.Rule().Item(s.SignedIn(c), &it) != nil {
			continue // admins decide about what is private
		}
		p.Items = append(p.Items, newItemPage(s.View(c, it)))
	}
	if n := len(list.Some); n == moderationPageItems {
		p.Next = s.At("/moderation?after=" + strconv.FormatInt(list.Some[n-1].Number, 10))
	}
	return s.render(c, http.StatusOK, "moderation", s.Catalog(c).T("moderation.title"), p)
}

// setModeration sets an item's moderation status as a moderator decided.
func (s *Server) setModeration(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	verdict, ok := media.ParseVerdict(c.FormValue("verdict"))
	if !ok {
		return site.BadRequest(400, "Malformed request body")
	}
	if err := s.Moderation.Set(c.Request().Context(), s.User(c), c.Param("item"), verdict); err != nil {
		return err
	}
	back := c.FormValue("back") // the page of the list
	if back == "" {
		back = "/moderation"
	}
	return s.Redirect(c, http.StatusSeeOther, localPath(back))
}
