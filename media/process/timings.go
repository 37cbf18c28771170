package process

import (
	"context"
	"sync"
	"time"
)

// The steps of an upload, as an Observer gets them.
const (
	StepReceive = "receive" // from the network to staging
	StepInspect = "inspect"
	stepProcess = "treat" // the name in operators' dashboards
	stepWait    = "wait"  // for a worker
	stepDerive  = "derive"
	StepSync    = "sync"
	StepRecord  = "record"
	StepPublish = "publish"
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

// Observer is told how long each step of an upload took. It may be nil.
type Observer func(step string, took time.Duration)

// Begin starts a step, and returns the function that ends it.
func (o Observer) Begin(ctx context.Context, step string) (end func()) {
	timings, _ := ctx.Value(timingsKey{}).(*Timings)
	start := time.Now()
	return func() {
		took := time.Since(start)
		if o != nil {
			o(step, took)
		}
		if timings != nil {
			timings.note(step, took)
		}
	}
}
