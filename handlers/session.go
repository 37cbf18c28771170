package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// identityKey is where what is known of the visitor is kept during a request.
const identityKey = "visit"

// identity is who makes a request of the pages, or why that is not known.
type identity struct {
	caller media.Caller
	err    error
}

// sessionCaller tells by the session's cookie who has signed in; anyone else is a
// guest. Where it decides what a request may change, sameOrigin or fromOwnPage
// has to come first: browsers send cookies with what other sites ask for too.
func (s *server) sessionCaller(c echo.Context) (media.Caller, error) {
	if v, ok := c.Get(identityKey).(identity); ok {
		return v.caller, v.err
	}
	v := identity{caller: media.Caller{Guest: true}}
	if cookie, err := c.Cookie(s.sessionCookie(c)); err == nil && cookie.Value != "" {
		v = s.readSession(c, cookie.Value)
	}
	if c.Set(identityKey, v); v.caller.User.ID != 0 {
		s.authenticateOnce(c, v.caller)
	}
	return v.caller, v.err
}

func (s *server) readSession(c echo.Context, token string) identity {
	known, err := s.Keyring.Identify(c.Request().Context(), token)
	switch {
	case errors.Is(err, media.ErrSignedOut):
		s.setSession(c, "", time.Unix(1, 0))
	case err != nil:
		return identity{media.Caller{Guest: true}, err}
	default:
		if known.Renewed {
			s.setSession(c, token, known.Expires)
		}
		return identity{known.Caller, nil}
	}
	return identity{media.Caller{Guest: true}, nil}
}

// sessionCookie is the cookie's name. With __Host- no other host, and no page
// without TLS, can set it; with __Secure-, for a cookie with a path of its own, no
// page without TLS (RFC 6265bis, section 4.1.3).
func (s *server) sessionCookie(c echo.Context) string {
	switch {
	case !s.isSecure(c):
		return "session"
	case s.root == "":
		return "__Host-session"
	}
	return "__Secure-session"
}

func (s *server) setSession(c echo.Context, token string, expires time.Time) {
	cookie := s.newCookie(c, s.sessionCookie(c), token)
	cookie.Expires, cookie.HttpOnly = expires, true
	c.SetCookie(cookie)
}

// fromOwnPage reports whether a browser says that a page of this site has sent
// a request that may change something. A program, which says nothing, is none.
func (s *server) fromOwnPage(r *http.Request) bool {
	says := r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != ""
	return says && r.Method == http.MethodPost && s.origins.Check(r) == nil
}

// sender tells who uploads: whose the key is, or where there is none, who has
// signed in to the page that sends it.
func (s *server) sender(c echo.Context, key string) (media.Caller, error) {
	if strings.TrimSpace(key) == "" && s.fromOwnPage(c.Request()) {
		if caller, err := s.sessionCaller(c); err != nil || caller.User.ID != 0 {
			return caller, err
		}
	}
	return s.authenticate(c, key)
}

// needUser leads who has not signed in to where that is done.
func (s *server) needUser(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		caller, err := s.sessionCaller(c)
		if err != nil {
			return err
		}
		noStore(c)
		if caller.User.ID != 0 {
			return next(c)
		}
		back := "/"
		if m := c.Request().Method; m == http.MethodGet || m == http.MethodHead {
			back = c.Request().URL.RequestURI()
		}
		return s.redirect(c, http.StatusSeeOther, "/sign-in?back="+url.QueryEscape(back))
	}
}

// signInPage is what the template shows.
type signInPage struct {
	Back, Error string
}

// viewSignIn shows the form for a key. Who has signed in needs none.
func (s *server) viewSignIn(c echo.Context) error {
	back := localPath(c.QueryParam("back"))
	caller, err := s.sessionCaller(c)
	if err != nil {
		return err
	}
	noStore(c)
	if caller.User.ID != 0 {
		return s.redirect(c, http.StatusSeeOther, back)
	}
	return s.renderSignIn(c, http.StatusOK, signInPage{Back: back})
}

func (s *server) renderSignIn(c echo.Context, status int, p signInPage) error {
	return s.render(c, status, "sign-in", s.catalog(c).Say("sign-in.title"), p)
}

// signIn begins a session. A session that was there before ends.
func (s *server) signIn(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	noStore(c)
	back := localPath(c.FormValue("back"))
	token, expires, err := s.Keyring.SignIn(c.Request().Context(), c.FormValue("key"))
	if err != nil {
		fault := s.toAPIError(err)
		if fault == errInternal {
			return err
		}
		s.logRefusal(c, fault, err)
		return s.renderSignIn(c, fault.status, signInPage{back, s.catalog(c).errorText(fault.message)})
	}
	if err := s.endSession(c); err != nil {
		return err
	}
	s.setSession(c, token, expires)
	return s.redirect(c, http.StatusSeeOther, back)
}

func (s *server) signOut(c echo.Context) error {
	noStore(c)
	if err := s.endSession(c); err != nil {
		return err
	}
	s.setSession(c, "", time.Unix(1, 0))
	return s.redirect(c, http.StatusSeeOther, "/")
}

func (s *server) endSession(c echo.Context) error {
	cookie, err := c.Cookie(s.sessionCookie(c))
	if err != nil {
		return nil // there is none
	}
	return s.Keyring.SignOut(c.Request().Context(), cookie.Value)
}

// parseForm reads the small forms of pages.
func (s *server) parseForm(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(nil, r.Body, 4*s.MaxField)
	if err := r.ParseForm(); err != nil {
		return badRequest(400, "Malformed request body")
	}
	return nil
}
