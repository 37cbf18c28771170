package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// serveMessages gives scripts what they say, in one language.
func (s *webServer) serveMessages(c echo.Context) error {
	for _, l := range s.catalogs.all {
		if l.Language == c.Param("language") {
			c.Response().Header().Set("Cache-Control", "no-cache")
			return writeJSON(c, http.StatusOK, l.forScripts())
		}
	}
	return errNotFound
}
