// Package community is the surface where people vote and comment on albums, see what users
// have published, and follow each other.
package community

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
)

// Server is the surface of a site with Community. It is safe for concurrent use.
type Server struct{ *pages.Server }

// New returns the surface of a site, whose pages of albums have a discussion then.
func New(shared *pages.Server) *Server {
	s := &Server{shared}
	shared.Discussion = s.discussion
	return s
}

// Routes adds the pages of users, and the forms of a discussion.
func (s *Server) Routes(e *echo.Echo) {
	e.Match([]string{http.MethodGet, http.MethodHead}, "/u/:user", s.viewProfile)
	e.POST("/u/:user/follow", s.follow, s.SameOrigin, s.NeedUser, s.LimitBy(s.Limits.Token, s.UserKey))
	s.ReturnForms(e, map[string]string{"/u/:user/follow": "/u/:user"})
	s.discussionRoutes(e)
}
