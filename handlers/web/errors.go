package web

import (
	"errors"
	"fmt"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
)

// answerErrorPage answers a failed request with a page, or with the form for the password
// that it lacks.
func (s *Server) answerErrorPage(c echo.Context, err error, e *site.APIError) error {
	if errors.Is(err, media.ErrLocked) {
		if asked, err := s.askPassword(c); asked {
			return err
		}
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	catalog := s.Catalog(c)
	title := fmt.Sprintf("status.%d", e.Status)
	if !catalog.Has(title) {
		title = fmt.Sprintf("status.%d", e.Status/100*100)
	}
	return s.RenderMessage(c, e.Status, catalog.T(title), catalog.ErrorText(e.Message))
}
