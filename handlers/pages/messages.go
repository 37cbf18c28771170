package pages

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// serveMessages serves the messages of scripts in one language.
func (s *Server) serveMessages(c echo.Context) error {
	for _, l := range s.Catalogs.All {
		if l.Language == c.Param("language") {
			c.Response().Header().Set("Cache-Control", "no-cache")
			return site.WriteJSON(c, http.StatusOK, l.ForScripts())
		}
	}
	return site.ErrNotFound
}
