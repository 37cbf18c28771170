package postgres

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"postern/records/txn"
)

// engine is a database as records know it.
type engine struct{ db *DB }

var (
	_ txn.Engine     = engine{}
	_ txn.Session    = session{}
	_ txn.RowOffsets = session{}
)

// View implements txn.Engine.
func (e engine) View(ctx context.Context, view func(context.Context, txn.Session) error) error {
	if err := e.db.acquire(); err != nil {
		return err
	}
	defer e.db.mu.RUnlock()
	// Of all isolation levels, this one gives several statements one snapshot and
	// fails for no other transaction.
	return classify(e.db.transact(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, view))
}

// ViewOnce implements txn.Engine.
func (e engine) ViewOnce(ctx context.Context, view func(context.Context, txn.Session) error) error {
	if err := e.db.acquire(); err != nil {
		return err
	}
	defer e.db.mu.RUnlock()
	return classify(e.db.withConn(ctx, func(ctx context.Context, conn *sql.Conn) error { return view(ctx, session{conn}) }))
}

// maxTries bounds how often a transaction is tried that others are in the way of.
const maxTries = 10

// Update implements txn.Engine.
func (e engine) Update(ctx context.Context, change func(context.Context, txn.Session) error) error {
	if err := e.db.acquire(); err != nil {
		return err
	}
	defer e.db.mu.RUnlock()
	for try := 1; ; try++ {
		err := e.db.transact(ctx, nil, change)
		if err == nil || try == maxTries || !retryable(err) {
			return classify(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(try) * 10 * time.Millisecond)):
		}
	}
}

// transact runs a transaction once. An error of its commit that the server has not
// sent leaves open whether it was committed.
func (db *DB) transact(ctx context.Context, o *sql.TxOptions, run func(context.Context, txn.Session) error) error {
	return db.withConn(ctx, func(ctx context.Context, conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, o)
		if err != nil {
			return err
		}
		defer tx.Rollback() // after a panic, too
		if err := run(ctx, session{tx}); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return &commitError{err}
		}
		return nil
	})
}

// withConn runs what needs a connection of its own.
func (db *DB) withConn(ctx context.Context, run func(context.Context, *sql.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	conn, err := db.pool.Conn(ctx) // waits for its turn
	if err != nil {
		return err
	}
	defer conn.Close()
	// To interrupt a statement is to lose its connection, and all are short.
	return run(context.WithoutCancel(ctx), conn)
}

// commitError is an error of a commit.
type commitError struct{ error }

func (e *commitError) Unwrap() error { return e.error }

// session is a transaction under way, or a connection on which each statement is one.
type session struct {
	tx interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

// Exec implements txn.Session.
func (s session) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	statement, args, err := bind(statement, args)
	if err != nil {
		return 0, err
	}
	result, err := s.tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, classify(err)
	}
	return result.RowsAffected()
}

// Each implements txn.Session.
func (s session) Each(ctx context.Context, scan func(txn.Scan) error, query string, args ...any) error {
	query, args, err := bind(query, args)
	if err != nil {
		return err
	}
	rows, err := s.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return classify(err)
	}
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return classify(errors.Join(rows.Err(), rows.Close()))
}

// RowOffsets implements txn.RowOffsets.
func (s session) RowOffsets() {}

// Lock implements txn.Session. It works behind a pool that gives each
// transaction another connection.
func (s session) Lock(ctx context.Context, name string) error {
	_, err := s.tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))`, name)
	return classify(err)
}

// Unbounded implements txn.Session.
func (s session) Unbounded(ctx context.Context) error {
	_, err := s.tx.ExecContext(ctx, `SET LOCAL statement_timeout = 0`)
	return classify(err)
}
