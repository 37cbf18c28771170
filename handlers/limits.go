package handlers

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// waitError is an answer that tells when to come back.
type waitError struct {
	*apiError
	wait time.Duration
}

func (e *waitError) Unwrap() error { return e.apiError }

// uploader tells who uploads, by a key, and whether its quota has room.
func (s *server) uploader(c echo.Context, key string) (media.Caller, error) {
	ctx := c.Request().Context()
	caller, err := s.Keyring.Caller(ctx, key)
	if err != nil {
		return caller, err
	}
	return caller, s.Library.Admit(ctx, caller, c.RealIP())
}

// quotaFault says which quota is used up, and for a day's when it is over.
func (s *server) quotaFault(q *media.QuotaError) error {
	switch q.Of {
	case media.QuotaBytes:
		return badRequest(400, "Your storage quota is used up"+limitMark+formatBytes(q.Limit))
	case media.QuotaItems:
		return badRequest(400, "Your quota of files is used up"+limitMark+strconv.FormatInt(q.Limit, 10))
	}
	now := s.Library.Now().UTC()
	midnight := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	fault := &apiError{http.StatusTooManyRequests, 429, "Your uploads of today are used up" + limitMark + strconv.FormatInt(q.Limit, 10)}
	return &waitError{fault, midnight.Sub(now)}
}

// askBack tells a client that is sent away for now when to come back.
func askBack(c echo.Context, answer *apiError, err error) {
	h := c.Response().Header()
	var w *waitError
	switch {
	case errors.As(err, &w):
		seconds := int(math.Ceil(w.wait.Seconds()))
		h.Set("Retry-After", strconv.Itoa(seconds))
		h.Set("X-RateLimit-Reset", fmt.Sprint(time.Now().Add(w.wait).Unix()))
	case answer.status == http.StatusServiceUnavailable:
		h.Set("Retry-After", "2")
	}
}
