package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media"
	"postern/media/auth"
)

// lockedPage is the data of the template that asks for a password.
type lockedPage struct {
	Action string // path of the form, below the root
	Back   string // path to return to
	Key    string // of a private album
	Error  string
}

// askPassword answers what a password opens with a form for it. It reports whether the
// request was for such a page.
func (s *Server) askPassword(c echo.Context) (asked bool, err error) {
	var action string
	read := c.Request().Method == http.MethodGet || c.Request().Method == http.MethodHead
	switch {
	case !read || strings.HasSuffix(c.Path(), "/embed"):
	case c.Param("item") != "":
		name := c.Param("item")
		action = "/items/" + name[strings.LastIndexByte(name, '.')+1:] + "/open"
	case c.Param("slug") != "":
		action = "/album/" + url.PathEscape(c.Param("slug")) + "/open"
	}
	if action == "" {
		return false, nil
	}
	return true, s.renderLocked(c, lockedPage{Action: action, Back: c.Request().URL.RequestURI(), Key: site.AccessKey(c)})
}

func (s *Server) renderLocked(c echo.Context, p lockedPage) error {
	site.NoStore(c)
	return s.Render(c, http.StatusForbidden, "locked", s.Catalog(c).T("locked.title"), p)
}

// openItem takes the password of an item, or of its album.
func (s *Server) openItem(c echo.Context) error {
	return s.openLocks(c, func(v media.Viewer) ([]media.Lock, error) {
		return s.Library.Locks(c.Request().Context(), v, c.Param("item"))
	})
}

// openAlbum takes the password of an album.
func (s *Server) openAlbum(c echo.Context) error {
	return s.openLocks(c, func(v media.Viewer) ([]media.Lock, error) {
		l, err := s.Library.Albums.Lock(c.Request().Context(), v, c.Param("slug"))
		return []media.Lock{l}, err
	})
}

// openLocks opens those of the locks that the form's password is of, and returns to the
// page that asked for it.
func (s *Server) openLocks(c echo.Context, find func(media.Viewer) ([]media.Lock, error)) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	if _, err := s.SessionCaller(c); err != nil {
		return err
	}
	locks, err := find(s.SignedIn(c))
	if err != nil {
		return err
	}
	site.NoStore(c)
	p := lockedPage{Action: c.Request().URL.EscapedPath(), Back: pages.LocalPath(c.FormValue("back")), Key: site.AccessKey(c)}
	right := false
	for _, l := range locks {
		if l == "" {
			continue
		}
		fresh, err := s.Keyring.OpenLock(c.Request().Context(), l, c.FormValue("password"))
		if errors.Is(err, auth.ErrWrongPassword) {
			continue
		}
		if err != nil {
			return err
		}
		if fresh != "" && s.Library.Albums.ReplaceLock(c.Request().Context(), l, fresh) == nil {
			l = fresh
		}
		s.RememberOpened(c, l)
		right = true
	}
	if !right {
		s.ChargeSecret(c)
		p.Error = s.Catalog(c).T("locked.wrong")
		return s.renderLocked(c, p)
	}
	return s.Redirect(c, http.StatusSeeOther, p.Back)
}
