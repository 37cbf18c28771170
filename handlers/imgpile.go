package handlers

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/site"
	"postern/media"
	"postern/media/community"
)

// The imgpile surface: a REST API under /api/v1 in the conventions of Laravel,
// on the same library as the Chevereto surface.

// Imgpile bounds what the imgpile surface takes.
type Imgpile struct {
	MaxFile  int64 // bytes of an upload
	MaxDaily int64 // uploads a day of a user without a quota of that sort; 0: any number
}

// imgpileServer speaks the REST API of imgpile.
type imgpileServer struct {
	*site.Server
	intake  *intake.Intake
	options Imgpile
}

func newImgpile(site *site.Server, in *intake.Intake, options Imgpile) *imgpileServer {
	return &imgpileServer{site, in, options}
}

const imgpilePath = "/api/v1"

// endpoint is one of the surface; its path has no prefix.
type endpoint struct {
	method, path string
	handle       echo.HandlerFunc
}

// imgpileEndpoints is the table of the surface.
func (s *imgpileServer) imgpileEndpoints() []endpoint {
	return []endpoint{
		{http.MethodGet, "/media", s.imgpileListMedia},
		{http.MethodPost, "/media", s.imgpileUpload},
		{http.MethodGet, "/media/:item", s.imgpileViewMedia},
		{http.MethodPatch, "/media/:item", s.imgpileEditMedia},
		{http.MethodDelete, "/media/:item", s.imgpileDeleteMedia},
		{http.MethodGet, "/posts", s.imgpileListPosts},
		{http.MethodPost, "/posts", s.imgpileMakePost},
		{http.MethodGet, "/posts/:post", s.imgpileViewPost},
		{http.MethodPatch, "/posts/:post", s.imgpileEditPost},
		{http.MethodDelete, "/posts/:post", s.imgpileDeletePost},
		{http.MethodPost, "/posts/:post/upvote", s.imgpileVotePost(1)},
		{http.MethodPost, "/posts/:post/downvote", s.imgpileVotePost(-1)},
		{http.MethodGet, "/posts/:post/comments", s.imgpileListComments},
		{http.MethodPost, "/posts/:post/comments", s.imgpileComment},
		{http.MethodDelete, "/comments/:id", s.imgpileDeleteComment},
		{http.MethodPost, "/comments/:id/upvote", s.imgpileVoteComment(1)},
		{http.MethodPost, "/comments/:id/downvote", s.imgpileVoteComment(-1)},
		{http.MethodGet, "/users/:user/posts", s.imgpileUserPosts},
		{http.MethodGet, "/users/:user/media", s.imgpileUserMedia},
		{http.MethodGet, "/users/:user/comments", s.imgpileUserComments},
		{http.MethodGet, "/users/:user/followers", s.imgpileFollows((*community.Community).Followers)},
		{http.MethodGet, "/users/:user/following", s.imgpileFollows((*community.Community).Following)},
		{http.MethodPost, "/users/:user/follow", s.imgpileFollow},
		{http.MethodDelete, "/users/:user/follow", s.imgpileUnfollow},
	}
}

func (s *imgpileServer) surface() site.Surface {
	return site.Surface{
		Owns:        func(path string) bool { return path == imgpilePath || strings.HasPrefix(path, imgpilePath+"/") },
		AnswerError: s.answerImgpileError,
		TrimSlash:   true,
	}
}

// routes adds the API, and the files under its names.
func (s *imgpileServer) routes(e *echo.Echo) {
	for path, methods := range resources(s.imgpileEndpoints()) {
		e.Any(imgpilePath+path, methods.dispatch, s.AllowCrossOrigin(methods.allowed()...), s.allowImgpile)
	}
	for _, path := range []string{"", "/*"} {
		e.Any(imgpilePath+path, s.imgpileNotFound, s.AllowCrossOrigin(http.MethodGet), s.allowImgpile)
	}
	get := []string{http.MethodGet, http.MethodHead}
	e.Match(get, "/f/:name", s.imgpileFile)
	e.Match(get, "/api/openapi.json", s.serveOpenAPI, s.AllowCrossOrigin(get...))
	e.OPTIONS("/api/openapi.json", s.serveOpenAPI, s.AllowCrossOrigin(get...))
}

// resource is what one path answers, by method.
type resource map[string]echo.HandlerFunc

// resources gathers endpoints by their paths. HEAD is answered as GET is.
func resources(endpoints []endpoint) map[string]resource {
	all := make(map[string]resource)
	for _, row := range endpoints {
		if all[row.path] == nil {
			all[row.path] = make(resource)
		}
		all[row.path][row.method] = row.handle
		if row.method == http.MethodGet {
			all[row.path][http.MethodHead] = row.handle
		}
	}
	return all
}

// allowed are the methods that the path knows, in alphabetical order.
func (r resource) allowed() []string { return slices.Sorted(maps.Keys(r)) }

// dispatch answers the method of a request, or says which ones there are
// (RFC 9110, section 15.5.6).
func (r resource) dispatch(c echo.Context) error {
	handle, ok := r[c.Request().Method]
	if !ok {
		return site.MethodNotAllowed(c, r.allowed()...)
	}
	return handle(c)
}

func (s *imgpileServer) imgpileNotFound(echo.Context) error { return site.ErrNotFound }

// callerKey is where a request's caller is kept.
const callerKey = "caller"

// allowImgpile tells who calls, by a bearer token, and bounds how often.
func (s *imgpileServer) allowImgpile(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		caller, err := s.authenticateToken(c)
		if err != nil {
			return err
		}
		c.Set(callerKey, caller)
		return next(c)
	}
}

// authenticateToken is who shows a bearer token; without one a guest.
func (s *imgpileServer) authenticateToken(c echo.Context) (media.Caller, error) {
	guest := media.Caller{Guest: true}
	token := site.GivenKey(c)
	if token == "" {
		return guest, s.Allow(c, s.Limits.Public, site.Network(c))
	}
	caller, err := s.Authenticate(c, token)
	if err != nil {
		if limited := s.Allow(c, s.Limits.Public, site.Network(c)); limited != nil {
			err = limited
		}
		return guest, err
	}
	return caller, s.Allow(c, s.Limits.Token, strconv.FormatInt(caller.User.ID, 10))
}

// imgpileCaller is who calls: a user or a guest.
func imgpileCaller(c echo.Context) media.Caller { return c.Get(callerKey).(media.Caller) }

// imgpileViewer is the caller with the access key that the URL carries.
func imgpileViewer(c echo.Context) media.Viewer {
	return media.Viewer{Caller: imgpileCaller(c), Key: c.QueryParam("key")}
}

// imgpileUser is the caller where guests may not go.
func imgpileUser(c echo.Context) (media.Caller, error) {
	caller := imgpileCaller(c)
	if caller.Guest {
		return caller, media.ErrNoKey
	}
	return caller, nil
}

// imgpileTime writes a time as Laravel does.
func imgpileTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// orEmpty is a list that JSON writes as one even when it is nil.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
