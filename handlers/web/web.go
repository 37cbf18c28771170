// Package web is the surface for people: pages, the files that they show, and what
// other sites and apps read of them.
package web

import (
	"context"
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/present"
	"postern/handlers/site"
)

// CheveretoAPI is what pages need of Chevereto's API.
type CheveretoAPI interface {
	// Answer returns the answer to an upload.
	Answer(it present.Item) site.Object
	// Image returns the object of an item in that answer.
	Image(it present.Item) site.Object
	// ErrorBody returns the answer to a request that failed.
	ErrorBody(e *site.APIError) site.Object
}

// ImgpileAPI is what pages need of imgpile's API.
type ImgpileAPI interface {
	// Documentation returns the description of the API for the template api.html.
	Documentation() (any, error)
	// ShareX returns a custom uploader of ShareX with a key in it, in JSON.
	ShareX(c echo.Context, key string) string
}

// Server is the surface. It is safe for concurrent use.
type Server struct {
	*site.Server
	intake    *intake.Intake
	chevereto CheveretoAPI
	imgpile   ImgpileAPI // nil: the site does not have it

	pages        map[string]*template.Template
	staticDigest string            // of all of Static
	staticFiles  map[string]string // digests by name
	readiness    *readiness

	// Shared reports whether there is anything to administer; nil: there are no pages for
	// that.
	Shared func(context.Context) bool
}

// New returns the surface of a site. imgpile is nil if the site does not have that API.
func New(common *site.Server, in *intake.Intake, chevereto CheveretoAPI, imgpile ImgpileAPI) (*Server, error) {
	s := &Server{Server: common, intake: in, chevereto: chevereto, imgpile: imgpile, readiness: new(readiness)}
	var err error
	if s.pages, err = parsePages(s.Templates, s.Root); err != nil {
		return nil, err
	}
	s.staticDigest, s.staticFiles, err = digestFiles(s.Static)
	return s, err
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
	e.Match(get, "/api-v1", s.viewAPI)
	e.Match(get, "/tools", s.viewTools)
	e.POST("/tools/key", s.createKey, s.SameOrigin, s.NeedUser, s.LimitBy(s.Limits.SignIn, site.Network))
	e.Match(get, "/tools/postern.sxcu", s.serveShareX)
	e.Match(get, "/manifest.webmanifest", s.serveManifest)
	e.POST("/upload", s.submitUpload, s.SameOrigin)
	e.POST("/preferences", s.setPreferences, s.SameOrigin)
	e.Match(get, "/sign-in", s.viewSignIn)
	e.POST("/sign-in", s.signIn, s.SameOrigin, s.LimitBy(s.Limits.SignIn, site.Network))
	if s.SSO != nil {
		limit := s.LimitBy(s.Limits.SignIn, site.Network)
		e.Match(get, "/sign-in/sso", s.beginSSO, limit)
		e.Match(get, "/sign-in/sso/callback", s.finishSSO, limit)
	}
	e.POST("/sign-out", s.signOut, s.SameOrigin)
	e.Match(get, "/invitation/:token", s.viewInvitation, s.LimitBy(s.Limits.SignIn, site.Network))
	e.POST("/invitation/:token", s.acceptInvitation, s.SameOrigin, s.LimitBy(s.Limits.SignIn, site.Network))
	e.Match(get, "/account", s.viewAccount, s.NeedUser)
	e.POST("/account", s.saveAccount, s.SameOrigin, s.NeedUser)
	e.POST("/account/password", s.changePassword, s.SameOrigin, s.NeedUser, s.LimitBy(s.Limits.SignIn, site.Network))
	e.POST("/account/sessions/end", s.endSessions, s.SameOrigin, s.NeedUser)
	e.POST("/account/delete", s.deleteAccount, s.SameOrigin, s.NeedUser, s.LimitBy(s.Limits.SignIn, site.Network))
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
	e.Match(get, "/tag/*", s.viewTag, s.publicOrUser)
	e.Match(get, "/category/*", s.viewCategory, s.publicOrUser)
	e.Match(get, "/album/:slug/add", s.viewAddToAlbum, s.NeedUser)
	e.POST("/album/:slug/edit", s.editAlbum, s.SameOrigin, s.NeedUser)
	e.POST("/album/:slug/delete", s.deleteAlbum, s.SameOrigin, s.NeedUser)
	e.Match(get, "/keys", s.viewKeys, s.NeedUser)
	e.POST("/keys", s.addKey, s.SameOrigin, s.NeedUser, s.LimitBy(s.Limits.SignIn, site.Network))
	e.POST("/keys/:id/revoke", s.revokeKey, s.SameOrigin, s.NeedUser)
	e.POST("/keys/sxcu", s.serveKeyShareX, s.SameOrigin, s.NeedUser)
	e.Match(get, "/moderation", s.viewPending, s.NeedUser)
	e.POST("/moderation", s.approveAll, s.SameOrigin, s.NeedUser)
	e.POST("/moderation/:item", s.setModeration, s.SameOrigin, s.NeedUser)
	e.Match(get, "/oembed", s.serveOEmbed)
	e.Match(get, "/images/*", s.serveFile)
	e.Match(get, "/static/*", s.serveStatic)
	e.Match(get, "/words/:language", s.serveMessages)
	e.Match(get, "/favicon.ico", s.redirectToIcon)
	e.Match(get, "/robots.txt", s.serveRobots)
	e.Match(get, "/healthz", s.serveHealth)
	e.Match(get, "/readyz", s.serveReady)
	for path, page := range pagesOfForms {
		e.Match(get, path, s.RedirectTo(page))
	}
	for _, route := range s.itemRoutes() {
		e.Match(get, "/"+route+"/:item", s.viewItem)
		e.Match(get, "/"+route+"/:item/", s.viewItem)
		e.Match(get, "/"+route+"/:item/embed", s.viewEmbed)
		e.Any("/"+route+"/:item/delete/:token", s.deleteItem)
	}
	if s.Community != nil {
		s.communityRoutes(e)
	}
}

