package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The first wait between two tries, which doubles, and its end.
const (
	firstWait = time.Second
	lastWait  = time.Minute
)

// defaultMaxWait is how long a server may ask to be left alone, for a Client that
// does not say.
const defaultMaxWait = 10 * time.Minute

// retry runs a try until it succeeds, fails for good, or has failed too often.
func (c *Client) retry(ctx context.Context, src Source, try func() error) error {
	for tries := 0; ; tries++ {
		err := try()
		if err == nil || !Passes(err) || lasts(err) || tries >= c.Retries || ctx.Err() != nil {
			return err
		}
		if err := c.rest(ctx, src, tries, err); err != nil {
			return err
		}
	}
}

// rest waits after a failed try. The error is that of the try if the server wants to
// be left alone for too long.
func (c *Client) rest(ctx context.Context, src Source, tries int, failure error) error {
	wait := waitAfter(tries, failure)
	if wait > c.maxWait() {
		return fmt.Errorf("%w; the server asks to come back in %s", failure, wait)
	}
	if c.Retrying != nil {
		c.Retrying(src, failure, wait)
	}
	return c.wait(ctx, wait)
}

func (c *Client) maxWait() time.Duration {
	if c.MaxWait > 0 {
		return c.MaxWait
	}
	return defaultMaxWait
}

// waitAfter is what the server asks for, or else twice as long at each try, less up
// to a half, so that clients that were sent away together do not come back together.
func waitAfter(tries int, err error) time.Duration {
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.wait > 0 {
		return refusal.wait
	}
	wait := min(firstWait<<min(tries, 10), lastWait)
	return wait - rand.N(wait/2)
}

func (c *Client) wait(ctx context.Context, d time.Duration) error {
	if c.Wait != nil {
		return c.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryAfter reads the header of that name: seconds or a date. 0 stands for no wish.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
