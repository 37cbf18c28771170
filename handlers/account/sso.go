package account

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media/auth"
	"postern/media/auth/oidc"
)

// attemptLife is how long a browser keeps an attempt to sign in at the provider.
const attemptLife = 10 * time.Minute

// attemptCookie is the name of the cookie with the attempt, as that of the session.
func (s *Server) attemptCookie(c echo.Context) string { return s.SessionCookie(c) + "-attempt" }

func (s *Server) setAttempt(c echo.Context, value string, expires time.Time) {
	cookie := s.NewCookie(c, s.attemptCookie(c), value)
	cookie.Expires, cookie.HttpOnly = expires, true
	c.SetCookie(cookie)
}

func (s *Server) callback(c echo.Context) string { return s.SiteURL(c) + "/sign-in/sso/callback" }

// beginSSO sends the browser to the provider.
func (s *Server) beginSSO(c echo.Context) error {
	site.NoStore(c)
	attempt, to, err := s.SSO.Begin(c.Request().Context(), s.callback(c))
	if err != nil {
		return err
	}
	attempt.Back, attempt.Invitation = pages.LocalPath(c.QueryParam("back")), c.QueryParam("invitation")
	text, err := json.Marshal(attempt)
	if err != nil {
		return err
	}
	s.setAttempt(c, base64.RawURLEncoding.EncodeToString(text), time.Now().Add(attemptLife))
	return c.Redirect(http.StatusSeeOther, to)
}

// finishSSO takes the browser back from the provider, and signs in.
func (s *Server) finishSSO(c echo.Context) error {
	site.NoStore(c)
	var attempt oidc.Attempt
	if cookie, err := c.Cookie(s.attemptCookie(c)); err == nil {
		text, _ := base64.RawURLEncoding.DecodeString(cookie.Value)
		_ = json.Unmarshal(text, &attempt) // what is damaged is no attempt
	}
	s.setAttempt(c, "", time.Unix(1, 0))
	ctx := c.Request().Context()
	person, err := s.SSO.Finish(ctx, attempt, s.callback(c), c.QueryParam("state"), c.QueryParam("code"))
	if err != nil {
		return err
	}
	who := auth.Stranger{
		Identity: person.Identity, Name: person.Name, DisplayName: person.DisplayName,
		Create: s.SSO.Create, Invitation: attempt.Invitation,
	}
	if s.SSO.AdminClaim != "" {
		who.Admin = &person.Admin
	}
	token, expires, err := s.Keyring.SignInWithIdentity(ctx, who, c.Request().UserAgent())
	if err != nil {
		return err
	}
	return s.signedIn(c, token, expires, pages.LocalPath(attempt.Back))
}

// ssoLabel names the provider on pages, "" for none.
func (s *Server) ssoLabel() string {
	if s.SSO == nil {
		return ""
	}
	if s.SSO.Label != "" {
		return s.SSO.Label
	}
	if u, err := url.Parse(s.SSO.Issuer); err == nil {
		return u.Host
	}
	return s.SSO.Issuer
}
