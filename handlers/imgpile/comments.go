package imgpile

import (
	"errors"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
)

// comment returns the object of a comment.
func (p *presenter) comment(c media.Comment) site.Object {
	var parent any
	if c.ParentID != 0 {
		parent = c.ParentID
	}
	return site.Object{
		{"id", c.ID}, {"content", c.Content}, {"user_id", c.UserID}, {"post_id", c.PostID}, {"parent_id", parent},
		{"score", c.Score}, {"isUpvotedByUser", c.Vote > 0}, {"isDownvotedByUser", c.Vote < 0},
		{"created_at", formatTime(c.CreatedAt)}, {"user", p.userObject(p.c, c.UserName, c.UserAvatar)},
	}
}

func (s *Server) listComments(c echo.Context) error {
	ctx := c.Request().Context()
	v := viewerOf(c)
	post, err := s.Community.Post(ctx, v, c.Param("post"))
	if err != nil {
		return err
	}
	p := newPager(c, "page", "limit")
	list, err := s.Community.PostComments(ctx, v, post, p.offset(), p.limit)
	if err != nil {
		return err
	}
	return s.answerPage(c, p, objects(list.Some, s.presenter(c).comment), list.Total)
}

func (s *Server) addComment(c echo.Context) error {
	caller, err := requireUser(c)
	if err != nil {
		return err
	}
	in, err := s.readInput(c)
	if err != nil {
		return err
	}
	var v invalid
	content := in.text(&v, "content", media.MaxComment)
	if len(v.fields) == 0 && (content == nil || *content == "") {
		v.add("content", "The content field is required.")
	}
	parent := in.number(&v, "parent_id")
	if err := v.orNil(); err != nil {
		return err
	}
	post, err := s.Community.Post(c.Request().Context(), viewerOf(c), c.Param("post"))
	if err != nil {
		return err
	}
	added, err := s.Community.AddComment(c.Request().Context(), caller, post, *content, parent)
	if parent != 0 && errors.Is(err, fs.ErrNotExist) {
		return invalidField("parent_id", "The selected parent id is invalid.")
	}
	if err != nil {
		return err
	}
	site.NoStore(c)
	return site.WriteJSON(c, http.StatusCreated, site.Object{{"success", true}, {"comment", s.presenter(c).comment(added)}})
}

func (s *Server) deleteComment(c echo.Context) error {
	if _, err := requireUser(c); err != nil {
		return err
	}
	id, err := site.PathNumber(c, "id")
	if err != nil {
		return err
	}
	if err := s.Community.DeleteComment(c.Request().Context(), viewerOf(c), "", id); err != nil {
		return err
	}
	site.NoStore(c)
	return site.WriteJSON(c, http.StatusOK, site.Object{{"success", true}, {"message", "Comment deleted successfully"}})
}

func (s *Server) voteComment(value int) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, err := requireUser(c); err != nil {
			return err
		}
		id, err := site.PathNumber(c, "id")
		if err != nil {
			return err
		}
		score, err := s.Community.VoteComment(c.Request().Context(), viewerOf(c), "", id, value)
		if err != nil {
			return err
		}
		site.NoStore(c)
		return site.WriteJSON(c, http.StatusOK, site.Object{{"message", "Comment " + votes[value] + " successfully"}, {"score", score}})
	}
}

func (s *Server) listUserComments(c echo.Context) error {
	u, err := s.pathUser(c)
	if err != nil {
		return err
	}
	p := newPager(c, "page", "limit")
	list, err := s.Community.UserComments(c.Request().Context(), viewerOf(c), u, p.offset(), p.limit)
	if err != nil {
		return err
	}
	return s.answerPage(c, p, objects(list.Some, s.presenter(c).comment), list.Total)
}