// pagesOfForms tells of each path that takes a form, and has no page itself, on which page
// that form stands. Whoever returns to such a path sees that page: browsers keep the path of
// the answer, and choosing a language below it returns there.
var pagesOfForms = map[string]string{
	"/upload":               "/",
	"/preferences":          "/",
	"/sign-out":             "/",
	"/tools/key":            "/tools",
	"/account/password":     "/account",
	"/account/sessions/end": "/account",
	"/account/delete":       "/account",
	"/items":                "/gallery",
	"/items/links":          "/gallery",
	"/items/download":       "/gallery",
	"/items/:item/open":     "/image/:item",
	"/items/:item/discard":  "/image/:item",
	"/items/:item/restore":  "/image/:item",
	"/items/:item/purge":    "/gallery/bin",
	"/album/:slug/open":     "/album/:slug",
	"/album/:slug/edit":     "/album/:slug",
	"/album/:slug/delete":   "/albums",
	"/keys/:id/revoke":      "/keys",
	"/keys/sxcu":            "/keys",
	"/moderation/:item":     "/moderation",
}

// pagesOfCommunityForms is the same for posts and users.
var pagesOfCommunityForms = map[string]string{
	"/p/:post/edit":                "/p/:post",
	"/p/:post/delete":              "/p/:post",
	"/p/:post/vote":                "/p/:post",
	"/p/:post/comments":            "/p/:post",
	"/p/:post/comments/:id/vote":   "/p/:post",
	"/p/:post/comments/:id/delete": "/p/:post",
	"/u/:user/follow":              "/u/:user",
}

// communityRoutes adds the pages of posts and users.
func (s *Server) communityRoutes(e *echo.Echo) {
	get := []string{http.MethodGet, http.MethodHead}
	e.Match(get, "/tools/postern-imgpile.sxcu", s.serveImgpileShareX)
	e.Match(get, "/p/:post", s.viewPost)
	e.Match(get, "/u/:user", s.viewProfile)
	own := []echo.MiddlewareFunc{s.SameOrigin, s.NeedUser, s.LimitBy(s.Limits.Token, s.userName)}
	e.POST("/p/:post/edit", s.editPost, own...)
	e.POST("/p/:post/delete", s.deletePost, own...)
	e.POST("/p/:post/vote", s.votePost, own...)
	e.POST("/p/:post/comments", s.commentPost, own...)
	e.POST("/p/:post/comments/:id/vote", s.voteComment, own...)
	e.POST("/p/:post/comments/:id/delete", s.deleteComment, own...)
	e.POST("/u/:user/follow", s.follow, own...)
	for path, page := range pagesOfCommunityForms {
		e.Match(get, path, s.RedirectTo(page))
	}
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
