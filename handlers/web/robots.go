package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// serveRobots tells search engines what they may fetch. They ask for it at the root of the
// host, so on a site below a path only the header X-Robots-Tag reaches them.
func (s *Server) serveRobots(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=3600")
	return c.String(http.StatusOK, s.Robots.Text())
}
