package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// signInPage is the data of the template.
type signInPage struct {
	Back, Error string
}

// viewSignIn shows the form for a key. It redirects signed-in visitors.
func (s *Server) viewSignIn(c echo.Context) error {
	back := localPath(c.QueryParam("back"))
	caller, err := s.SessionCaller(c)
	if err != nil {
		return err
	}
	site.NoStore(c)
	if caller.User.ID != 0 {
		return s.Redirect(c, http.StatusSeeOther, back)
	}
	return s.renderSignIn(c, http.StatusOK, signInPage{Back: back})
}

func (s *Server) renderSignIn(c echo.Context, status int, p signInPage) error {
	return s.render(c, status, "sign-in", s.Catalog(c).T("sign-in.title"), p)
}

// signIn starts a session, and ends an earlier one.
func (s *Server) signIn(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	site.NoStore(c)
	back := localPath(c.FormValue("back"))
	token, expires, err := s.Keyring.SignIn(c.Request().Context(), c.FormValue("key"))
	if err != nil {
		fault := s.ToAPIError(err)
		if fault == site.ErrInternal {
			return err
		}
		s.LogRefusal(c, fault, err)
		return s.renderSignIn(c, fault.Status, signInPage{back, s.Catalog(c).ErrorText(fault.Message)})
	}
	if err := s.endSession(c); err != nil {
		return err
	}
	s.SetSession(c, token, expires)
	return s.Redirect(c, http.StatusSeeOther, back)
}

func (s *Server) signOut(c echo.Context) error {
	site.NoStore(c)
	if err := s.endSession(c); err != nil {
		return err
	}
	s.SetSession(c, "", time.Unix(1, 0))
	return s.Redirect(c, http.StatusSeeOther, "/")
}

func (s *Server) endSession(c echo.Context) error {
	cookie, err := c.Cookie(s.SessionCookie(c))
	if err != nil {
		return nil // there is none
	}
	return s.Keyring.SignOut(c.Request().Context(), cookie.Value)
}
