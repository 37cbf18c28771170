package library

import (
	"context"
	"time"
)

// waitOrNotify waits for a while, for a wake, or for the end of ctx.
func waitOrNotify(ctx context.Context, wait time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-timer.C:
	}
}

// notify ends a sleep, or the next one.
func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
