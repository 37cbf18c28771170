package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"postern/media"
)

// FinishDeletions removes the bytes and records of all items whose deletion
// has begun.
func (l *Library) FinishDeletions(ctx context.Context) error {
	return l.finishDeletions(ctx, func() error { return nil })
}

// finishDeletions calls mark before it removes anything, and before each batch.
func (l *Library) finishDeletions(ctx context.Context, mark func() error) error {
	for {
		if err := mark(); err != nil {
			return err
		}
		items, err := l.database.Deleting(ctx, reapBatch)
		if err != nil || len(items) == 0 {
			return err
		}
		if err := l.finishPublished(ctx, items); err != nil {
			return fmt.Errorf("finish deletions: %w", err)
		}
	}
}

// reapBatch keeps the writer of the database free for uploads in between.
const reapBatch = 100

// Reap removes items as they expire, until ctx ends. It sleeps until the next
// end of life, and works off in batches what came due while the server was
// down. On its way out it finishes deletions that have begun.
func (l *Library) Reap(ctx context.Context) {
	defer l.leaveNoneHalfway(context.WithoutCancel(ctx))
	for ctx.Err() == nil {
		waitOrNotify(ctx, l.keepReserve(l.reapOnce(ctx)), l.reaperSignal)
	}
}

const (
	// A clock that is set, or a machine that sleeps, makes timers wrong.
	maxSleep    = 15 * time.Minute
	retrySleep  = time.Minute
	pausedSleep = time.Second

	// The next start can finish deletions as well; stopping must not take long.
	maxFarewell = 5 * time.Second
)

func (l *Library) leaveNoneHalfway(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, maxFarewell)
	defer cancel()
	if err := l.FinishDeletions(ctx); err != nil {
		l.log.Warn("deletions are left for the next start", "error", err)
	}
}

// reapOnce removes all that has expired and says how long to sleep.
func (l *Library) reapOnce(ctx context.Context) time.Duration {
	err := l.ReapExpired(ctx)
	if errors.Is(err, errDeletionsPaused) || errors.Is(err, media.ErrBusy) {
		return pausedSleep
	}
	if err != nil {
		if ctx.Err() == nil {
			l.log.Error("reap", "error", err)
		}
		return retrySleep
	}
	next, err := l.nextEnd(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return maxSleep
	case err != nil:
		l.log.Error("reap", "error", err)
		return retrySleep
	}
	return min(max(next.Sub(l.Now()), 0), maxSleep)
}

// ReapExpired removes all items that have expired by now, and those whose time
// in the bin is over. All are marked as deleting before the bytes of any go, so
// that they are gone for everyone while a backup, or much else, is in the way.
func (l *Library) ReapExpired(ctx context.Context) error {
	if err := l.database.ForgetGone(ctx, l.Now()); err != nil {
		return err
	}
	return l.finishDeletions(ctx, func() error {
		if err := l.markAll(ctx, "items have expired", l.beginExpire); err != nil {
			return err
		}
		return l.markAll(ctx, "items leave the bin", l.database.BeginPurge)
	})
}

func (l *Library) beginExpire(ctx context.Context, now time.Time, limit int) ([]media.Item, error) {
	return l.database.BeginExpire(ctx, now, limit, l.goneUntil)
}

// markAll marks, batch by batch, what begin says is over.
func (l *Library) markAll(ctx context.Context, what string, begin func(context.Context, time.Time, int) ([]media.Item, error)) error {
	for count := 0; ; {
		var items []media.Item
		err := l.DespiteFull(func() (err error) { items, err = begin(ctx, l.Now(), reapBatch); return err })
		count += len(items)
		if err != nil || len(items) == 0 {
			if count > 0 {
				l.log.Info(what, "count", count)
			}
			return err
		}
	}
}

// finishPublished waits for those that are still being published: another
// process, or time, may have begun their deletion.
func (l *Library) finishPublished(ctx context.Context, items []media.Item) error {
	for _, it := range items {
		l.locks.lock(it.ID)()
	}
	return l.remove(context.WithoutCancel(ctx), items...)
}

// notifyReaper makes the reaper look at the index again.
func (l *Library) notifyReaper() { notify(l.reaperSignal) }
