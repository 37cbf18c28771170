// Package apps is the surface for whoever connects other apps to the site: the page about
// its APIs, and the page that sets up ShareX and others.
package apps

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/handlers/site"
)

// CheveretoAPI is what the pages need of Chevereto's API.
type CheveretoAPI interface {
	// Answer returns the answer to an upload.
	Answer(it present.Item) site.Object
	// ErrorBody returns the answer to a request that failed.
	ErrorBody(e *site.APIError) site.Object
}

// ImgpileAPI is what the pages need of imgpile's API.
type ImgpileAPI interface {
	// Documentation returns the description of the API for the template api.html.
	Documentation() (any, error)
	// ShareX returns a custom uploader of ShareX with a key in it, in JSON.
	ShareX(c echo.Context, key string) string
}

// Server is the surface. It is safe for concurrent use.
type Server struct {
	*pages.Server
	chevereto CheveretoAPI
	imgpile   ImgpileAPI // nil: the site does not have it
}

// New returns the surface of a site. imgpile is nil if the site does not have that API.
func New(shared *pages.Server, chevereto CheveretoAPI, imgpile ImgpileAPI) *Server {
	return &Server{Server: shared, chevereto: chevereto, imgpile: imgpile}
}

// Routes adds the pages, and the files that apps import.
func (s *Server) Routes(e *echo.Echo) {
	get := []string{http.MethodGet, http.MethodHead}
	e.Match(get, "/api-v1", s.viewAPI)
	e.Match(get, "/tools", s.viewTools)
	e.POST("/tools/key", s.createKey, s.SameOrigin, s.NeedUser, s.LimitBy(s.Limits.SignIn, site.Network))
	e.Match(get, "/tools/postern.sxcu", s.serveShareX)
	if s.imgpile != nil {
		e.Match(get, "/tools/postern-imgpile.sxcu", s.serveImgpileShareX)
	}
	e.POST("/keys/sxcu", s.serveKeyShareX, s.SameOrigin, s.NeedUser)
	s.ReturnForms(e, map[string]string{"/tools/key": "/tools", "/keys/sxcu": "/keys"})
}
