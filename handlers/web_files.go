package handlers

import (
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// serveFile serves a stored file as hostile content: its type is the record's,
// and a browser may neither guess another nor run anything of it.
func (s *webServer) serveFile(c echo.Context) error {
	v, err := s.Viewer(c)
	if err != nil {
		return err
	}
	it, role, err := s.Library.ItemAt(c.Request().Context(), v, strings.TrimPrefix(c.Request().URL.Path, "/"))
	if err != nil {
		return err
	}
	return s.ServeItemFile(c, it, role, site.CacheControl(it, s.Library.Now()))
}
