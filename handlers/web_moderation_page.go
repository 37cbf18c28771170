package handlers

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
)

const moderationPageItems = 60

// moderationPage is what the template of the pending list shows.
type moderationPage struct {
	Items []viewerPage
	Total int
	Next  string // URL of the page with later ones; "" for none
}

// viewPending shows admins what waits for them, the oldest first.
func (s *webServer) viewPending(c echo.Context) error {
	after, _ := strconv.ParseInt(c.QueryParam("after"), 10, 64)
	list, err := s.Moderation.Pending(c.Request().Context(), s.User(c), after, moderationPageItems)
	if err != nil {
		return err
	}
	p := moderationPage{Total: list.Total}
	for _, it := range list.Some {
		p.Items = append(p.Items, newViewerPage(s.View(c, it)))
	}
	if n := len(list.Some); n == moderationPageItems {
		p.Next = s.At("/moderation?after=" + strconv.FormatInt(list.Some[n-1].Number, 10))
	}
	return s.render(c, http.StatusOK, "moderation", s.Catalog(c).Say("moderation.title"), p)
}

// setModeration takes an admin's verdict.
func (s *webServer) setModeration(c echo.Context) error {
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
	return s.Redirect(c, http.StatusSeeOther, "/moderation")
}
