package site

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/media"
	"postern/media/auth"
)

// viewerKey is where the context of a request has its media.Viewer.
const viewerKey = "viewer"

// Viewer returns the visitor, whom an API key or a session names, with the access key
// in the URL or the form. Call it before any look-up, so that no answer depends on what
// exists. A wrong API key counts as none, and costs as much of the rate as in an
// upload. A key without the scope to read counts as none, too, and costs nothing.
func (s *Server) Viewer(c echo.Context) (media.Viewer, error) {
	if v, ok := c.Get(viewerKey).(media.Viewer); ok {
		return v, nil
	}
	caller, err := s.SessionCaller(c)
	if key := GivenKey(c); key != "" && err == nil {
		caller, err = s.keyHolder(c, key, caller)
	}
	v := s.WithProofs(c, media.Viewer{Caller: caller, Key: AccessKey(c)})
	if err == nil {
		c.Set(viewerKey, v)
	}
	return v, err
}

// keyHolder returns the user of an API key, otherwise if there is none.
func (s *Server) keyHolder(c echo.Context, key string, otherwise media.Caller) (media.Caller, error) {
	if err := s.AllowSecret(c); err != nil {
		return otherwise, err
	}
	caller, err := s.Authenticate(c, key, auth.Read)
	for _, none := range []error{media.ErrInvalidKey, auth.ErrScope, auth.ErrDisabled, auth.ErrWaiting} {
		if errors.Is(err, none) {
			return otherwise, nil
		}
	}
	return caller, err
}

// SignedIn returns the visitor of a page as a viewer, by the session alone: pages
// take no API keys.
func (s *Server) SignedIn(c echo.Context) media.Viewer {
	return s.WithProofs(c, media.Viewer{Caller: s.User(c), Key: AccessKey(c)})
}

// User returns the signed-in visitor, or a guest. Call NeedUser or SessionCaller first:
// they report errors.
func (s *Server) User(c echo.Context) media.Caller {
	caller, _ := s.SessionCaller(c)
	return caller
}

// AccessKey returns the access key of a private album or post that a URL or form
// carries, "" for none.
func AccessKey(c echo.Context) string {
	if key := c.QueryParam("key"); key != "" || c.Request().Method != http.MethodPost {
		return key
	}
	return c.FormValue("key")
}

// AvatarURL returns the URL of the image that stands for a user, by its key; "" for none.
func (s *Server) AvatarURL(c echo.Context, key string) string {
	if key == "" {
		return ""
	}
	return s.SiteURL(c) + "/" + key
}

// View returns an item as this visitor sees it.
func (s *Server) View(c echo.Context, it media.Item) present.Item {
	v := s.presenter.Item(it, s.SiteURL(c))
	if !it.ForEveryone() && s.signed(c, it.ID) {
		v.Proof = "until=" + c.QueryParam("until") + "&signed=" + c.QueryParam("signed")
	}
	return v
}
