package web

import (
	"strings"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// serveFile serves a stored file as hostile content. Its type is that of the record,
// and a browser must neither guess another nor run anything in it.
func (s *Server) serveFile(c echo.Context) error {
	v, err := s.fileViewer(c)
	if err != nil {
		return err
	}
	it, role, err := s.Library.ItemAt(c.Request().Context(), v, strings.TrimPrefix(c.Request().URL.Path, "/"))
	if err != nil {
		return err
	}
	return s.ServeItemFile(c, it, role, s.CacheControl(it))
}

// fileViewer is the viewer of a file by its own link.
func (s *Server) fileViewer(c echo.Context) (media.Viewer, error) {
	v, err := s.Viewer(c)
	if s.Old != nil {
		v.File = func(number int64) bool { return s.Old.Imported(c.Request().Context(), number) }
	}
	return v, err
}
