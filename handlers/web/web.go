// Package web is the surface where people upload, see and arrange items: the pages, the
// files that they show, and what other sites read of them.
package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/handlers/site"
)

// Server is the surface. It is safe for concurrent use.
type Server struct {
	*pages.Server
	intake *intake.Intake
	image  func(present.Item) site.Object
}

// New returns the surface of a site. image returns an item as Chevereto's API answers it,
// for the list that browsers keep of their uploads.
func New(shared *pages.Server, in *intake.Intake, image func(present.Item) site.Object) *Server {
	s := &Server{Server: shared, intake: in, image: image}
	shared.ShowAlbum, shared.Bar = s.renderAlbum, s.newBar
	return s
}

// Surface owns every path that no API owns.
func (s *Server) Surface() site.Surface { return site.Surface{AnswerError: s.answerErrorPage} }

// Routes adds the pages, and everything else that the surface serves.
func (s *Server) Routes(e *echo.Echo) {
	get := []string{http.MethodGet, http.MethodHead}
	if s.Old != nil {
		e.Use(s.oldAddresses)
	}
	e.Match(get, "/", s.viewHome)
	e.POST("/upload", s.submitUpload, s.SameOrigin)
	e.Match(get, "/gallery", s.viewGallery, s.NeedUser)
	e.Match(get, "/gallery/bin", s.viewTrash, s.NeedUser)
	e.POST("/items", s.changeItems, s.SameOrigin, s.NeedUser)
	e.POST("/items/links", s.copyLinks, s.SameOrigin)
	e.POST("/items/download", s.downloadItems, s.SameOrigin)
	e.Match(get, "/items/:item/edit", s.viewEdit, s.NeedUser)
	e.POST("/items/:item/edit", s.editItem, s.SameOrigin, s.NeedUser)
	e.POST("/items/:item/open", s.openItem, s.SameOrigin, s.LimitBy(s.Limits.SignIn, site.Network))
	e.POST("/items/:item/discard", s.moveItemToTrash, s.SameOrigin, s.NeedUser)
	e.POST("/items/:item/restore", s.restoreItem, s.SameOrigin, s.NeedUser)
	e.POST("/items/:item/purge", s.purgeItem, s.SameOrigin, s.NeedUser)
	e.Match(get, "/albums", s.viewAlbums, s.NeedUser)
	e.POST("/albums", s.addAlbum, s.SameOrigin, s.NeedUser)
	e.Match(get, "/album/:slug", s.viewAlbum)
	e.POST("/album/:slug/open", s.openAlbum, s.SameOrigin, s.LimitBy(s.Limits.SignIn, site.Network))
	e.Match(get, "/a/:slug", s.redirectToAlbum)
	e.Match(get, "/tags", s.viewTags, s.NeedUser)
	e.POST("/tags", s.renameTags, s.SameOrigin, s.NeedUser)
	e.Match(get, "/tag/*", s.viewTag, s.publicOrUser)
	e.Match(get, "/category/*", s.viewCategory, s.publicOrUser)
	e.Match(get, "/album/:slug/add", s.viewAddToAlbum, s.NeedUser)
	e.Match(get, "/album/:slug/order", s.viewAlbumOrder, s.NeedUser)
	e.POST("/album/:slug/order", s.orderAlbum, s.SameOrigin, s.NeedUser)
	e.POST("/album/:slug/edit", s.editAlbum, s.SameOrigin, s.NeedUser)
	e.POST("/album/:slug/delete", s.deleteAlbum, s.SameOrigin, s.NeedUser)
	e.Match(get, "/moderation", s.viewPending, s.NeedUser)
	e.POST("/moderation", s.approveAll, s.SameOrigin, s.NeedUser)
	e.POST("/moderation/:item", s.setModeration, s.SameOrigin, s.NeedUser)
	e.Match(get, "/oembed", s.serveOEmbed)
	e.Match(get, "/images/*", s.serveFile)
	e.Match(get, "/robots.txt", s.serveRobots)
	s.ReturnForms(e, pagesOfForms)
	for _, route := range s.itemRoutes() {
		e.Match(get, "/"+route+"/:item", s.viewItem)
		e.Match(get, "/"+route+"/:item/", s.viewItem)
		e.Match(get, "/"+route+"/:item/embed", s.viewEmbed)
		e.Any("/"+route+"/:item/delete/:token", s.deleteItem)
	}
}

// pagesOfForms tells of each path that takes a form, and has no page itself, on which page
// that form stands.
var pagesOfForms = map[string]string{
	"/upload":              "/",
	"/items":               "/gallery",
	"/items/links":         "/gallery",
	"/items/download":      "/gallery",
	"/items/:item/open":    "/image/:item",
	"/items/:item/discard": "/image/:item",
	"/items/:item/restore": "/image/:item",
	"/items/:item/purge":   "/gallery/bin",
	"/album/:slug/open":    "/album/:slug",
	"/album/:slug/edit":    "/album/:slug",
	"/album/:slug/delete":  "/albums",
	"/moderation/:item":    "/moderation",
}

// itemRoutes returns the first parts of the paths of items' pages: the configured ones,
// and those of Chevereto.
func (s *Server) itemRoutes() []string {
	var routes []string
	seen := make(map[string]bool)
	for _, word := range []string{s.ImageRoute, s.VideoRoute, "image", "video", "clip"} {
		if !seen[word] {
			routes, seen[word] = append(routes, word), true
		}
	}
	return routes
}
