// Package chevereto is the surface that speaks the upload API of Chevereto V1.1, as
// docs/chevereto-api.md has it, and the form of imgBB's.
package chevereto

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/present"
	"postern/handlers/site"
)

// Server is the surface. It is immutable.
type Server struct {
	*site.Server
	intake *intake.Intake
}

// New returns the surface of a site.
func New(s *site.Server, in *intake.Intake) *Server { return &Server{s, in} }

// Surface owns the paths of the API, and answers errors with JSON and plain text alone.
func (s *Server) Surface() site.Surface {
	owns := func(path string) bool {
		return path == "/api" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/1/")
	}
	return site.Surface{Owns: owns, AnswerError: s.answerFault}
}

// Routes adds the API. describe is middleware for its root, which asks for nothing.
func (s *Server) Routes(e *echo.Echo, describe echo.MiddlewareFunc) {
	methods := s.AllowCrossOrigin(http.MethodGet, http.MethodHead, http.MethodPost)
	for _, path := range []string{"/api", "/api/*"} {
		e.Any(path, s.answerPath, methods)
	}
	for _, path := range []string{"/api", "/api/"} {
		e.Match([]string{http.MethodGet, http.MethodHead}, path, describe(s.answerPath), methods)
	}
	e.Any("/1/upload", s.imgbbUpload, methods)
	e.Any("/1/upload/", s.imgbbUpload, methods)
}

// Answer returns the answer to an upload, for the page about the API.
func (s *Server) Answer(it present.Item) site.Object { return itemView{it}.answer(false) }

// Image returns the object of an item in answers.
func (s *Server) Image(it present.Item) site.Object { return itemView{it}.payload() }
