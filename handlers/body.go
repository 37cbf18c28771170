package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/form"
)

// drainTime and the body limit bound what is read only to be thrown away.
const drainTime = 30 * time.Second

// rateWindow is the time over which a body's rate is measured.
const rateWindow = 30 * time.Second

// timedBody is a request's body that gives up when no byte arrives for a while,
// or too few do for longer.
type timedBody struct {
	io.ReadCloser
	rc       *http.ResponseController
	idle     time.Duration
	rate     int64 // bytes in a second; 0 for any
	window   time.Time
	inWindow int64 // bytes since
	failed   error // why it could not be read to its end
	started  bool
	ended    bool
	deadline time.Time // zero for none
}

// guardBody bounds the body in size, and in time without a byte.
func (s *server) guardBody(c echo.Context) *timedBody {
	r := c.Request()
	body := &timedBody{
		ReadCloser: r.Body, rc: http.NewResponseController(c.Response()), idle: s.BodyIdle, rate: s.BodyRate, ended: r.ContentLength == 0,
	}
	r.Body = http.MaxBytesReader(nil, body, s.MaxBody)
	return body
}

func (b *timedBody) Read(p []byte) (int, error) {
	b.started = true
	until := time.Now().Add(b.idle)
	if !b.deadline.IsZero() && b.deadline.Before(until) {
		until = b.deadline
	}
	if err := b.rc.SetReadDeadline(until); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err == io.EOF
	if err == nil {
		err = b.pace(n, time.Now())
	}
	err = malformed(err)
	if err != nil && err != io.EOF {
		b.failed = err
	}
	return n, err
}

// malformed adds ErrMalformed to an error by which net/http says, in words
// alone, that the body's coding is wrong.
func malformed(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	var network net.Error
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, os.ErrDeadlineExceeded),
		errors.Is(err, http.ErrBodyReadAfterClose), errors.As(err, &network):
		return err
	}
	return fmt.Errorf("%w: %w", form.ErrMalformed, err)
}

// pace fails when a window has passed with fewer bytes than the rate asks for.
func (b *timedBody) pace(n int, now time.Time) error {
	if b.window.IsZero() {
		b.window = now
	}
	b.inWindow += int64(n)
	passed := now.Sub(b.window)
	if passed < rateWindow {
		return nil
	}
	if float64(b.inWindow) < float64(b.rate)*passed.Seconds() {
		return fmt.Errorf("%d bytes in %v: %w", b.inWindow, passed.Round(time.Second), os.ErrDeadlineExceeded)
	}
	b.window, b.inWindow = now, 0
	return nil
}

// answerEarly answers an error to a client that may still be sending, and lets
// it finish: most clients read no answer before, and would see a broken
// connection instead.
func (s *server) answerEarly(c echo.Context, body *timedBody, err error) error {
	if body.failed != nil && errors.Is(err, context.Canceled) {
		err = body.failed // net/http has cancelled the request for it
	}
	if body.ended {
		return err
	}
	waiting := c.Request().Header.Get("Expect") != "" && !body.started
	if !waiting {
		// Without this the answer would wait until the body is read.
		_ = body.rc.EnableFullDuplex()
	}
	c.Response().Header().Set("Connection", "close")
	c.Error(err)
	_ = body.rc.Flush()
	if !waiting {
		body.deadline = time.Now().Add(drainTime)
		_, _ = io.CopyN(io.Discard, body, s.MaxBody)
	}
	return nil
}
