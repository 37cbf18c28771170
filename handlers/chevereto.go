package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/present"
	"postern/handlers/site"
)

// cheveretoServer speaks the upload API of Chevereto V1.1, and that of imgBB.
type cheveretoServer struct {
	*site.Server
	intake *intake.Intake
}

func newChevereto(site *site.Server, in *intake.Intake) *cheveretoServer {
	return &cheveretoServer{site, in}
}

// surface answers its errors with JSON and plain text alone.
func (s *cheveretoServer) surface() site.Surface {
	owns := func(path string) bool {
		return path == "/api" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/1/")
	}
	return site.Surface{Owns: owns, AnswerError: s.answerAPIError}
}

// routes adds the API. describe goes around what a request is told that asks for
// nothing.
func (s *cheveretoServer) routes(e *echo.Echo, describe echo.MiddlewareFunc) {
	methods := s.AllowCrossOrigin(http.MethodGet, http.MethodHead, http.MethodPost)
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
func (s *cheveretoServer) Answer(it present.Item) site.Object { return itemView{it}.answer(false) }

// Image implements the pages' view of the API.
func (s *cheveretoServer) Image(it present.Item) site.Object { return itemView{it}.payload() }

// ErrorBody implements the pages' view of the API.
func (s *cheveretoServer) ErrorBody(e *site.APIError) site.Object { return errorBody(e) }
