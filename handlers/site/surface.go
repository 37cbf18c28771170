package site

import "github.com/labstack/echo/v4"

// Surface is one way to use the site over HTTP: an API, or the pages. Its routes
// are its own affair; this is what the site has to know of the rest.
type Surface struct {
	// Owns reports whether a path, below the root of the site, is one of the
	// surface. nil owns every path.
	Owns func(path string) bool

	// AnswerError answers a request of the surface that has failed with err. known is
	// what may be told of it.
	AnswerError func(c echo.Context, err error, known *APIError) error

	// TrimSlash says that a slash at the end of a path counts for nothing.
	TrimSlash bool
}

// Register adds a surface. Of several that own a path, the one that was added
// first has it; the last one owns every path. Requests come later.
func (s *Server) Register(surface Surface) { s.surfaces = append(s.surfaces, surface) }

// surface is the one that a request asks.
func (s *Server) surface(c echo.Context) Surface {
	for _, surface := range s.surfaces {
		if surface.Owns == nil || surface.Owns(c.Request().URL.Path) {
			return surface
		}
	}
	panic("no surface owns every path")
}
