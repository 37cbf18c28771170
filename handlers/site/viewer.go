package site

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/media"
	"postern/media/auth"
)

// viewerKey is where who looks is kept during a request.
const viewerKey = "viewer"

// Viewer returns who looks at what the request asks for: by an API key or a
// session, and with the access key that the URL or the form carries. Ask it
// before anything is looked up, so that no answer depends on what is there. A
// wrong API key counts as none, and costs what it costs an uploader; so does one
// that does not open what is there to read, at no cost.
func (s *Server) Viewer(c echo.Context) (media.Viewer, error) {
	if v, ok := c.Get(viewerKey).(media.Viewer); ok {
		return v, nil
	}
	caller, err := s.SessionCaller(c)
	if key := GivenKey(c); key != "" && err == nil {
		caller, err = s.keyHolder(c, key, caller)
	}
	v := media.Viewer{Caller: caller, Key: AccessKey(c)}
	if err == nil {
		c.Set(viewerKey, v)
	}
	return v, err
}

// keyHolder is who holds an API key, or else the one who is known otherwise.
func (s *Server) keyHolder(c echo.Context, key string, otherwise media.Caller) (media.Caller, error) {
	if state := s.Limits.Address.Peek(Network(c), time.Now()); !state.Granted() {
		return otherwise, &waitError{errTooOften, s.Limits.Address.name, int64(state.Limit), state.Wait}
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
	return media.Viewer{Caller: s.User(c), Key: AccessKey(c)}
}

// User returns who has signed in; a guest for anyone else. NeedUser, or
// SessionCaller, has to come first and tells of errors.
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

// View returns an item as this visitor sees it.
func (s *Server) View(c echo.Context, it media.Item) present.Item {
	return s.presenter.Item(it, s.SiteURL(c))
}
