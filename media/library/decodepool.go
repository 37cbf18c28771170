package library

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"postern/media"
	"postern/media/codec/wasm"
)

// decodePool bounds the decoding that goes on at once: a number of workers, the
// memory that their pictures take together, and a queue of those who wait.
type decodePool struct {
	workers  *semaphore.Weighted
	memory   *semaphore.Weighted
	budget   int64
	capacity int64        // workers and queue
	admitted atomic.Int64 // who waits or is worked for
	working  atomic.Int64
	rests    []*rest // what is done when nothing has been decoded for a while

	ioSlots chan struct{} // files being read and rewritten without decoding
}

func newDecodePool(workers, queue int, budget int64) *decodePool {
	return &decodePool{
		workers:  semaphore.NewWeighted(int64(workers)),
		memory:   semaphore.NewWeighted(budget),
		budget:   budget,
		capacity: int64(workers + queue),
		ioSlots:  make(chan struct{}, workers),
		rests: []*rest{
			// The collector alone would keep for minutes what pictures leave behind.
			newRest(2*time.Second, debug.FreeOSMemory),
			newRest(30*time.Second, func() { wasm.Rest(); debug.FreeOSMemory() }),
		},
	}
}

// rest is something to do after a time without work.
type rest struct {
	*time.Timer
	after time.Duration
}

func newRest(after time.Duration, f func()) *rest { return &rest{time.AfterFunc(after, f), after} }

// full reports whether do would answer ErrBusy.
func (w *decodePool) full() bool { return w.admitted.Load() >= w.capacity }

// handle runs f, which reads and rewrites a file without decoding it, when few
// others do: each takes little memory, but of uploads that end at once there
// can be thousands. f may call do. The error is f's, or that of ctx.
func (w *decodePool) handle(ctx context.Context, f func() error) error {
	select {
	case w.ioSlots <- struct{}{}:
		defer func() { <-w.ioSlots }()
		return f()
	case <-ctx.Done():
		return fmt.Errorf("wait for a hand: %w", ctx.Err())
	}
}

// do runs f on a worker when one is free and there is room for need bytes. The
// error is a MemoryError when there never can be, ErrBusy when the queue is full,
// or that of ctx. A panic in f, which hands foreign bytes to codecs, is an error
// that wraps ErrDamaged.
func (w *decodePool) do(ctx context.Context, need int64, f func() error) error {
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
	w.begin()
	defer w.end()
	return safely(f)
}

func (w *decodePool) begin() {
	w.working.Add(1)
	for _, r := range w.rests {
		r.Stop()
	}
}

func (w *decodePool) end() {
	if w.working.Add(-1) == 0 {
		for _, r := range w.rests {
			r.Reset(r.after)
		}
	}
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

// keyedMutex locks by name.
type keyedMutex struct {
	mu    sync.Mutex
	locks map[string]*countedMutex
}

type countedMutex struct {
	sync.Mutex
	users int
}

// lock waits for the name's lock and returns the function that releases it.
func (k *keyedMutex) lock(name string) (unlock func()) {
	k.mu.Lock()
	if k.locks == nil {
		k.locks = make(map[string]*countedMutex)
	}
	m := k.locks[name]
	if m == nil {
		m = new(countedMutex)
		k.locks[name] = m
	}
	m.users++
	k.mu.Unlock()

	m.Lock()
	return func() {
		m.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if m.users--; m.users == 0 {
			delete(k.locks, name)
		}
	}
}
