package site

import (
	"errors"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/share"
	"postern/media"
	"postern/media/auth"
)

// GivenKey returns the API key that a request has in a header, "" for none. It
// wins over one in a form, and is checked before the body is read. A key in the
// query is not returned: the body may hold another, which wins over it.
func GivenKey(c echo.Context) string {
	h := c.Request().Header
	if key := strings.TrimSpace(h.Get("X-API-Key")); key != "" {
		return key
	}
	if scheme, token, ok := strings.Cut(h.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(token)
	}
	return ""
}

// Authenticate returns who sent an API key and wants something by it; a guest for
// "". A wrong key is media.ErrInvalidKey, and costs its address more than an upload
// does.
func (s *Server) Authenticate(c echo.Context, key string, want auth.Right) (media.Caller, error) {
	caller, err := s.Keyring.Authenticate(c.Request().Context(), key, want)
	if errors.Is(err, media.ErrInvalidKey) {
		s.ChargeSecret(c)
	}
	if err == nil && key != "" {
		s.authenticateOnce(c, caller)
	}
	return caller, err
}

// ChargeSecret makes a wrong secret cost its address more than an upload does.
func (s *Server) ChargeSecret(c echo.Context) {
	s.Limits.Address.Charge(Network(c), s.Rates.WrongKey, time.Now())
	s.Peek(c, s.Limits.Address, Network(c))
}

// AllowSecret refuses to compare a secret for an address that has used up its rate.
func (s *Server) AllowSecret(c echo.Context) error {
	if state := s.Limits.Address.Peek(Network(c), time.Now()); !state.Granted() {
		return &waitError{errTooOften, s.Limits.Address.name, int64(state.Limit), state.Wait}
	}
	return nil
}

// knownKey is where the context of a request has its caller, for the log.
const knownKey = "known"

// authenticateOnce notes that a request has shown a key, or a session.
func (s *Server) authenticateOnce(c echo.Context, caller media.Caller) {
	c.Set(knownKey, caller)
	share.Of(c.Request().Context()).KeyShown()
}
