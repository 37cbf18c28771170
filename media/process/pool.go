package process

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"postern/media"
)

// Pool bounds the decoding that goes on at once: a number of workers, the
// memory that their pictures take together, and a queue of those who wait.
type Pool struct {
	workers  *semaphore.Weighted
	memory   *semaphore.Weighted
	budget   int64
	capacity int64        // workers and queue
	admitted atomic.Int64 // who waits or is worked for
	working  atomic.Int64

	ioSlots chan struct{} // files being read and rewritten without decoding
}

// NewPool returns a pool of so many workers, with a queue and a budget of bytes. What its
// work leaves behind goes back to the system when no pool of the process has worked for a
// while.
func NewPool(workers, queue int, budget int64) *Pool {
	decoding.start()
	return &Pool{
		workers:  semaphore.NewWeighted(int64(workers)),
		memory:   semaphore.NewWeighted(budget),
		budget:   budget,
		capacity: int64(workers + queue),
		ioSlots:  make(chan struct{}, workers),
	}
}

// full reports whether Do would answer ErrBusy.
func (w *Pool) full() bool { return w.admitted.Load() >= w.capacity }

// Handle runs f, which reads and rewrites a file without decoding it, when few
// others do: each takes little memory, but of uploads that end at once there
// can be thousands. f may call Do. The error is f's, or that of ctx.
func (w *Pool) Handle(ctx context.Context, f func() error) error {
	select {
	case w.ioSlots <- struct{}{}:
		defer func() { <-w.ioSlots }()
		return f()
	case <-ctx.Done():
		return fmt.Errorf("wait for a hand: %w", ctx.Err())
	}
}

// Do runs f on a worker when one is free and there is room for need bytes. The
// error is a MemoryError when there never can be, ErrBusy when the queue is full,
// or that of ctx. A panic in f, which hands foreign bytes to codecs, is an error
// that wraps ErrDamaged.
func (w *Pool) Do(ctx context.Context, need int64, f func() error) error {
	if need > w.budget {
		return &media.MemoryError{Need: need, Limit: w.budget}
	}
	if w.admitted.Add(1) > w.capacity {
		w.admitted.Add(-1)
		return media.ErrBusy
	}
	defer w.admitted.Add(-1)
	if err := w.memory.Acquire(ctx, need); err != nil {
		return fmt.Errorf("wait for memory: %w", err)
	}
	defer w.memory.Release(need)
	if err := w.workers.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("wait for a worker: %w", err)
	}
	defer w.workers.Release(1)
	w.working.Add(1)
	defer w.working.Add(-1)
	decoding.begin()
	defer decoding.end()
	return safely(f)
}

// safely runs f and turns a panic into an error that wraps ErrDamaged and
// ErrPanic.
func safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %w: %v\n%s", media.ErrDamaged, media.ErrPanic, p, debug.Stack())
		}
	}()
	return f()
}

// Queue returns how many uploads are worked on, how many wait for it, and
// whether one that came now would be ErrBusy.
func (w *Pool) Queue() (working, waiting int, full bool) {
	inside, working := int(w.admitted.Load()), int(w.working.Load())
	return working, max(inside-working, 0), w.full()
}
