package handlers

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/media"
)

// viewerKey is where who looks is kept during a request.
const viewerKey = "viewer"

// viewer is who looks at what the request asks for: by an API key, or by a
// session, and with the access key that the URL or the form carries. It is told
// before anything is looked up, so that no answer depends on what is there. A
// wrong key is a guest's, and costs what it costs an uploader.
func (s *Server) viewer(c echo.Context) (media.Viewer, error) {
	if v, ok := c.Get(viewerKey).(media.Viewer); ok {
		return v, nil
	}
	caller, err := s.sessionCaller(c)
	if key := givenKey(c); key != "" && err == nil {
		caller, err = s.keyHolder(c, key, caller)
	}
	v := media.Viewer{Caller: caller, Key: postKey(c)}
	if err == nil {
		c.Set(viewerKey, v)
	}
	return v, err
}

// keyHolder is who holds an API key, or else the one who is known otherwise.
func (s *Server) keyHolder(c echo.Context, key string, otherwise media.Caller) (media.Caller, error) {
	if state := s.limits.address.Peek(network(c), time.Now()); !state.Granted() {
		return otherwise, &waitError{errTooOften, s.limits.address.name, int64(state.Limit), state.Wait}
	}
	caller, err := s.authenticate(c, key)
	if errors.Is(err, media.ErrInvalidKey) {
		return otherwise, nil
	}
	return caller, err
}

// signedIn is the visitor as who looks; the pages behind needUser know no keys.
func (s *Server) signedIn(c echo.Context) media.Viewer {
	return media.Viewer{Caller: s.user(c), Key: postKey(c)}
}

// user is who has signed in; needUser has looked.
func (s *Server) user(c echo.Context) media.Caller {
	caller, _ := s.sessionCaller(c)
	return caller
}

// postKey is the access key that a page's URL or form carries.
func postKey(c echo.Context) string {
	if key := c.QueryParam("key"); key != "" || c.Request().Method != http.MethodPost {
		return key
	}
	return c.FormValue("key")
}

// view is an item as the visitor sees it.
func (s *Server) view(c echo.Context, it media.Item) present.Item {
	return s.presenter.Item(it, s.siteURL(c))
}
