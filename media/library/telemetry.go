package library

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"postern/media"
)

// The steps of an upload, as Parts.Observe gets them.
const (
	stepReceive = "receive" // from the network to the stage
	stepInspect = "inspect"
	stepProcess = "treat"
	stepWait    = "wait" // for a worker
	stepDerive  = "derive"
	stepSync    = "sync"
	stepRecord  = "record"
	stepPublish = "publish"
)

// observe starts a step and returns the function that ends it.
func (l *Library) observe(step string) (end func()) {
	if l.observer == nil {
		return func() {}
	}
	start := time.Now()
	return func() { l.observer(step, time.Since(start)) }
}

// Busy reports whether an upload that came now would be ErrBusy.
func (l *Library) Busy() bool { return l.decodePool.full() }

// Queue returns how many uploads are worked on, and how many wait for it.
func (l *Library) Queue() (working, waiting int) {
	inside, working := int(l.decodePool.admitted.Load()), int(l.decodePool.working.Load())
	return working, max(inside-working, 0)
}

// ReaperLag returns for how long the item that is due first has been overdue,
// zero when none is.
func (l *Library) ReaperLag(ctx context.Context) (time.Duration, error) {
	next, err := l.database.NextExpiry(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return max(l.Now().Sub(next), 0), err
}

// CheckStaging returns why no upload could be staged, nil if one can.
func (l *Library) CheckStaging() error {
	name := stagedName(media.NewID(), media.RoleOriginal)
	f, err := l.staging.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), l.staging.Remove(name))
}
