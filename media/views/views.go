// Package views counts visits of pages.
package views

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"postern/media/notify"

	"golang.org/x/sync/errgroup"
)

// Counter counts visits of pages in memory and writes them to the database beside
// the requests, so no request waits for that. It is safe for concurrent use.
type Counter struct {
	Items func(ctx context.Context, number, visits int64) error // writes visits of an item
	Posts func(ctx context.Context, id, visits int64) error     // and of a post
	Log   *slog.Logger

	mu     sync.Mutex
	counts map[viewed]int64
	news   chan struct{}
}

// viewed is an item or a post.
type viewed struct {
	post   bool
	number int64
}

// maxViewed bounds the pages whose visits are not written yet. Those of others
// are lost while the database cannot be written.
const maxViewed = 10_000

// Item counts a visit of an item's page.
func (v *Counter) Item(number int64) { v.add(viewed{false, number}) }

// Post counts a visit of a post's page.
func (v *Counter) Post(id int64) { v.add(viewed{true, id}) }

func (v *Counter) add(page viewed) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.init()
	if v.counts[page] > 0 || len(v.counts) < maxViewed {
		v.counts[page]++
	}
	notify.Send(v.news)
}

func (v *Counter) init() {
	if v.counts == nil {
		v.counts = make(map[viewed]int64)
	}
	if v.news == nil {
		v.news = make(chan struct{}, 1)
	}
}

// Flush writes the visits since the previous call. If that fails, the next call
// writes them.
func (v *Counter) Flush(ctx context.Context) error {
	v.mu.Lock()
	counts := v.counts
	v.counts = nil
	v.mu.Unlock()
	var writes errgroup.Group
	writes.SetLimit(viewBatch)
	for page, n := range counts {
		writes.Go(func() error { return v.write(ctx, page, n) })
	}
	return writes.Wait()
}

// write writes down visits of a page, or keeps them for later.
func (v *Counter) write(ctx context.Context, page viewed, n int64) error {
	write := v.Items
	if page.post {
		write = v.Posts
	}
	err := write(ctx, page.number, n)
	if err == nil || errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.init()
	v.counts[page] += n
	return err
}

// flushInterval is the rest between two writings, so that many visits of a page
// are one.
const flushInterval = time.Second

// viewBatch bounds the writes that wait for one commit together.
const viewBatch = 32

// Run writes down visits until ctx ends, and once more then.
func (v *Counter) Run(ctx context.Context) {
	v.mu.Lock()
	v.init()
	v.mu.Unlock()
	for done := false; !done; {
		notify.Wait(ctx, notify.MaxWait, v.news)
		done = ctx.Err() != nil
		if err := v.Flush(context.WithoutCancel(ctx)); err != nil {
			v.Log.Warn("visits are not written yet", "error", err)
			notify.Send(v.news)
		}
		if !done {
			notify.Wait(ctx, flushInterval, nil)
		}
	}
}
