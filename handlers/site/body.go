package site

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"postern/handlers/form"
)

// rateWindow is the time over which a body's rate is measured.
const rateWindow = 30 * time.Second

// timedBody is a request's body that gives up when no byte arrives for a while,
// or too few do for longer.
type timedBody struct {
	io.ReadCloser
	rc       *http.ResponseController
	idle     time.Duration
	rate     int64     // bytes in a second; 0 for any
	expects  bool      // the client sends nothing before it is asked to
	window   time.Time // moved on while nobody reads: that time is not the client's
	left     time.Time // end of the last Read
	inWindow int64     // bytes since
	failed   error     // why it could not be read to its end
	started  bool
	ended    bool
}

func (b *timedBody) Read(p []byte) (int, error) {
	now := time.Now()
	if b.started = true; !b.left.IsZero() {
		b.window = b.window.Add(now.Sub(b.left))
	}
	if err := b.rc.SetReadDeadline(now.Add(b.idle)); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.left = time.Now()
	if err == nil {
		err = b.pace(n, b.left)
	}
	if err == io.EOF {
		b.ended = true
		_ = b.rc.SetReadDeadline(time.Time{})
		return n, io.EOF
	}
	err = bodyError(err)
	b.failed = err
	return n, err
}

// bodyError tells what an error of net/http means: it adds ErrMalformed where
// the body's coding is wrong, which net/http says in words alone, and
// io.ErrUnexpectedEOF where the connection has ended.
func bodyError(err error) error {
	var network *net.OpError
	switch {
	case err == nil, errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, os.ErrDeadlineExceeded),
		errors.Is(err, http.ErrBodyReadAfterClose):
		return err
	case errors.As(err, &network):
		return fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
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

// sends reports whether the client may still be sending.
func (b *timedBody) sends() bool {
	return !b.ended && b.failed == nil && (b.started || !b.expects)
}

// drain reads up to most bytes that nobody wants, for the client to come to its
// end, and then nothing more.
func (b *timedBody) drain(most int64) {
	_, _ = io.CopyN(io.Discard, b, most)
	if !b.ended {
		_ = b.rc.SetReadDeadline(time.Unix(1, 0))
	}
}
