// Package handlers speaks HTTP and nothing else: routes, forms in, JSON, text,
// redirects and pages out, errors to statuses. What happens to uploads is in
// package media.
package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// routes is the table of what is served.
func (s *server) routes(e *echo.Echo) {
	cheveretoMethods := s.allowCrossOrigin(http.MethodGet, http.MethodHead, http.MethodPost)
	for _, path := range []string{"/api", "/api/*"} {
		e.Any(path, s.cheveretoAPI, cheveretoMethods)
	}
	if s.Imgpile.Community != nil {
		s.imgpileRoutes(e)
	}
	e.Any("/1/upload", s.imgbbUpload, cheveretoMethods)
	e.Any("/1/upload/", s.imgbbUpload, cheveretoMethods)

	get := []string{http.MethodGet, http.MethodHead}
	for _, path := range []string{"/api", "/api/"} {
		e.Match(get, path, s.describeAPI(s.cheveretoAPI), cheveretoMethods)
	}
	e.Match(get, "/", s.viewHome)
	e.Match(get, "/api-v1", s.viewAPI)
	e.Match(get, "/tools", s.viewTools)
	e.POST("/tools/key", s.createKey, s.sameOrigin, s.needUser, s.limitBy(s.limits.signIn, network))
	e.Match(get, "/tools/key", s.redirectToTools)
	e.Match(get, "/tools/postern.sxcu", s.serveShareX)
	e.Match(get, "/manifest.webmanifest", s.serveManifest)
	e.POST("/upload", s.submitUpload, s.sameOrigin)
	e.Match(get, "/upload", s.redirectToHome)
	e.POST("/preferences", s.setPreferences, s.sameOrigin)
	e.Match(get, "/sign-in", s.viewSignIn)
	e.POST("/sign-in", s.signIn, s.sameOrigin, s.limitBy(s.limits.signIn, network))
	e.POST("/sign-out", s.signOut, s.sameOrigin)
	e.Match(get, "/gallery", s.viewGallery, s.needUser)
	e.Match(get, "/gallery/bin", s.viewTrash, s.needUser)
	e.Match(get, "/items/:item/edit", s.viewEdit, s.needUser)
	e.POST("/items/:item/edit", s.editItem, s.sameOrigin, s.needUser)
	e.POST("/items/:item/discard", s.moveItemToTrash, s.sameOrigin, s.needUser)
	e.POST("/items/:item/restore", s.restoreItem, s.sameOrigin, s.needUser)
	e.POST("/items/:item/purge", s.purgeItem, s.sameOrigin, s.needUser)
	e.Match(get, "/albums", s.viewAlbums, s.needUser)
	e.POST("/albums", s.addAlbum, s.sameOrigin, s.needUser)
	e.Match(get, "/album/:slug", s.viewAlbum)
	e.Match(get, "/a/:slug", s.redirectToAlbum)
	e.Match(get, "/tag/*", s.viewTag, s.publicOrUser)
	e.Match(get, "/category/*", s.viewCategory, s.publicOrUser)
	e.POST("/album/:slug/rename", s.renameAlbum, s.sameOrigin, s.needUser)
	e.POST("/album/:slug/delete", s.deleteAlbum, s.sameOrigin, s.needUser)
	e.Match(get, "/keys", s.viewKeys, s.needUser)
	e.POST("/keys", s.addKey, s.sameOrigin, s.needUser, s.limitBy(s.limits.signIn, network))
	e.POST("/keys/:id/revoke", s.revokeKey, s.sameOrigin, s.needUser)
	e.POST("/keys/sxcu", s.serveKeyShareX, s.sameOrigin, s.needUser)
	e.Match(get, "/moderation", s.viewPending, s.needUser)
	e.POST("/moderation/:item", s.setModeration, s.sameOrigin, s.needUser)
	e.Match(get, "/oembed", s.serveOEmbed)
	e.Match(get, "/images/*", s.serveFile)
	e.Match(get, "/static/*", s.serveStatic)
	e.Match(get, "/words/:language", s.serveMessages)
	e.Match(get, "/favicon.ico", s.redirectToIcon)
	e.Match(get, "/healthz", s.serveHealth)
	e.Match(get, "/readyz", s.serveReady)
	for _, route := range s.viewerRoutes() {
		e.Match(get, "/"+route+"/:item", s.viewItem)
		e.Match(get, "/"+route+"/:item/", s.viewItem)
		e.Match(get, "/"+route+"/:item/embed", s.viewEmbed)
		e.Any("/"+route+"/:item/delete/:token", s.deleteItem)
	}
}

// viewerRoutes are the words that lead to viewers: the configured ones, and
// those under which Chevereto has known the same pages.
func (s *server) viewerRoutes() []string {
	var routes []string
	seen := make(map[string]bool)
	for _, word := range []string{s.ImageRoute, s.VideoRoute, "image", "video", "clip"} {
		if !seen[word] {
			routes, seen[word] = append(routes, word), true
		}
	}
	return routes
}
