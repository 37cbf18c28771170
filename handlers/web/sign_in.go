package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media/auth"
)

// signInPage is the data of the template.
type signInPage struct {
	Back, Error string
	Passwords   bool   // somebody has one
	SSO         string // name of the provider where one may sign in; "" for none
	Name        string // that was tried
	ByKey       bool   // a key was tried
}

// viewSignIn shows the form for a key, or for name and password where there are
// passwords. It redirects signed-in visitors.
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

func (s *Server) renderSignIn(c echo.Context, status int, p signInPage) (err error) {
	if p.Passwords, err = s.Keyring.AnyPassword(c.Request().Context()); err != nil {
		return err
	}
	p.SSO = s.ssoLabel()
	return s.render(c, status, "sign-in", s.Catalog(c).T("sign-in.title"), p)
}

// signIn starts a session by a name and a password, or by a key, and ends an
// earlier one.
func (s *Server) signIn(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	site.NoStore(c)
	p := signInPage{Back: localPath(c.FormValue("back")), Name: c.FormValue("name"), ByKey: c.FormValue("name") == ""}
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
		return s.refuse(c, err, func(status int, text string) error {
			p.Error = text
			return s.renderSignIn(c, status, p)
		})
	}
	return s.signedIn(c, token, expires, p.Back)
}

// refuse shows a page again with what is wrong with its form. Faults of the
// server, and limits on how often, have a page of their own.
func (s *Server) refuse(c echo.Context, err error, show func(status int, text string) error) error {
	fault := s.ToAPIError(err)
	if fault == site.ErrInternal || fault.Status == http.StatusTooManyRequests {
		return err
	}
	s.LogRefusal(c, fault, err)
	return show(fault.Status, s.Catalog(c).ErrorText(fault.Message))
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
		s.setCookie(c, site.LanguageCookie, language)
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

// invitationPage is the data of the template.
type invitationPage struct {
	User, Error string // User: whose password it changes; "" for an account to be made
	Name        string // that was tried
	Ends        time.Time
	Admin       bool
	Moderator   bool
	SSO         string // as on the page for signing in
	Token       string
}

// viewInvitation shows what an invitation is for, and asks for a password.
func (s *Server) viewInvitation(c echo.Context) error {
	return s.renderInvitation(c, http.StatusOK, invitationPage{})
}

func (s *Server) renderInvitation(c echo.Context, status int, p invitationPage) error {
	site.NoStore(c)
	i, u, err := s.Keyring.Invitation(c.Request().Context(), c.Param("token"))
	if err != nil {
		return err
	}
	p.User, p.Ends, p.Admin, p.Moderator = u.Name, i.ExpiresAt, i.Admin, i.Moderator
	p.SSO, p.Token = s.ssoLabel(), c.Param("token")
	title := "invitation.title"
	if p.User != "" {
		title = "invitation.reset"
	}
	return s.render(c, status, "invitation", s.Catalog(c).T(title), p)
}

// acceptInvitation makes the account, or changes the password, and signs in.
func (s *Server) acceptInvitation(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	site.NoStore(c)
	name := c.FormValue("name")
	token, expires, err := s.Keyring.Accept(c.Request().Context(), c.Param("token"), name, c.FormValue("password"), c.Request().UserAgent())
	if errors.Is(err, auth.ErrNoInvitation) {
		return err
	}
	if err != nil {
		return s.refuse(c, err, func(status int, text string) error {
			return s.renderInvitation(c, status, invitationPage{Name: name, Error: text})
		})
	}
	return s.signedIn(c, token, expires, "/")
}
