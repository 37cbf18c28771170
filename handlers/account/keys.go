package account

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media"
	"postern/media/auth"
)

// keysPage is the data of the template with a user's keys.
type keysPage struct {
	Keys     []media.APIKey
	New      string // a key that was just created; it is never shown again
	Imgpile  bool   // the site has that API
	Now      time.Time
	Expiries []pages.ExpiryChoice
}

// viewKeys lists the visitor's keys.
func (s *Server) viewKeys(c echo.Context) error { return s.renderKeys(c, http.StatusOK, keysPage{}) }

func (s *Server) renderKeys(c echo.Context, status int, p keysPage) error {
	keys, err := s.Keyring.KeysOf(c.Request().Context(), s.User(c))
	if err != nil {
		return err
	}
	p.Keys, p.Imgpile, p.Now = keys, s.Community != nil, s.Library.Now()
	for _, text := range []string{"P1D", "P1W", "P1M", "P6M", "P1Y"} {
		p.Expiries = append(p.Expiries, pages.ExpiryAfter(text))
	}
	site.NoStore(c)
	return s.Render(c, status, "keys", s.Catalog(c).T("keys.title"), p)
}

// maxLabel bounds the name of a key, in characters.
const maxLabel = 60

// addKey creates a key and shows it once.
func (s *Server) addKey(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	label := media.CutRunes(strings.TrimSpace(pages.FormText(c, "name")), maxLabel)
	want := auth.NewKeyOf{Label: label, Scope: media.ScopeAll}
	if word := c.FormValue("scope"); word != "" {
		var ok bool
		if want.Scope, ok = media.ParseScope(word); !ok {
			return site.BadRequest(400, "Malformed request body")
		}
	}
	if text := c.FormValue("expires"); text != "" {
		life, err := media.ParsePeriod(text)
		if err != nil {
			return media.ErrExpiration
		}
		want.ExpiresAt = life.After(s.Library.Now().UTC())
	}
	key, err := s.Keyring.AddKey(c.Request().Context(), s.User(c), want)
	if err != nil {
		return err
	}
	return s.renderKeys(c, http.StatusOK, keysPage{New: key})
}

func (s *Server) revokeKey(c echo.Context) error {
	id, err := site.PathNumber(c, "id")
	if err != nil {
		return err
	}
	if err := s.Keyring.RevokeKey(c.Request().Context(), s.User(c), id); err != nil {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, "/keys")
}

// Valid reports whether a key is neither revoked nor expired.
func (p keysPage) Valid(k media.APIKey) bool {
	return k.Valid(p.Now)
}
