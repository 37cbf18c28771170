package imgpile

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
	"postern/media/community"
)

func objects[T any](from []T, write func(T) site.Object) (data []site.Object) {
	for _, one := range from {
		data = append(data, write(one))
	}
	return data
}

// pathUser returns the user that the path names.
func (s *Server) pathUser(c echo.Context) (media.User, error) {
	return s.Community.UserNamed(c.Request().Context(), c.Param("user"))
}

// listFollows lists the users that list returns: followers, or the users followed.
func (s *Server) listFollows(list func(*community.Community, context.Context, media.User, int, int) (media.List[media.User], error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		u, err := s.pathUser(c)
		if err != nil {
			return err
		}
		p := newPager(c, "page", "limit")
		users, err := list(s.Community, c.Request().Context(), u, p.offset(), p.limit)
		if err != nil {
			return err
		}
		return s.answerPage(c, p, objects(users.Some, func(u media.User) site.Object { return s.userObject(c, u.Name, u.Avatar) }), users.Total)
	}
}

func (s *Server) follow(c echo.Context) error {
	caller, err := requireUser(c)
	if err != nil {
		return err
	}
	switch err := s.Community.Follow(c.Request().Context(), caller, c.Param("user")); {
	case errors.Is(err, media.ErrSelf):
		return invalidField("username", "You cannot follow yourself.")
	case errors.Is(err, media.ErrFollowing):
		return invalidField("username", "You are already following this user.")
	case err != nil:
		return err
	}
	return answerMessage(c, http.StatusOK, "User followed.")
}

func (s *Server) unfollow(c echo.Context) error {
	caller, err := requireUser(c)
	if err != nil {
		return err
	}
	err = s.Community.Unfollow(c.Request().Context(), caller, c.Param("user"))
	if err != nil {
		return err
	}
	return answerMessage(c, http.StatusOK, "User unfollowed.")
}

// presenter writes media and posts of one answer. It looks up each user once.
type presenter struct {
	*Server
	c     echo.Context
	users map[int64]media.User
}

func (s *Server) presenter(c echo.Context) *presenter {
	return &presenter{s, c, make(map[int64]media.User)}
}

// user returns the object of a user, null for a guest.
func (p *presenter) user(id int64) (any, error) {
	if id == 0 {
		return nil, nil
	}
	u, ok := p.users[id]
	if !ok {
		var err error
		if u, err = p.Community.User(p.c.Request().Context(), id); err != nil {
			return nil, err
		}
		p.users[id] = u
	}
	return p.userObject(p.c, u.Name, u.Avatar), nil
}

// userObject returns the object of a user, whose avatar is null for none.
func (s *Server) userObject(c echo.Context, name, avatar string) site.Object {
	return site.Object{{"username", name}, {"avatar", site.OrNull(s.AvatarURL(c, avatar))}}
}
