// Package imgpile is the surface that speaks the REST API of imgpile under /api/v1, in
// the conventions of Laravel, as docs/imgpile-api.md has it. It works on the same
// library as the other surfaces.
package imgpile

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
	"postern/media/auth"
	"postern/media/community"
)

// Options bound what the surface takes.
type Options struct {
	MaxFile  int64 // bytes of an upload
	MaxDaily int64 // uploads a day of a user without a quota of that sort; 0: any number
}

// Server is the surface. It is immutable.
type Server struct {
	*site.Server
	intake  *intake.Intake
	options Options
}

// New returns the surface of a site, which has a Community.
func New(s *site.Server, in *intake.Intake, options Options) *Server {
	return &Server{s, in, options}
}

const basePath = "/api/v1"

// endpoint is a method of a path below basePath.
type endpoint struct {
	method, path string
	handle       echo.HandlerFunc
}

// endpoints are the routes of the surface.
func (s *Server) endpoints() []endpoint {
	return []endpoint{
		{http.MethodGet, "/media", s.list(s.answerMediaList)},
		{http.MethodPost, "/media", s.upload},
		{http.MethodGet, "/media/:item", s.viewMedia},
		{http.MethodPatch, "/media/:item", s.editMedia},
		{http.MethodDelete, "/media/:item", s.deleteMedia},
		{http.MethodGet, "/posts", s.list(s.answerPostList)},
		{http.MethodPost, "/posts", s.createPost},
		{http.MethodGet, "/posts/:post", s.viewPost},
		{http.MethodPatch, "/posts/:post", s.editPost},
		{http.MethodDelete, "/posts/:post", s.deletePost},
		{http.MethodPost, "/posts/:post/upvote", s.votePost(1)},
		{http.MethodPost, "/posts/:post/downvote", s.votePost(-1)},
		{http.MethodGet, "/posts/:post/comments", s.listComments},
		{http.MethodPost, "/posts/:post/comments", s.addComment},
		{http.MethodDelete, "/comments/:id", s.deleteComment},
		{http.MethodPost, "/comments/:id/upvote", s.voteComment(1)},
		{http.MethodPost, "/comments/:id/downvote", s.voteComment(-1)},
		{http.MethodGet, "/users/:user/posts", s.listOfUser(s.answerPostList)},
		{http.MethodGet, "/users/:user/media", s.listOfUser(s.answerMediaList)},
		{http.MethodGet, "/users/:user/comments", s.listUserComments},
		{http.MethodGet, "/users/:user/followers", s.listFollows((*community.Community).Followers)},
		{http.MethodGet, "/users/:user/following", s.listFollows((*community.Community).Following)},
		{http.MethodPost, "/users/:user/follow", s.follow},
		{http.MethodDelete, "/users/:user/follow", s.unfollow},
	}
}

// Surface owns the paths of the API, and answers errors with JSON.
func (s *Server) Surface() site.Surface {
	return site.Surface{
		Owns:        func(path string) bool { return path == basePath || strings.HasPrefix(path, basePath+"/") },
		AnswerError: s.answerError,
		TrimSlash:   true,
	}
}

// Routes adds the API, its description, and the files under its names.
func (s *Server) Routes(e *echo.Echo) {
	for path, methods := range resources(s.endpoints()) {
		e.Any(basePath+path, methods.dispatch, s.AllowCrossOrigin(methods.allowed()...), s.allow)
	}
	for _, path := range []string{"", "/*"} {
		e.Any(basePath+path, s.notFound, s.AllowCrossOrigin(http.MethodGet), s.allow)
	}
	get := []string{http.MethodGet, http.MethodHead}
	e.Match(get, "/f/:name", s.serveFile)
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

func (s *Server) notFound(echo.Context) error { return site.ErrNotFound }

// callerKey is where the context of a request has its caller.
const callerKey = "caller"

// allow authenticates the caller by a bearer token, and limits the rate of requests.
func (s *Server) allow(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		caller, err := s.authenticateToken(c)
		if err != nil && isUpload(c) {
			return s.intake.RejectUpload(err)
		}
		if err != nil {
			return err
		}
		c.Set(callerKey, caller)
		return next(c)
	}
}

// authenticateToken returns the user of a request's bearer token, a guest without one.
func (s *Server) authenticateToken(c echo.Context) (media.Caller, error) {
	guest := media.Caller{Guest: true}
	token := site.GivenKey(c)
	if token == "" {
		return guest, s.Allow(c, s.Limits.Public, site.Network(c))
	}
	caller, err := s.Authenticate(c, token, rightOf(c.Request()))
	if err != nil {
		if limited := s.Allow(c, s.Limits.Public, site.Network(c)); limited != nil {
			err = limited
		}
		return guest, err
	}
	return caller, s.Allow(c, s.Limits.Token, strconv.FormatInt(caller.User.ID, 10))
}

// rightOf is what a request wants by its token.
func rightOf(r *http.Request) auth.Right {
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return auth.Read
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, basePath+"/media"):
		return auth.Upload
	}
	return auth.Change
}

// callerOf returns who sent a request: a user or a guest.
func callerOf(c echo.Context) media.Caller { return c.Get(callerKey).(media.Caller) }

// viewerOf returns the caller with the access key that the URL carries.
func viewerOf(c echo.Context) media.Viewer {
	return media.Viewer{Caller: callerOf(c), Key: c.QueryParam("key")}
}

// requireUser returns the caller, and media.ErrNoKey for a guest.
func requireUser(c echo.Context) (media.Caller, error) {
	caller := callerOf(c)
	if caller.Guest {
		return caller, media.ErrNoKey
	}
	return caller, nil
}

// formatTime writes a time as Laravel does.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// orEmpty is a list that JSON writes as one even when it is nil.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
