package community

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

const pageComments = 100

// discussionRoutes adds what people do with albums on a site with Community, and the
// addresses that albums had there once.
func (s *Server) discussionRoutes(e *echo.Echo) {
	get := []string{http.MethodGet, http.MethodHead}
	own := []echo.MiddlewareFunc{s.SameOrigin, s.NeedUser, s.LimitBy(s.Limits.Token, s.UserKey)}
	e.POST("/album/:slug/vote", s.voteAlbum, own...)
	e.POST("/album/:slug/comments", s.commentAlbum, own...)
	e.POST("/album/:slug/comments/:id/vote", s.voteComment, own...)
	e.POST("/album/:slug/comments/:id/delete", s.deleteComment, own...)
	s.ReturnForms(e, map[string]string{
		"/album/:slug/vote":                "/album/:slug",
		"/album/:slug/comments":            "/album/:slug",
		"/album/:slug/comments/:id/vote":   "/album/:slug",
		"/album/:slug/comments/:id/delete": "/album/:slug",
	})
	e.Match(get, "/p/:slug", s.redirectFromPost)
	e.Match(append(get, http.MethodPost), "/p/:slug/*", s.redirectFormOfPost)
}

// redirectFromPost redirects from the address of a post to that of the album that it is.
// A post may be named by its number, too.
func (s *Server) redirectFromPost(c echo.Context) error {
	if _, err := s.SessionCaller(c); err != nil {
		return err
	}
	p, err := s.Community.Post(c.Request().Context(), s.SignedIn(c), c.Param("slug"))
	if errors.Is(err, media.ErrLocked) {
		c.SetParamValues(p.Slug) // for the form that asks for the password
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "private, no-cache") // others may not see it
	to := present.AlbumPath(p.Album)
	if query := c.Request().URL.RawQuery; query != "" {
		to += "?" + query
	}
	return s.Redirect(c, http.StatusMovedPermanently, to)
}

// redirectFormOfPost redirects a form of a page of a post, which a browser may have kept.
func (s *Server) redirectFormOfPost(c echo.Context) error {
	rest := strings.TrimPrefix(c.Request().URL.EscapedPath(), "/p/")
	return s.Redirect(c, http.StatusPermanentRedirect, "/album/"+rest)
}

// discussion reads a page of the comments of an album.
func (s *Server) discussion(c echo.Context, p media.Post) (*pages.Discussion, error) {
	v, at := s.SignedIn(c), pages.PageNumber(c, "comments")
	list, err := s.Community.PostComments(c.Request().Context(), v, p, (at-1)*pageComments, pageComments)
	if err != nil {
		return nil, err
	}
	d := &pages.Discussion{
		Author: p.UserName, AuthorPath: s.At(present.ProfilePath(p.UserName)), Key: site.AccessKey(c), Guest: v.User.ID == 0,
		Comments: s.threads(v.Caller, list.Some), Count: list.Total,
	}
	if at*pageComments < list.Total {
		d.More = s.NumberedPage(c, "comments", at+1) + "#comments"
	}
	return d, nil
}

// threads orders comments so that answers follow the comment that they answer.
func (s *Server) threads(caller media.Caller, comments []media.Comment) (ordered []pages.Comment) {
	here := make(map[int64]bool)
	answers := make(map[int64][]media.Comment)
	for _, one := range comments {
		here[one.ID] = true
		parent := one.ParentID
		if !here[parent] {
			parent = 0 // on another page
		}
		answers[parent] = append(answers[parent], one)
	}
	var add func(parent int64, depth int)
	add = func(parent int64, depth int) {
		for _, one := range answers[parent] {
			ordered = append(ordered, pages.Comment{
				Comment: one, UserPath: s.At(present.ProfilePath(one.UserName)), Date: one.CreatedAt.In(s.Location), Depth: min(depth, 3),
				Own: caller.MayChange(one.UserID),
			})
			add(one.ID, depth+1)
		}
	}
	add(0, 0)
	return ordered
}
