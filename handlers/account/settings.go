package account

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media"
	"postern/media/auth"
)

// accountPage is the data of the template.
type accountPage struct {
	pages.AlbumField
	Profile     media.Profile
	Avatar      string // URL; "" for none that everyone may see
	Expiries    []pages.ExpiryChoice
	HasPassword bool
	Sessions    []sessionRow
	Used, Of    string // bytes, to show; Of is "" for any number
	Bytes, Most int64
	Items       int
	MaxItems    int64 // 0: any number
	Saved       bool
	Error       string
}

// sessionRow is a session in the list of the visitor's own.
type sessionRow struct {
	Agent    string
	LastUsed time.Time
	Since    time.Time
	Here     bool
}

// Visibilities returns the choices of the form.
func (accountPage) Visibilities() []media.Visibility {
	return append([]media.Visibility{""}, media.Visibilities()...)
}

// viewAccount shows what a user decides about the user's own account.
func (s *Server) viewAccount(c echo.Context) error {
	return s.renderAccount(c, http.StatusOK, accountPage{Saved: c.QueryParam("saved") != ""})
}

func (s *Server) renderAccount(c echo.Context, status int, p accountPage) (err error) {
	ctx, caller := c.Request().Context(), s.User(c)
	p.Profile, p.Avatar = caller.User.Profile, s.AvatarURL(c, caller.User.Avatar)
	p.Expiries = pages.ExpiryChoices(s.Library.Policy(), false, s.Library.Now())
	if p.AlbumField, err = s.DefaultAlbumField(c, caller.User); err != nil {
		return err
	}
	if p.HasPassword, err = s.Keyring.HasPassword(ctx, caller); err != nil {
		return err
	}
	usage, quota, err := s.Library.Quotas.Of(ctx, caller)
	if err != nil {
		return err
	}
	p.Bytes, p.Items, p.Used = usage.Bytes, int(usage.Items), s.Catalog(c).Size(usage.Bytes)
	if quota.Bytes > 0 {
		p.Most, p.Of = quota.Bytes, s.Catalog(c).Size(quota.Bytes)
	}
	p.MaxItems = max(quota.Items, 0)
	sessions, err := s.Keyring.SessionsOf(ctx, caller)
	if err != nil {
		return err
	}
	here := auth.KeyDigest(s.SessionToken(c))
	for _, one := range sessions {
		p.Sessions = append(p.Sessions, sessionRow{
			browserName(one.Agent), one.LastUsed, one.CreatedAt, subtle.ConstantTimeCompare(one.Digest, here) == 1,
		})
	}
	site.NoStore(c)
	return s.Render(c, status, "account", s.Catalog(c).T("account.title"), p)
}

// browserName says in two words what a browser calls itself in many.
func browserName(agent string) string {
	name := firstIn(agent, "Firefox/", "Firefox", "Edg/", "Edge", "OPR/", "Opera", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl")
	system := firstIn(agent, "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS", "macOS", "Linux", "Linux")
	return strings.TrimPrefix(strings.TrimSuffix(name+", "+system, ", "), ", ")
}

// firstIn returns the second of the first pair whose first is in text.
func firstIn(text string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if strings.Contains(text, pairs[i]) {
			return pairs[i+1]
		}
	}
	return ""
}

// maxDisplayName bounds the name that a user shows, in characters.
const maxDisplayName = 60

// saveAccount keeps what a user has chosen.
func (s *Server) saveAccount(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	ctx, caller := c.Request().Context(), s.User(c)
	p := media.Profile{
		DisplayName:       media.CutRunes(strings.TrimSpace(pages.FormText(c, "display_name")), maxDisplayName),
		DefaultExpiration: c.FormValue("expiration"),
	}
	var err error
	if p.DefaultVisibility, err = intake.ParseVisibility(c.FormValue("visibility")); err != nil {
		return s.Refuse(c, err, s.accountError(c))
	}
	for _, catalog := range s.Catalogs.All {
		if catalog.Language == c.FormValue("account_language") {
			p.Language = catalog.Language
		}
	}
	if _, err := media.ParsePeriod(p.DefaultExpiration); err != nil && p.DefaultExpiration != "" && p.DefaultExpiration != media.NeverExpires {
		return media.ErrExpiration
	}
	if p.DefaultAlbum, err = s.Library.Albums.Named(ctx, pages.FormText(c, "album_id"), caller.User.ID); err == nil {
		err = s.Keyring.SetProfile(ctx, caller, p)
	}
	if err != nil {
		return s.Refuse(c, err, s.accountError(c))
	}
	if p.Language != "" {
		s.KeepChoice(c, site.LanguageCookie, p.Language)
	}
	return s.Redirect(c, http.StatusSeeOther, "/account?saved=1")
}

// accountError shows the page with what is wrong.
func (s *Server) accountError(c echo.Context) func(int, string) error {
	return func(status int, text string) error { return s.renderAccount(c, status, accountPage{Error: text}) }
}

// changePassword sets the visitor's password, and ends the other sessions.
func (s *Server) changePassword(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	site.NoStore(c)
	err := s.Keyring.ChangePassword(c.Request().Context(), s.User(c), c.FormValue("present"), c.FormValue("password"), s.SessionToken(c))
	if err != nil {
		return s.Refuse(c, err, s.accountError(c))
	}
	return s.Redirect(c, http.StatusSeeOther, "/account?saved=1")
}

// endSessions signs the visitor out everywhere else.
func (s *Server) endSessions(c echo.Context) error {
	if err := s.Keyring.SignOutElsewhere(c.Request().Context(), s.User(c), s.SessionToken(c)); err != nil {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, "/account?saved=1")
}

// deleteAccount removes the visitor's account; the items go to the trash.
func (s *Server) deleteAccount(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	site.NoStore(c)
	err := s.Keyring.DeleteAccount(c.Request().Context(), s.User(c), strings.TrimSpace(c.FormValue("name")), c.FormValue("password"), s.Library.Policy().Undo)
	if err != nil {
		return s.Refuse(c, err, s.accountError(c))
	}
	s.SetSession(c, "", time.Unix(1, 0))
	return s.Redirect(c, http.StatusSeeOther, "/")
}
