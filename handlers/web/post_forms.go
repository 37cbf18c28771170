package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

// backToPost redirects to the post's page.
func (s *Server) backToPost(c echo.Context, slug, fragment string) error {
	target := present.PostPath(slug) + present.KeyQuery("?", site.AccessKey(c))
	if c.FormValue("show") == "1" {
		separator := "?"
		if strings.Contains(target, "?") {
			separator = "&"
		}
		target += separator + "show=1"
	}
	return s.Redirect(c, http.StatusSeeOther, target+fragment)
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

func (s *Server) votePost(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	value, err := formVote(c)
	if err != nil {
		return err
	}
	_, err = s.Community.VotePost(c.Request().Context(), s.SignedIn(c), c.Param("post"), value)
	if err != nil {
		return err
	}
	return s.backToPost(c, c.Param("post"), "")
}

// commentPost adds a comment, or shows the page again with the error.
func (s *Server) commentPost(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	post, err := s.pathPost(c)
	if err != nil {
		return err
	}
	content := strings.TrimSpace(formText(c, "content"))
	if n := len([]rune(content)); n == 0 || n > media.MaxComment {
		return s.renderPost(c, http.StatusBadRequest, postPage{Post: post, Typed: content, Error: s.Catalog(c).T("post.comment.length", "n", media.MaxComment)})
	}
	parent, _ := strconv.ParseInt(c.FormValue("parent"), 10, 64)
	said, err := s.Community.AddComment(c.Request().Context(), s.User(c), post, content, parent)
	if err != nil {
		return err
	}
	return s.backToPost(c, post.Slug, "#comment-"+strconv.FormatInt(said.ID, 10))
}

func (s *Server) voteComment(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
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
	if _, err := s.Community.VoteComment(c.Request().Context(), s.SignedIn(c), c.Param("post"), id, value); err != nil {
		return err
	}
	return s.backToPost(c, c.Param("post"), "#comment-"+strconv.FormatInt(id, 10))
}

func (s *Server) deleteComment(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	id, err := site.PathNumber(c, "id")
	if err != nil {
		return err
	}
	if err := s.Community.DeleteComment(c.Request().Context(), s.SignedIn(c), c.Param("post"), id); err != nil {
		return err
	}
	return s.backToPost(c, c.Param("post"), "#comments")
}

// editPost changes a post as the form on its page says.
func (s *Server) editPost(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	title := media.CutRunes(strings.TrimSpace(formText(c, "title")), media.MaxPostTitle)
	description, nsfw := strings.TrimSpace(formText(c, "description")), c.FormValue("nsfw") == "1"
	tags := intake.ParseTags(formText(c, "tags"))
	visibility := media.Visibility(c.FormValue("visibility"))
	if !slices.Contains(media.Visibilities(), visibility) {
		return site.BadRequest(400, "Malformed request body")
	}
	tags = tags[:min(len(tags), intake.MaxPostTags)]
	_, err := s.Community.ChangePost(c.Request().Context(), s.User(c), c.Param("post"), media.PostChange{
		Title: &title, Description: &description, NSFW: &nsfw, Tags: &tags, Visibility: &visibility,
	})
	if err != nil {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, present.PostPath(c.Param("post")))
}

func (s *Server) deletePost(c echo.Context) error {
	if err := s.Community.DeletePost(c.Request().Context(), s.User(c), c.Param("post")); err != nil {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, present.ProfilePath(s.User(c).User.Name))
}
