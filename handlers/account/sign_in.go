package account

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/site"
)

// signInPage is the data of the template.
type signInPage struct {
	Back, Error string
	Passwords   bool   // somebody has one
	SSO         string // name of the provider where one may sign in; "" for none
	Name        string // that was tried
	ByKey       bool   // a key was tried
	Register    bool   // people may ask for an account
}

// viewSignIn shows the form for a key, or for name and password where there are
// passwords. It redirects signed-in visitors.
func (s *Server) viewSignIn(c echo.Context) error {
	back := pages.LocalPath(c.QueryParam("back"))
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

func (s *Server) renderSignIn(c echo.Context, status int, p signInPage) (err error) {
	if p.Passwords, err = s.Keyring.AnyPassword(c.Request().Context()); err != nil {
		return err
	}
	p.SSO, p.Register = s.ssoLabel(), s.Registration
	return s.Render(c, status, "sign-in", s.Catalog(c).T("sign-in.title"), p)
}

// signIn starts a session by a name and a password, or by a key, and ends an
// earlier one.
func (s *Server) signIn(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	site.NoStore(c)
	p := signInPage{Back: pages.LocalPath(c.FormValue("back")), Name: c.FormValue("name"), ByKey: c.FormValue("name") == ""}
	var token string
	var expires time.Time
	var err error
	if p.ByKey {
		token, expires, err = s.Keyring.SignIn(c.Request().Context(), c.FormValue("key"), c.Request().UserAgent())
	} else {
		token, expires, err = s.SignIn(c, p.Name, c.FormValue("password"))
	}
	if err != nil {
		if s.ToAPIError(err) != site.ErrInternal && s.MetricsHooks.SignInFailed != nil {
			s.MetricsHooks.SignInFailed()
		}
		return s.Refuse(c, err, func(status int, text string) error {
			p.Error = text
			return s.renderSignIn(c, status, p)
		})
	}
	return s.signedIn(c, token, expires, p.Back)
}

// signedIn gives the browser a session that has begun, and the language of its
// user.
func (s *Server) signedIn(c echo.Context, token string, expires time.Time, to string) error {
	if err := s.endSession(c); err != nil {
		return err
	}
	s.SetSession(c, token, expires)
	known, err := s.Keyring.Identify(c.Request().Context(), token)
	if err != nil {
		return err
	}
	if language := known.Caller.User.Language; language != "" {
		s.KeepChoice(c, site.LanguageCookie, language)
	}
	return s.Redirect(c, http.StatusSeeOther, to)
}

func (s *Server) signOut(c echo.Context) error {
	site.NoStore(c)
	if err := s.endSession(c); err != nil {
		return err
	}
	s.ForgetOpened(c)
	s.SetSession(c, "", time.Unix(1, 0))
	return s.Redirect(c, http.StatusSeeOther, "/")
}

func (s *Server) endSession(c echo.Context) error {
	token := s.SessionToken(c)
	if token == "" {
		return nil
	}
	return s.Keyring.SignOut(c.Request().Context(), token)
}
