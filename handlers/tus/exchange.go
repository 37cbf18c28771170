package tus

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/tus/tusd/v2/pkg/handler"

	"postern/handlers/site"
	"postern/media"
)

// exchange is one request that tusd answers, and what our side knows of it: tusd's
// answer is held until it can be written in our form, and errors keep their cause.
type exchange struct {
	c      echo.Context
	caller media.Caller
	owner  owner
	sum    *checksum
	record *record // that was asked for
	item   *media.Item
	err    error // why it failed, where our side has failed

	header http.Header
	status int
	body   bytes.Buffer
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange { return ctx.Value(exchangeKey{}).(*exchange) }

// fail notes a cause, which tusd would tell the client, and returns what tusd gets.
func (e *exchange) fail(cause error) error {
	if e.err == nil {
		e.err = cause
	}
	return handler.NewError("ERR", "", http.StatusInternalServerError)
}

// run lets tusd answer. The error is one of site, or has its cause.
func (e *exchange) run(id string, serve http.HandlerFunc) error {
	e.header = make(http.Header)
	r := e.c.Request()
	r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, e))
	r.URL = &url.URL{Path: "/" + id}
	if e.sum != nil {
		r.Body = e.sum
	}
	serve(e, r)
	switch {
	case e.err != nil:
		return e.err
	case e.status >= 400:
		_, message, _ := strings.Cut(strings.TrimSpace(e.body.String()), ": ")
		return site.NewError(e.status, e.status, "Resumable upload: "+message)
	}
	return nil
}

// Header implements http.ResponseWriter.
func (e *exchange) Header() http.Header { return e.header }

// WriteHeader implements http.ResponseWriter.
func (e *exchange) WriteHeader(status int) { e.status = status }

// Write implements http.ResponseWriter.
func (e *exchange) Write(p []byte) (int, error) { return e.body.Write(p) }

// SetReadDeadline is for http.ResponseController. tusd sets a deadline in the past to
// end a request whose upload another request takes over; the site sets all others.
func (e *exchange) SetReadDeadline(t time.Time) error {
	if time.Until(t) > 0 {
		return nil
	}
	return http.NewResponseController(e.c.Response()).SetReadDeadline(t)
}

// SetWriteDeadline is for http.ResponseController. The site sets deadlines.
func (e *exchange) SetWriteDeadline(time.Time) error { return nil }

var errLocked = site.NewError(http.StatusLocked, http.StatusLocked, "Resumable upload: another request is at work on it")

// passes reports whether an upload may still become an item after an error: the
// server was busy, full or at fault, or the day's quota is used up.
func (s *Server) passes(err error) bool {
	status := s.ToAPIError(err).Status
	return status >= 500 || status == http.StatusTooManyRequests || errors.Is(err, context.Canceled)
}
