// Package notify lets workers sleep until there is something to do.
package notify

import (
	"context"
	"time"
)

// Wait returns after a while, once Send is called on the channel, or when ctx ends.
func Wait(ctx context.Context, wait time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-timer.C:
	}
}

// Send ends a Wait on the channel, or the next one. The channel has a buffer of one.
func Send(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
