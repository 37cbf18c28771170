package community

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

// backToAlbum redirects to the page of the album that the path names.
func (s *Server) backToAlbum(c echo.Context, fragment string) error {
	to := present.AlbumPath(media.Album{Slug: c.Param("slug")})
	return s.Redirect(c, http.StatusSeeOther, to+present.KeyQuery("?", site.AccessKey(c))+fragment)
}

// formVote reads a vote, 1 or -1.
func formVote(c echo.Context) (int, error) {
	switch c.FormValue("vote") {
	case "1":
		return 1, nil
	case "-1":
		return -1, nil
	}
	return 0, site.BadRequest(400, "Malformed request body")
}

func (s *Server) voteAlbum(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	value, err := formVote(c)
	if err != nil {
		return err
	}
	_, err = s.Community.VotePost(c.Request().Context(), s.SignedIn(c), c.Param("slug"), value)
	if err != nil {
		return err
	}
	return s.backToAlbum(c, "")
}

// commentAlbum adds a comment, or shows the page again with the error.
func (s *Server) commentAlbum(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	post, err := s.Community.Post(c.Request().Context(), s.SignedIn(c), c.Param("slug"))
	if err != nil {
		return err
	}
	content := strings.TrimSpace(pages.FormText(c, "content"))
	if n := len([]rune(content)); n == 0 || n > media.MaxComment {
		return s.ShowAlbum(c, http.StatusBadRequest, func(d *pages.Discussion) {
			d.Typed, d.Error = content, s.Catalog(c).T("post.comment.length", "n", media.MaxComment)
		})
	}
	parent, _ := strconv.ParseInt(c.FormValue("parent"), 10, 64)
	said, err := s.Community.AddComment(c.Request().Context(), s.User(c), post, content, parent)
	if err != nil {
		return err
	}
	return s.backToAlbum(c, "#comment-"+strconv.FormatInt(said.ID, 10))
}

func (s *Server) voteComment(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	value, err := formVote(c)
	if err != nil {
		return err
	}
	id, err := site.PathNumber(c, "id")
	if err != nil {
		return err
	}
	if _, err := s.Community.VoteComment(c.Request().Context(), s.SignedIn(c), c.Param("slug"), id, value); err != nil {
		return err
	}
	return s.backToAlbum(c, "#comment-"+strconv.FormatInt(id, 10))
}

func (s *Server) deleteComment(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	id, err := site.PathNumber(c, "id")
	if err != nil {
		return err
	}
	if err := s.Community.DeleteComment(c.Request().Context(), s.SignedIn(c), c.Param("slug"), id); err != nil {
		return err
	}
	return s.backToAlbum(c, "#comments")
}
