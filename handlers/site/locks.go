package site

import (
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
)

const (
	openedCookie = "opened"       // of the locks whose password this browser has given
	openedFor    = 24 * time.Hour // unless the browser ends before
	maxOpened    = 20             // locks; the oldest go
)

// opened returns what tells whether the visitor has given the password of a lock. The
// cookie proves it by itself: a lock that is changed is another one.
func (s *Server) opened(c echo.Context) func(media.Lock) bool {
	return func(l media.Lock) bool {
		for _, pass := range passes(c) {
			until, signature, _ := strings.Cut(pass, "-")
			if s.inTime(until) && s.Library.Secret.CheckSignature("lock", until+" "+string(l), signature) {
				return true
			}
		}
		return false
	}
}

// inTime reports whether a time in seconds, as a text, is to come.
func (s *Server) inTime(until string) bool {
	seconds, err := strconv.ParseInt(until, 10, 64)
	return err == nil && s.Library.Now().Unix() < seconds
}

// passes are what the cookie has, the oldest first.
func passes(c echo.Context) []string {
	cookie, err := c.Cookie(openedCookie)
	if err != nil || cookie.Value == "" {
		return nil
	}
	all := strings.Split(cookie.Value, ".")
	return all[max(len(all)-maxOpened, 0):]
}

// RememberOpened notes in the visitor's browser that the password of a lock was given.
func (s *Server) RememberOpened(c echo.Context, l media.Lock) {
	until := strconv.FormatInt(s.Library.Now().Add(openedFor).Unix(), 10)
	all := append(passes(c), until+"-"+s.Library.Secret.Sign("lock", until+" "+string(l)))
	cookie := s.NewCookie(c, openedCookie, strings.Join(all[max(len(all)-maxOpened, 0):], "."))
	cookie.HttpOnly = true // and no end: it goes with the browser's session
	c.SetCookie(cookie)
}

// ForgetOpened takes that back, when somebody signs out.
func (s *Server) ForgetOpened(c echo.Context) {
	if len(passes(c)) == 0 {
		return
	}
	cookie := s.NewCookie(c, openedCookie, "")
	cookie.Expires, cookie.HttpOnly = time.Unix(1, 0), true
	c.SetCookie(cookie)
}

// SignedQuery is the part of a URL that opens an item's page and files to everyone who has
// it, until a time.
func (s *Server) SignedQuery(id string, until time.Time) string {
	at := strconv.FormatInt(until.Unix(), 10)
	return "until=" + at + "&signed=" + s.Library.Secret.Sign("item", at+" "+id)
}

// signed reports whether the request's URL opens an item by its signature.
func (s *Server) signed(c echo.Context, id string) bool {
	until, signature := c.QueryParam("until"), c.QueryParam("signed")
	return signature != "" && s.inTime(until) && s.Library.Secret.CheckSignature("item", until+" "+id, signature)
}

// WithProofs returns a viewer with what the request shows besides its key: passwords
// that were given, and the signature of a link.
func (s *Server) WithProofs(c echo.Context, v media.Viewer) media.Viewer {
	v.Opened, v.Signed = s.opened(c), func(id string) bool { return s.signed(c, id) }
	return v
}
