package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"postern/records/txn"
)

// reader reads in a goroutine of its own: SQLite needs a deep stack, and that of
// a caller would stay deep while it waits for a slow client.
type reader struct {
	conn *conn
	work chan func()
}

func startReader(s *conn) *reader {
	r := &reader{s, make(chan func())}
	go func() {
		for f := range r.work {
			f()
		}
	}()
	return r
}

// do runs f in the reader's goroutine, and panics when f does.
func (r *reader) do(f func()) {
	panicked := make(chan any)
	r.work <- func() {
		defer func() {
			p := recover()
			if p != nil {
				p = fmt.Errorf("%v\n%s", p, debug.Stack())
			}
			panicked <- p
		}()
		f()
	}
	if p := <-panicked; p != nil {
		panic(p)
	}
}

// close ends the goroutine.
func (r *reader) close() { close(r.work) }

// read runs read with a snapshot of the database.
func read[T any](ctx context.Context, db *DB, read func(context.Context, *conn) (T, error)) (result T, err error) {
	err = db.withReader(ctx, func(ctx context.Context, s *conn) (err error) {
		result, err = readOnly(ctx, s, read)
		return err
	})
	return result, err
}

// withReader runs read with a connection that is its own meanwhile.
func (db *DB) withReader(ctx context.Context, read func(context.Context, *conn) error) (err error) {
	var r *reader
	select {
	case r = <-db.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	if r == nil {
		return txn.ErrClosed
	}
	defer func() { db.readers <- r }()
	if err := ctx.Err(); err != nil {
		return err
	}
	// To interrupt a statement is to lose its connection, and all are short.
	ctx = context.WithoutCancel(ctx)
	r.do(func() { err = read(ctx, r.conn) })
	return err
}

// readOnly runs read in a transaction of its own.
func readOnly[T any](ctx context.Context, s *conn, read func(context.Context, *conn) (T, error)) (result T, err error) {
	if _, err := s.exec(ctx, "BEGIN"); err != nil {
		return result, fmt.Errorf("begin: %w", err)
	}
	defer func() { // after a panic, too: others will use the connection
		_, rollback := s.exec(ctx, "ROLLBACK")
		err = errors.Join(err, rollback)
	}()
	return read(ctx, s)
}
