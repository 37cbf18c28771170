package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"postern/media"
)

// times bound what goes on beside a remote store. All are longer than a second, in
// which the database counts.
type times struct {
	lease time.Duration // in which the files of an upload may be put, until it is renewed

	// What a lease allows may be signed at its very end, and servers carry out what
	// was signed up to a quarter of an hour ago.
	grace time.Duration

	claim time.Duration // for deleting a batch
	look  time.Duration // between two looks at what other gateways have left
}

// margin is the end of a lease in which nothing is put any more.
func (t times) margin() time.Duration { return min(10*time.Second, t.lease/4) }

// errLeaseOver reports that an upload took so long that others may give it up.
var errLeaseOver = fmt.Errorf("%w: the lease of the upload is over", media.ErrBusy)

// leased runs work that puts files, and renews their lease meanwhile. The context of
// work ends some time before the lease does, by a clock that nobody sets. granted is
// when the lease was asked for.
func (l *Library) leased(ctx context.Context, granted time.Time, renew func(ctx context.Context, until time.Time) error, work func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	left := func() time.Duration { return l.times.lease - l.times.margin() - time.Since(granted) }
	end := time.AfterFunc(left(), func() { cancel(errLeaseOver) })
	defer end.Stop()
	renewing := make(chan struct{})
	go func() {
		defer close(renewing)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(l.times.lease / 3):
			}
			granted = time.Now()
			if err := renew(ctx, l.Now().Add(l.times.lease)); err != nil {
				cancel(fmt.Errorf("renew the lease: %w", err))
				return
			}
			end.Reset(left())
		}
	}()
	err := work(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	cancel(nil)
	<-renewing
	return err
}

// nameObjects gives files objects of their own in a remote store, whose names are never
// used again. A deletion can be repeated, and what is put late hits nobody.
func (l *Library) nameObjects(it *media.Item, roles []media.Role) {
	if !l.store.Remote() {
		return
	}
	name := objectNames()
	for _, role := range roles {
		f := it.File(role)
		f.Object = name(f.Key)
	}
}

// notArrived logs why an upload has not arrived, and returns what its client is told: to
// try again, unless the upload was refused.
func (l *Library) notArrived(it *media.Item, err error) error {
	if err == nil || SurelyNotRecorded(err) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l.log.Error("an upload has not arrived in the store", "item", it.ID, "error", err)
	return fmt.Errorf("%w: %w", media.ErrBusy, err)
}
