package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"postern/records/txn"
)

// writer carries out all writes of the process, one at a time in a goroutine
// of its own. A commit costs a sync of the disk, far more than the statements
// before it, and so the writes that wait when one begins share its commit: a
// group. A lone write is a group of one and waits for nobody.
//
// Each write of a larger group has a savepoint of its own, so that one that fails is
// undone alone. The callers get their results after the commit; when that
// fails, all of the group have failed.
type writer struct {
	conn  *conn
	queue chan *write
	ended chan struct{}

	mu     sync.RWMutex // held for reading while a write waits in the queue
	closed bool
}

type write struct {
	ctx    context.Context // of the caller
	run    func(context.Context, *conn) error
	err    error      // of run, or of its group
	result chan error // gets err once its group is committed
}

// maxGroup bounds how long the first of a group waits for the last, and other
// processes for the lock.
const maxGroup = 100

func startWriter(s *conn) *writer {
	w := &writer{conn: s, queue: make(chan *write), ended: make(chan struct{})}
	go w.loop()
	return w
}

// update runs change in a transaction and returns when that is committed, or
// undone because change returned an error. ctx counts until change starts;
// from then on it is carried out, whatever becomes of the caller.
func (db *DB) update(ctx context.Context, change func(context.Context, *conn) error) error {
	one := &write{ctx: ctx, run: change, result: make(chan error, 1)}
	if err := db.writer.submit(one); err != nil {
		return err
	}
	return <-one.result
}

func (w *writer) submit(one *write) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return txn.ErrClosed
	}
	select {
	case w.queue <- one:
		return nil
	case <-one.ctx.Done():
		return one.ctx.Err()
	}
}

// drain refuses new writes and returns when the others are done. It is called
// once.
func (w *writer) drain() {
	w.mu.Lock()
	w.closed = true
	close(w.queue)
	w.mu.Unlock()
	<-w.ended
}

func (w *writer) loop() {
	defer close(w.ended)
	for first := range w.queue {
		group := w.gather(first)
		err := w.commit(group)
		for _, one := range group {
			if one.err == nil {
				one.err = err
			}
			one.result <- one.err
		}
	}
}

// gather adds to first the writes that wait at this moment.
func (w *writer) gather(first *write) []*write {
	group := []*write{first}
	for len(group) < maxGroup {
		select {
		case one, ok := <-w.queue:
			if !ok {
				return group
			}
			group = append(group, one)
		default:
			return group
		}
	}
	return group
}

// commit carries out a group in one transaction. Its error is that of the
// whole group.
func (w *writer) commit(group []*write) (err error) {
	ctx := context.Background()
	if _, err := w.conn.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err != nil {
			// It fails when SQLite has rolled back by itself.
			_, _ = w.conn.exec(ctx, "ROLLBACK")
		}
	}()
	apply := (*write).apply
	if len(group) == 1 {
		apply = (*write).applyAlone
	}
	for _, one := range group {
		if err := apply(one, w.conn); err != nil {
			return err
		}
	}
	if err := keepIndexed(ctx, w.conn); err != nil {
		return fmt.Errorf("index words: %w", err)
	}
	if _, err := w.conn.exec(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// applyAlone carries out the only write of a group. It needs no savepoint, in which
// each statement costs the more the longer it is: the transaction goes with it.
func (one *write) applyAlone(s *conn) error {
	if one.err = one.ctx.Err(); one.err == nil {
		one.err = one.run(context.WithoutCancel(one.ctx), s)
	}
	return one.err
}

// apply carries out one write, or undoes it and leaves why in err. Its own
// error means that the whole transaction is lost.
func (one *write) apply(s *conn) error {
	if one.err = one.ctx.Err(); one.err != nil {
		return nil
	}
	ctx := context.WithoutCancel(one.ctx)
	if _, err := s.exec(ctx, "SAVEPOINT one"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	if one.err = one.run(ctx, s); one.err != nil {
		// A full disk makes SQLite roll back everything, savepoints included.
		if _, err := s.exec(ctx, "ROLLBACK TO one"); err != nil {
			return fmt.Errorf("transaction is lost: %w", errors.Join(one.err, err))
		}
	}
	if _, err := s.exec(ctx, "RELEASE one"); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return nil
}
