package web

import (
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
	"postern/media/oldsite"
)

// oldAddresses is middleware that answers what nothing else does as an address of
// an old site, if it is one: files are served, pages redirect to those of today.
func (s *Server) oldAddresses(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.meansOtherwise(c) {
			if old := s.serveOld(c); !isNotFound(old) {
				return old
			}
		}
		err := next(c)
		if !isNotFound(err) || c.Response().Committed || strings.HasPrefix(c.Request().URL.Path, "/api/") {
			return err
		}
		if old := s.serveOld(c); !isNotFound(old) {
			return old
		}
		return err
	}
}

// meansOtherwise reports whether a path has a page here and may have meant another
// one at an old site: there, /a/ID may be an image, whose number is an album's, too.
func (s *Server) meansOtherwise(c echo.Context) bool {
	u := c.Request().URL
	if u.Path == "/" {
		return u.RawQuery != ""
	}
	first, rest, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if rest == "" {
		return false
	}
	own := media.OldItem
	switch {
	case first == "album", first == "a", first == "p":
		own = media.OldAlbum
	case first == "u":
		own = media.OldUser
	case !slices.Contains(s.itemRoutes(), first):
		return false
	}
	return s.Old.MeansOther(c.Request().Context(), first, own)
}

// isNotFound reports whether an error says that nothing is at an address. What
// has expired is something.
func isNotFound(err error) bool {
	unknown := errors.Is(err, fs.ErrNotExist) || errors.Is(err, echo.ErrNotFound) || errors.Is(err, site.ErrNotFound)
	return unknown && !errors.Is(err, media.ErrGone)
}

// serveOld answers an address of an old site. The error is one of isNotFound when
// it is none.
func (s *Server) serveOld(c echo.Context) error {
	r := c.Request()
	switch r.URL.Path {
	case "/login":
		return s.Redirect(c, http.StatusFound, "/sign-in")
	case "/webmanifest":
		return s.Redirect(c, http.StatusFound, "/manifest.webmanifest")
	case "/oembed/":
		return s.serveOEmbed(c)
	}
	t, err := s.Old.Find(r.Context(), strings.TrimPrefix(r.URL.Path, "/"), r.URL.RawQuery)
	if err != nil {
		return err
	}
	if read := r.Method == http.MethodGet || r.Method == http.MethodHead; !read && t.Delete == "" {
		return fs.ErrNotExist
	}
	switch t.Kind {
	case media.OldItem:
		return s.serveOldItem(c, t)
	case media.OldAlbum:
		a, err := s.Keyring.Accounts.Album(r.Context(), t.Number)
		if err != nil {
			return err
		}
		return s.redirectFromOld(c, present.AlbumPath(a))
	case media.OldCategory:
		return s.redirectFromOld(c, present.CategoryPath(t.Number))
	case media.OldUser:
		u, err := s.Keyring.Accounts.User(r.Context(), t.Number)
		if err != nil {
			return err
		}
		if !s.publicLists() {
			return fs.ErrNotExist // there are no pages of users
		}
		return s.redirectFromOld(c, present.ProfilePath(u.Name))
	}
	return fs.ErrNotExist
}

// oldItem returns the item that an old address leads to, if the visitor may see it.
// Old IDs can be counted, so that a page opens only to those who may also open the
// album, and not before a moderator has approved it. Files were open to everyone.
func (s *Server) oldItem(c echo.Context, t oldsite.Target) (media.Item, error) {
	it, err := s.Old.Records.ItemNumbered(c.Request().Context(), t.Number)
	if err != nil {
		return media.Item{}, err
	}
	v, err := s.Viewer(c)
	if err != nil {
		return media.Item{}, err
	}
	if t.Role != "" {
		v.File = func(int64) bool { return true }
	}
	v.Delete = t.Delete != "" // deleteBy compares it
	if t.Role != "" || v.Delete || v.MayChange(it.UserID) {
		return it, s.Library.Rule().Item(v, &it)
	}
	if it.Waits() {
		return it, media.ErrForbidden
	}
	_, err = s.Library.Albums.Of(c.Request().Context(), v, it)
	if err != nil && it.AlbumID != 0 {
		return it, err
	}
	return it, s.Library.Rule().Item(v, &it)
}

func (s *Server) serveOldItem(c echo.Context, t oldsite.Target) error {
	it, err := s.oldItem(c, t)
	if errors.Is(err, media.ErrLocked) && t.Role == "" && t.Delete == "" {
		// Its page of today has the title in its path.
		return s.renderLocked(c, lockedPage{Action: "/items/" + it.ID + "/open", Back: c.Request().URL.RequestURI()})
	}
	if err != nil {
		return err
	}
	switch {
	case t.Role != "" && !it.File(t.Role).Exists():
		return fs.ErrNotExist
	case t.Role != "":
		return s.ServeItemFile(c, it, t.Role, s.CacheControl(it))
	case t.Delete != "":
		return s.deleteBy(c, it, t.Delete)
	}
	return s.redirectFromOld(c, s.View(c, it).PathViewer())
}

// redirectFromOld leads to an address of today, unless that is the one that has
// answered with nothing.
func (s *Server) redirectFromOld(c echo.Context, path string) error {
	if c.Request().URL.EscapedPath() == path {
		return fs.ErrNotExist
	}
	return s.Redirect(c, http.StatusFound, path)
}

// mayDelete reports whether a token is that of an item's delete link, of today or
// of the old site. A wrong one of the old form costs as a wrong key does.
func (s *Server) mayDelete(c echo.Context, it media.Item, token string) (bool, error) {
	if s.Library.Secret.CheckDeleteToken(it.ID, token) {
		return true, nil
	}
	if s.Old == nil || !oldsite.IsDeleteWord(token) {
		return false, nil
	}
	if err := s.AllowSecret(c); err != nil {
		return false, err
	}
	right, err := s.Old.CheckDeleteWord(c.Request().Context(), it.Number, token)
	if err == nil && !right {
		s.ChargeSecret(c)
	}
	return right, err
}

// oldItemAtURL returns the item whose page a URL of an old site leads to.
func (s *Server) oldItemAtURL(c echo.Context, host, path string) (media.Item, error) {
	if s.Old == nil {
		return media.Item{}, errNotFoundItem
	}
	own := strings.EqualFold(host, c.Request().Host)
	old, err := s.Old.IsOld(c.Request().Context(), host)
	if err != nil || !old && !own {
		return media.Item{}, errors.Join(err, errNotFoundItem)
	}
	t, err := s.Old.Find(c.Request().Context(), strings.TrimPrefix(path, "/"), "")
	if err != nil {
		return media.Item{}, err
	}
	if t.Kind != media.OldItem || t.Role != "" || t.Delete != "" {
		return media.Item{}, errNotFoundItem
	}
	return s.oldItem(c, t)
}
