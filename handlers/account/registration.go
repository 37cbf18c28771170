package account

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media"
)

// registerPage is the data of the template.
type registerPage struct {
	Name, DisplayName string // that were tried
	Error             string
	Sent              bool // the account waits for an admin
}

// viewRegister shows the form for an account. It redirects signed-in visitors.
func (s *Server) viewRegister(c echo.Context) error {
	caller, err := s.SessionCaller(c)
	if err != nil {
		return err
	}
	if caller.User.ID != 0 {
		return s.Redirect(c, http.StatusSeeOther, "/account")
	}
	return s.renderRegister(c, http.StatusOK, registerPage{Sent: c.QueryParam("sent") != ""})
}

func (s *Server) renderRegister(c echo.Context, status int, p registerPage) error {
	site.NoStore(c)
	return s.Render(c, status, "register", s.Catalog(c).T("register.title"), p)
}

// register makes an account that waits for an admin. A name that is another's is told,
// since two users cannot have one; nothing else is told of it.
func (s *Server) register(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	p := registerPage{
		Name:        strings.TrimSpace(pages.FormText(c, "name")),
		DisplayName: media.CutRunes(strings.TrimSpace(pages.FormText(c, "display_name")), maxDisplayName),
	}
	if err := s.Keyring.Register(c.Request().Context(), p.Name, p.DisplayName, c.FormValue("password")); err != nil {
		return s.Refuse(c, err, func(status int, text string) error {
			p.Error = text
			return s.renderRegister(c, status, p)
		})
	}
	return s.Redirect(c, http.StatusSeeOther, "/register?sent=1")
}
