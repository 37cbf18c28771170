package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"postern/media"
	"postern/media/notify"
)

// Reaper removes items as they expire, and finishes deletions that have begun.
// Run is for one goroutine; the other methods are safe for concurrent use.
type Reaper struct{ Library *Library }

// FinishDeletions removes the bytes and records of all items whose deletion
// has begun.
func (r *Reaper) FinishDeletions(ctx context.Context) error {
	return r.finishDeletions(ctx, func() error { return nil })
}

// finishDeletions calls mark before it removes anything, and before each batch.
func (r *Reaper) finishDeletions(ctx context.Context, mark func() error) error {
	for {
		if err := mark(); err != nil {
			return err
		}
		items, err := r.deleting(ctx)
		if err != nil || len(items) == 0 {
			return err
		}
		if err := r.finishPublished(ctx, items); err != nil {
			return fmt.Errorf("finish deletions: %w", err)
		}
	}
}

// deleting returns a batch of items whose deletion is this process's to finish. Beside
// a remote store, what others have left is among them.
func (r *Reaper) deleting(ctx context.Context) ([]media.Item, error) {
	l := r.Library
	if !l.store.Remote() {
		return l.database.Deleting(ctx, reapBatch)
	}
	for {
		count, err := l.database.BeginAbandoned(ctx, l.Now(), reapBatch)
		if err != nil {
			return nil, err
		}
		if count < reapBatch {
			break
		}
	}
	return l.database.ClaimDeleting(ctx, l.Now(), l.Now().Add(l.times.claim), reapBatch)
}

// reapBatch keeps the writer of the database free for uploads in between.
const reapBatch = 100

// Run removes items as they expire, until ctx ends. It sleeps until the next
// end of life, and works off in batches what came due while the server was
// down. On its way out it finishes deletions that have begun.
func (r *Reaper) Run(ctx context.Context) {
	defer r.leaveNoneHalfway(context.WithoutCancel(ctx))
	for ctx.Err() == nil {
		notify.Wait(ctx, r.Library.keepReserve(r.reapOnce(ctx)), r.Library.reaperSignal)
	}
}

const (
	pausedSleep = time.Second // while a backup runs

	// The next start can finish deletions as well; stopping must not take long.
	maxFarewell = 5 * time.Second
)

func (r *Reaper) leaveNoneHalfway(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, maxFarewell)
	defer cancel()
	if err := r.FinishDeletions(ctx); err != nil {
		r.Library.log.Warn("deletions are left for the next start", "error", err)
	}
}

// reapOnce removes all that has expired and says how long to sleep.
func (r *Reaper) reapOnce(ctx context.Context) time.Duration {
	err := r.RemoveExpired(ctx)
	if err == nil && r.Library.store.Remote() {
		err = r.Library.withdrawFiles(ctx)
	}
	if errors.Is(err, errDeletionsPaused) || errors.Is(err, media.ErrBusy) {
		return pausedSleep
	}
	if err != nil {
		if ctx.Err() == nil {
			r.Library.log.Error("reap", "error", err)
		}
		return notify.RetryWait
	}
	longest := notify.MaxWait
	if r.Library.store.Remote() {
		longest = r.Library.times.look
	}
	next, err := r.Library.nextEnd(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return longest
	case err != nil:
		r.Library.log.Error("reap", "error", err)
		return notify.RetryWait
	}
	return min(max(next.Sub(r.Library.Now()), 0), longest)
}

// RemoveExpired removes all items that have expired by now, and those whose time
// in the trash is over. All are marked as deleting before the bytes of any go, so
// that they are gone for everyone while a backup, or much else, is in the way.
func (r *Reaper) RemoveExpired(ctx context.Context) error {
	if err := r.Library.database.ForgetGone(ctx, r.Library.Now()); err != nil {
		return err
	}
	if err := r.Library.database.ForgetAddresses(ctx, r.Library.Now()); err != nil {
		return err
	}
	return r.finishDeletions(ctx, func() error {
		if err := r.markAll(ctx, "items have expired", r.beginExpire); err != nil {
			return err
		}
		return r.markAll(ctx, "items leave the trash", r.Library.database.BeginPurge)
	})
}

func (r *Reaper) beginExpire(ctx context.Context, now time.Time, limit int) ([]media.Item, error) {
	return r.Library.database.BeginExpire(ctx, now, limit, r.Library.goneUntil)
}

// markAll marks, batch by batch, what begin says is over.
func (r *Reaper) markAll(ctx context.Context, what string, begin func(context.Context, time.Time, int) ([]media.Item, error)) error {
	for count := 0; ; {
		var items []media.Item
		err := r.Library.despiteFull(func() (err error) { items, err = begin(ctx, r.Library.Now(), reapBatch); return err })
		count += len(items)
		if err != nil || len(items) == 0 {
			if count > 0 {
				r.Library.log.Info(what, "count", count)
			}
			return err
		}
	}
}

// finishPublished waits for those that are still being published: another
// process, or time, may have begun their deletion.
func (r *Reaper) finishPublished(ctx context.Context, items []media.Item) error {
	for _, it := range items {
		if !r.Library.store.Remote() { // where leases tell what may still come
			r.Library.locks.lock(it.ID)()
		}
	}
	return r.Library.remove(context.WithoutCancel(ctx), items...)
}

// Lag returns for how long the item that is due first has been overdue,
// zero when none is.
func (r *Reaper) Lag(ctx context.Context) (time.Duration, error) {
	next, err := r.Library.database.NextExpiry(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return max(r.Library.Now().Sub(next), 0), err
}

// notifyReaper makes the reaper look at the database again.
func (l *Library) notifyReaper() { notify.Send(l.reaperSignal) }
