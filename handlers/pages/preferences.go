package pages

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// setPreferences stores a language, a colour scheme or a view of the gallery in a cookie,
// and redirects back. The switches use it when there are no scripts.
func (s *Server) setPreferences(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(nil, c.Request().Body, s.MaxField)
	if name := c.FormValue(site.LanguageCookie); name != "" {
		for _, words := range s.Catalogs.All {
			if words.Language == name {
				s.KeepChoice(c, site.LanguageCookie, name)
			}
		}
	}
	if scheme := c.FormValue(site.SchemeCookie); scheme == "light" || scheme == "dark" || scheme == "auto" {
		s.KeepChoice(c, site.SchemeCookie, scheme)
	}
	if view := c.FormValue(site.ViewCookie); view == "grid" || view == "list" {
		s.KeepChoice(c, site.ViewCookie, view)
	}
	return s.Redirect(c, http.StatusSeeOther, LocalPath(c.FormValue("back")))
}

// preferenceLife is how long a browser keeps a preference.
const preferenceLife = 365 * 24 * time.Hour

// KeepChoice sets the cookie that keeps a choice of the visitor's.
func (s *Server) KeepChoice(c echo.Context, name, value string) {
	cookie := s.NewCookie(c, name, value)
	cookie.MaxAge = int(preferenceLife / time.Second)
	c.SetCookie(cookie)
}

// scheme returns the colour scheme that the visitor chose, "" for the system's.
func scheme(c echo.Context) string {
	cookie, err := c.Cookie(site.SchemeCookie)
	if err != nil || cookie.Value != "light" && cookie.Value != "dark" {
		return ""
	}
	return cookie.Value
}

// ListView reports whether the visitor wants the gallery as a table.
func ListView(c echo.Context) bool {
	cookie, err := c.Cookie(site.ViewCookie)
	return err == nil && cookie.Value == "list"
}
