package web

import (
	"strings"

	"github.com/labstack/echo/v4"
)

// serveFile serves a stored file as hostile content. Its type is that of the record,
// and a browser must neither guess another nor run anything in it.
func (s *Server) serveFile(c echo.Context) error {
	v, err := s.Viewer(c)
	if err != nil {
		return err
	}
	it, role, err := s.Library.ItemAt(c.Request().Context(), v, strings.TrimPrefix(c.Request().URL.Path, "/"))
	if err != nil {
		return err
	}
	return s.ServeItemFile(c, it, role, s.CacheControl(it))
}
