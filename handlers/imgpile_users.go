package handlers

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

// pathUser is the user whose name is in the path.
func (s *imgpileServer) pathUser(c echo.Context) (media.User, error) {
	return s.Community.UserNamed(c.Request().Context(), c.Param("user"))
}

// userQuery reads the filters of a list of one user's.
func (s *imgpileServer) userQuery(c echo.Context) (pager, media.ListQuery, error) {
	p := newPager(c, "page", "limit")
	u, err := s.pathUser(c)
	if err != nil {
		return p, media.ListQuery{}, err
	}
	q, err := s.listQuery(c, p)
	q.UserID = u.ID
	return p, q, err
}

func (s *imgpileServer) imgpileUserPosts(c echo.Context) error {
	p, q, err := s.userQuery(c)
	if err != nil {
		return err
	}
	return s.answerPostList(c, p, q)
}

func (s *imgpileServer) imgpileUserMedia(c echo.Context) error {
	p, q, err := s.userQuery(c)
	if err != nil {
		return err
	}
	return s.answerMediaList(c, p, q)
}

// imgpileFollows lists followers or who is followed.
func (s *imgpileServer) imgpileFollows(list func(*community.Community, context.Context, media.User, int, int) (media.List[media.User], error)) echo.HandlerFunc {
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
		return s.imgpilePage(c, p, objects(users.Some, namedUser), users.Total)
	}
}

func namedUser(u media.User) site.Object { return userObject(u.Name) }

func (s *imgpileServer) imgpileFollow(c echo.Context) error {
	caller, err := imgpileUser(c)
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
	return say(c, http.StatusOK, "User followed.")
}

func (s *imgpileServer) imgpileUnfollow(c echo.Context) error {
	caller, err := imgpileUser(c)
	if err != nil {
		return err
	}
	err = s.Community.Unfollow(c.Request().Context(), caller, c.Param("user"))
	if err != nil {
		return err
	}
	return say(c, http.StatusOK, "User unfollowed.")
}

// people remembers users while one answer is written.
type people struct {
	*imgpileServer
	c     echo.Context
	names map[int64]string
}

func (s *imgpileServer) people(c echo.Context) *people { return &people{s, c, make(map[int64]string)} }

// user is a user as the surface shows one, null for a guest.
func (p *people) user(id int64) (any, error) {
	if id == 0 {
		return nil, nil
	}
	name, ok := p.names[id]
	if !ok {
		u, err := p.Community.User(p.c.Request().Context(), id)
		if err != nil {
			return nil, err
		}
		name = u.Name
		p.names[id] = name
	}
	return userObject(name), nil
}

func userObject(name string) site.Object { return site.Object{{"username", name}, {"avatar", nil}} }
