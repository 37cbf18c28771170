package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// signInPage is what the template shows.
type signInPage struct {
	Back, Error string
}

// viewSignIn shows the form for a key. Who has signed in needs none.
func (s *webServer) viewSignIn(c echo.Context) error {
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

func (s *webServer) renderSignIn(c echo.Context, status int, p signInPage) error {
	return s.render(c, status, "sign-in", s.catalog(c).Say("sign-in.title"), p)
}

// signIn begins a session. A session that was there before ends.
func (s *webServer) signIn(c echo.Context) error {
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

func (s *webServer) signOut(c echo.Context) error {
	noStore(c)
	if err := s.endSession(c); err != nil {
		return err
	}
	s.setSession(c, "", time.Unix(1, 0))
	return s.redirect(c, http.StatusSeeOther, "/")
}

func (s *webServer) endSession(c echo.Context) error {
	cookie, err := c.Cookie(s.sessionCookie(c))
	if err != nil {
		return nil // there is none
	}
	return s.Keyring.SignOut(c.Request().Context(), cookie.Value)
}
