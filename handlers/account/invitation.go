package account

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media/auth"
)

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
	return s.Render(c, status, "invitation", s.Catalog(c).T(title), p)
}

// acceptInvitation makes the account, or changes the password, and signs in.
func (s *Server) acceptInvitation(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	site.NoStore(c)
	name := c.FormValue("name")
	token, expires, err := s.Keyring.Accept(c.Request().Context(), c.Param("token"), name, c.FormValue("password"), c.Request().UserAgent())
	if errors.Is(err, auth.ErrNoInvitation) {
		return err
	}
	if err != nil {
		return s.Refuse(c, err, func(status int, text string) error {
			return s.renderInvitation(c, status, invitationPage{Name: name, Error: text})
		})
	}
	return s.signedIn(c, token, expires, "/")
}
