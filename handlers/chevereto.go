package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
)

// cheveretoServer speaks the upload API of Chevereto V1.1, and that of imgBB.
type cheveretoServer struct {
	*Server
	intake *Intake
}

func newChevereto(site *Server, in *Intake) *cheveretoServer { return &cheveretoServer{site, in} }

// surface answers its errors with JSON and plain text alone.
func (s *cheveretoServer) surface() Surface {
	owns := func(path string) bool {
		return path == "/api" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/1/")
	}
	return Surface{Owns: owns, AnswerError: s.answerAPIError}
}

// routes adds the API. describe goes around what a request is told that asks for
// nothing.
func (s *cheveretoServer) routes(e *echo.Echo, describe echo.MiddlewareFunc) {
	methods := s.allowCrossOrigin(http.MethodGet, http.MethodHead, http.MethodPost)
	for _, path := range []string{"/api", "/api/*"} {
		e.Any(path, s.cheveretoAPI, methods)
	}
	for _, path := range []string{"/api", "/api/"} {
		e.Match([]string{http.MethodGet, http.MethodHead}, path, describe(s.cheveretoAPI), methods)
	}
	e.Any("/1/upload", s.imgbbUpload, methods)
	e.Any("/1/upload/", s.imgbbUpload, methods)
}

// Answer implements the pages' view of the API.
func (s *cheveretoServer) Answer(it present.Item) object { return itemView{it}.answer(false) }

// Image implements the pages' view of the API.
func (s *cheveretoServer) Image(it present.Item) object { return itemView{it}.payload() }

// ErrorBody implements the pages' view of the API.
func (s *cheveretoServer) ErrorBody(e *APIError) object { return errorBody(e) }
