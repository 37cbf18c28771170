// Package counts counts by the hour what a server does, for the pages of its admins.
package counts

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"postern/media"
	"postern/media/notify"
)

// Counter adds up in memory, and writes what has come together once a minute: nothing
// that is counted waits for it, and a server that does nothing writes nothing. What a
// crash takes is a minute's. It is safe for concurrent use.
type Counter struct {
	Records media.AuditRecords
	Now     func() time.Time
	Log     *slog.Logger

	mu      sync.Mutex
	sums    map[string]int64
	levelAt time.Time // when levels were last kept
}

// Add adds n to what is counted under a name.
func (c *Counter) Add(what string, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sums == nil {
		c.sums = make(map[string]int64)
	}
	c.sums[what] += n
}

// Flush writes what has been added since the last time, and once an hour the levels.
func (c *Counter) Flush(ctx context.Context) error {
	c.mu.Lock()
	sums := c.sums
	c.sums = nil
	now := c.Now()
	due := c.levelAt.IsZero() || now.Sub(c.levelAt) >= time.Hour
	c.mu.Unlock()
	if len(sums) == 0 {
		return nil
	}
	var levels map[string]int64
	if due {
		stock, err := c.Records.Stock(ctx)
		if err != nil {
			c.giveBack(sums)
			return err
		}
		levels = map[string]int64{media.CountStored: stock.TotalBytes(), media.CountUsers: stock.Users}
	}
	if err := c.Records.KeepCounts(ctx, now, sums, levels); err != nil {
		c.giveBack(sums)
		return err
	}
	if due {
		c.mu.Lock()
		c.levelAt = now
		c.mu.Unlock()
	}
	return nil
}

func (c *Counter) giveBack(sums map[string]int64) {
	for what, n := range maps.All(sums) {
		c.Add(what, n)
	}
}

// Run flushes every minute until ctx ends, and once more then.
func (c *Counter) Run(ctx context.Context) {
	flush := func() {
		if err := c.Flush(context.WithoutCancel(ctx)); err != nil {
			c.Log.Error("keep counts", "error", err)
		}
	}
	notify.Every(ctx, time.Minute, flush)
	flush()
}
