package library

import (
	"context"
	"errors"
	"sync"
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

// Timing is how long one step took.
type Timing struct {
	Step string
	Took time.Duration
}

// Timings collect the steps of one request's uploads. It is safe for concurrent use.
type Timings struct {
	mu    sync.Mutex
	steps []Timing
}

type timingsKey struct{}

// WithTimings returns a context under which the steps of uploads are noted in t.
func WithTimings(ctx context.Context, t *Timings) context.Context {
	return context.WithValue(ctx, timingsKey{}, t)
}

// Take returns the steps since the last call, in the order of their ends.
func (t *Timings) Take() []Timing {
	t.mu.Lock()
	defer t.mu.Unlock()
	steps := t.steps
	t.steps = nil
	return steps
}

func (t *Timings) note(step string, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.steps = append(t.steps, Timing{step, took})
}

// observe starts a step and returns the function that ends it.
func (l *Library) observe(ctx context.Context, step string) (end func()) {
	timings, _ := ctx.Value(timingsKey{}).(*Timings)
	start := time.Now()
	return func() {
		took := time.Since(start)
		if l.observer != nil {
			l.observer(step, took)
		}
		if timings != nil {
			timings.note(step, took)
		}
	}
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
