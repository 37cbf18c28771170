package site

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// identityKey is where the context of a request has its identity.
const identityKey = "identity"

// identity is the visitor of a page, or the error of authenticating one.
type identity struct {
	caller media.Caller
	err    error
}

// SessionCaller returns the visitor that the session's cookie names, or a guest. For
// requests that change something, call SameOrigin or FromOwnPage first: browsers send
// cookies with requests of other sites, too.
func (s *Server) SessionCaller(c echo.Context) (media.Caller, error) {
	if v, ok := c.Get(identityKey).(identity); ok {
		return v.caller, v.err
	}
	v := identity{caller: media.Caller{Guest: true}}
	if cookie, err := c.Cookie(s.SessionCookie(c)); err == nil && cookie.Value != "" {
		v = s.readSession(c, cookie.Value)
	}
	if c.Set(identityKey, v); v.caller.User.ID != 0 {
		s.authenticateOnce(c, v.caller)
	}
	return v.caller, v.err
}

func (s *Server) readSession(c echo.Context, token string) identity {
	known, err := s.Keyring.Identify(c.Request().Context(), token)
	switch {
	case errors.Is(err, media.ErrSignedOut):
		s.SetSession(c, "", time.Unix(1, 0))
	case err != nil:
		return identity{media.Caller{Guest: true}, err}
	default:
		if known.Renewed {
			s.SetSession(c, token, known.Expires)
		}
		return identity{known.Caller, nil}
	}
	return identity{media.Caller{Guest: true}, nil}
}

// SessionCookie returns the name of the cookie. With __Host- no other host, and
// no page without TLS, can set it; with __Secure-, for a cookie with a path of
// its own, no page without TLS (RFC 6265bis, section 4.1.3).
func (s *Server) SessionCookie(c echo.Context) string {
	switch {
	case !s.isSecure(c):
		return "session"
	case s.Root == "":
		return "__Host-session"
	}
	return "__Secure-session"
}

// SetSession sets the cookie with the token of a session. A time in the past removes
// it.
func (s *Server) SetSession(c echo.Context, token string, expires time.Time) {
	cookie := s.NewCookie(c, s.SessionCookie(c), token)
	cookie.Expires, cookie.HttpOnly = expires, true
	c.SetCookie(cookie)
}

// FromOwnPage reports whether the browser says that a page of this site sent the
// request. It is false for programs, which say nothing about that.
func (s *Server) FromOwnPage(r *http.Request) bool {
	says := r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != ""
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	return says && !reads && s.origins.Check(r) == nil
}

// NeedUser is middleware that redirects anonymous visitors to the sign-in page.
// No cache keeps what follows.
func (s *Server) NeedUser(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		caller, err := s.SessionCaller(c)
		if err != nil {
			return err
		}
		NoStore(c)
		if caller.User.ID != 0 {
			return next(c)
		}
		back := "/"
		if m := c.Request().Method; m == http.MethodGet || m == http.MethodHead {
			back = c.Request().URL.RequestURI()
		}
		return s.Redirect(c, http.StatusSeeOther, "/sign-in?back="+url.QueryEscape(back))
	}
}
