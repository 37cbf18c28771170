// Package notify lets workers sleep until there is something to do, or it is time again.
package notify

import (
	"context"
	"time"
)

const (
	// MaxWait bounds a wait: a clock that is set, or a machine that sleeps, makes
	// timers wrong.
	MaxWait = 15 * time.Minute
	// RetryWait is how long a worker waits after a fault.
	RetryWait = time.Minute
)

// Wait returns after wait, at a Send on the channel, or when ctx ends.
func Wait(ctx context.Context, wait time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-timer.C:
	}
}

// Every calls f at the end of each period, until ctx ends.
func Every(ctx context.Context, period time.Duration, f func()) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			f()
		}
	}
}

// Send ends a Wait on the channel, or the next one. The channel has a buffer of one.
func Send(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
