package site

import "github.com/labstack/echo/v4"

// Surface is what the site knows of an API, or of the pages, besides their routes.
type Surface struct {
	// Owns reports whether a path, below the root of the site, is one of the
	// surface. nil owns every path.
	Owns func(path string) bool

	// AnswerError answers a request of the surface that failed with err. known is what
	// the client may know of it.
	AnswerError func(c echo.Context, err error, known *APIError) error

	// TrimSlash ignores a slash at the end of a path.
	TrimSlash bool
}

// Register adds a surface. If several own a path, the first one gets it; the last one
// must own every path. Call it before the first request.
func (s *Server) Register(surface Surface) { s.surfaces = append(s.surfaces, surface) }

// surface returns the surface that owns the path of a request.
func (s *Server) surface(c echo.Context) Surface {
	for _, surface := range s.surfaces {
		if surface.Owns == nil || surface.Owns(c.Request().URL.Path) {
			return surface
		}
	}
	panic("no surface owns every path")
}
