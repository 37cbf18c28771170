package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// StatusError is an answer that is no success. It wraps ErrStatus.
type StatusError struct {
	Status     int
	RetryAfter time.Duration // that the answer to a Post asks for; 0 for none
}

func (e *StatusError) Error() string { return fmt.Sprintf("%v: %d", ErrStatus, e.Status) }

// Unwrap returns ErrStatus.
func (e *StatusError) Unwrap() error { return ErrStatus }

// maxAnswer bounds what is read of an answer to Post.
const maxAnswer = 64 << 10

// Post sends a body to rawURL, under the rules of Get; it follows no redirects. It
// returns nil after an answer of 2xx. The error is a *StatusError for another answer.
func (c *Client) Post(ctx context.Context, rawURL string, header http.Header, body []byte) error {
	u, err := parse(rawURL)
	if err != nil {
		return err
	}
	if err := c.admit(u); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrURL, err)
	}
	req.Header = header.Clone()
	req.Header.Set("User-Agent", c.userAgent)
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return classify("request", err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	if resp.StatusCode/100 == 2 {
		return nil
	}
	failed := &StatusError{Status: resp.StatusCode}
	if seconds, err := strconv.ParseFloat(resp.Header.Get("Retry-After"), 64); err == nil && seconds > 0 && seconds < 1e6 {
		failed.RetryAfter = time.Duration(seconds * float64(time.Second))
	}
	return failed
}
