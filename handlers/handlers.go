// Package handlers speaks HTTP and nothing else: routes, forms in, JSON, text,
// redirects and pages out, errors to statuses. What happens to uploads is in
// package media.
package handlers

import (
	"context"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/form"
	"postern/media"
	"postern/media/auth"
	"postern/media/fetch"
)

// Options are what the handlers are made of.
type Options struct {
	Library     *media.Library
	Keyring     *auth.Keyring
	ViewCounter *media.ViewCounter
	Fetcher     *fetch.Client // nil: URLs are not taken as sources
	Log         *slog.Logger

	Imgpile   Imgpile
	Templates fs.FS // *.html, and words/*.json
	Static    fs.FS

	SiteName       string
	BaseURL        string // without a slash at the end; "": as the request says
	TrustedProxies []netip.Prefix
	CORSOrigin     string // "": no cross-origin answers
	ImageRoute     string // first path element of pictures' pages
	VideoRoute     string // and of clips'
	Location       *time.Location

	MaxBody      int64 // bytes of a request
	MaxField     int64 // bytes of one text field
	Form         form.Limits
	BodyIdle     time.Duration   // without a byte of the body
	BodyRate     int64           // bytes of a body in a second, at least; 0 for any
	MaxDrain     int64           // bytes of a body that nobody wants, read for its sender to see the answer
	AnswerIdle   time.Duration   // without a byte of an answer being taken
	AnswerRate   int64           // bytes of an answer in a second, at least; 0 for any
	Cut          context.Context // ends when requests under way are to end; nil: never
	Rates        Rates
	MetricsHooks MetricsHooks
	Checks       []Check // what /readyz asks
	DeleteOnGet  bool
	DefaultMedia string // formats that are taken, in words for pages
}

// server holds what the handlers share. It is immutable but for what guards
// itself.
type server struct {
	Options
	root     string // path of the site on its host, without a slash at the end
	pages    map[string]*template.Template
	catalogs catalogs
	origins  *http.CrossOriginProtection
	limits   limits

	readiness *readiness
	strangers *strangers

	staticDigest string            // of all of Static
	staticFiles  map[string]string // digests by name
}

// New returns the handler of the whole site.
func New(o Options) (http.Handler, error) {
	s := &server{Options: o, root: rootOf(o.BaseURL), limits: newLimits(o.Rates), strangers: new(strangers), readiness: new(readiness)}
	var err error
	if s.pages, err = parsePages(o.Templates, s.root); err != nil {
		return nil, err
	}
	if s.catalogs, err = parseCatalogs(o.Templates); err != nil {
		return nil, err
	}
	if s.staticDigest, s.staticFiles, err = digestFiles(o.Static); err != nil {
		return nil, err
	}
	if s.origins, err = newOrigins(o.BaseURL); err != nil {
		return nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = s.clientAddress
	e.HTTPErrorHandler = s.answerError
	e.Pre(s.cleanPath)
	e.Use(s.logRequests, s.recoverPanics, setPolicy, s.warnOfStrangers, decodeParams, tameRange, s.rejectEncoded)
	s.routes(e)
	return s.guard(e), nil
}

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
