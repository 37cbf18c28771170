package library

import (
	"errors"
	"time"

	"postern/media"
)

// The steps of an upload, as Parts.Observe gets them.
const (
	stepReceive = "receive" // from the network to staging
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

// Queue returns how many uploads are worked on, how many wait for it, and
// whether one that came now would be ErrBusy.
func (l *Library) Queue() (working, waiting int, full bool) {
	inside, working := int(l.decodePool.admitted.Load()), int(l.decodePool.working.Load())
	return working, max(inside-working, 0), l.decodePool.full()
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
