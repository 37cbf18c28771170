package handlers

import (
	"errors"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/share"
	"postern/media"
) // givenKey is the key that a request shows in a header, where it wins and is
// judged before the body is read. One in the query is not: the body may hold
// another, which wins over it.
func givenKey(c echo.Context) string {
	h := c.Request().Header
	if key := strings.TrimSpace(h.Get("X-API-Key")); key != "" {
		return key
	}
	if scheme, token, ok := strings.Cut(h.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(token)
	}
	return ""
}

// authenticate tells who sent a key. A wrong one costs its address more than an
// upload does.
func (s *Server) authenticate(c echo.Context, key string) (media.Caller, error) {
	caller, err := s.Keyring.Authenticate(c.Request().Context(), key)
	if errors.Is(err, media.ErrInvalidKey) {
		s.limits.address.Charge(network(c), s.Rates.WrongKey, time.Now())
		s.peek(c, s.limits.address, network(c))
	}
	if err == nil && key != "" {
		s.authenticateOnce(c, caller)
	}
	return caller, err
}

// knownKey is where who has shown a key or a session is kept, for the log.
const knownKey = "known"

// authenticateOnce notes that a request has shown a key, or a session.
func (s *Server) authenticateOnce(c echo.Context, caller media.Caller) {
	c.Set(knownKey, caller)
	share.Of(c.Request().Context()).KeyShown()
}
