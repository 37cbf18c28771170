package site

import (
	"errors"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/media/auth"
)

// SignIn begins a session with a name and a password. Wrong passwords use up what
// the account has of them; where none is left, only an address from which that
// user has signed in before may try on, so that no stranger keeps a user out.
func (s *Server) SignIn(c echo.Context, name, password string) (token string, expires time.Time, err error) {
	account := strings.ToLower(name)
	place := account + " " + Network(c)
	if state := s.Limits.Account.Peek(account, time.Now()); !state.Granted() && !s.State.places.has(place) {
		return "", time.Time{}, &waitError{errTooOften, s.Limits.Account.name, int64(state.Limit), state.Wait}
	}
	token, expires, err = s.Keyring.SignInWithPassword(c.Request().Context(), name, password, c.Request().UserAgent())
	switch {
	case errors.Is(err, auth.ErrWrongPassword):
		s.Limits.Account.Charge(account, 1, time.Now())
	case err == nil:
		s.State.places.note(place)
	}
	return token, expires, err
}

// SessionToken returns the token of the request's session, "" for none.
func (s *Server) SessionToken(c echo.Context) string {
	cookie, err := c.Cookie(s.SessionCookie(c))
	if err != nil {
		return ""
	}
	return cookie.Value
}
