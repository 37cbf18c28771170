package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"postern/records/transfer"
)

// ownTables are made of the others, or kept for a moment. They are not moved: meta by
// its entries, the words of items by their texts.
var ownTables = []string{"meta", "item_words"}

// movingEntry is the entry of meta that a database has while records move there. Its
// value names the installation that they are of.
const movingEntry = "moving"

// ErrMoving is the error of Open for a database that does not have all of its records.
var ErrMoving = errors.New("records are being moved to this database: run `postern migrate-db sqlite postgres` again, to its end")

// ErrNotEmpty is the error of OpenTarget for a database that has records.
var ErrNotEmpty = errors.New("the database has records already")

// Transfer is a database that records are moved from or to.
type Transfer struct {
	db       *DB
	tx       *sql.Tx // of a source
	tables   []transfer.Table
	booleans map[string]bool // columns, with their tables
}

var (
	_ transfer.Source = (*Transfer)(nil)
	_ transfer.Target = (*Transfer)(nil)
)

// transferName is what other sessions see of one that moves records.
const transferName = "postern migrate-db"

// OpenSnapshot opens a database to read all of it as of this moment. Gateways may use it
// meanwhile.
func OpenSnapshot(ctx context.Context, url string) (*Transfer, error) {
	return openSource(ctx, url, true)
}

func openTransfer(ctx context.Context, url string, shared bool) (*Transfer, error) {
	db, err := Open(ctx, url, Options{MaxConnections: 2, name: transferName})
	if err != nil {
		return nil, err
	}
	t := &Transfer{db: db, booleans: make(map[string]bool)}
	err = t.readTables(ctx)
	if err == nil && !shared {
		err = db.checkUnused(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return t, nil
}

// endPatience is how long sessions of a program that has just ended may be seen.
const endPatience = 3 * time.Second

// checkUnused refuses a database that a gateway, or another command, is connected to.
func (db *DB) checkUnused(ctx context.Context) error {
	for began := time.Now(); ; {
		var n int
		err := db.pool.QueryRowContext(ctx, `
			SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`, applicationName).Scan(&n)
		switch {
		case err != nil || n == 0:
			return err
		case time.Since(began) > endPatience:
			return fmt.Errorf("gateways use the database (%d connections): stop all of them first", n)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// OpenSource opens a database to read all of it. Until Close, nobody can write to it.
func OpenSource(ctx context.Context, url string) (*Transfer, error) {
	return openSource(ctx, url, false)
}

func openSource(ctx context.Context, url string, shared bool) (*Transfer, error) {
	t, err := openTransfer(ctx, url, shared)
	if err != nil {
		return nil, err
	}
	if err := t.begin(ctx, shared); err != nil {
		return nil, errors.Join(wrapErr("lock the database", err), t.Close())
	}
	return t, nil
}

// begin takes the snapshot by which a source is read, and keeps others from writing unless
// it is shared.
func (t *Transfer) begin(ctx context.Context, shared bool) (err error) {
	t.tx, err = t.db.pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: shared})
	if err != nil {
		return err
	}
	statements := []string{`SET LOCAL statement_timeout = 0`, `SET LOCAL idle_in_transaction_session_timeout = 0`}
	if !shared {
		var names []string
		for _, table := range t.tables {
			names = append(names, pgx.Identifier{table.Name}.Sanitize())
		}
		// Before the first read, which takes the snapshot.
		statements = append(statements, `LOCK TABLE `+strings.Join(names, ", ")+` IN SHARE MODE`)
	}
	for _, statement := range statements {
		if _, err := t.tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// OpenTarget opens an empty database to write the records of another, or a database that an
// earlier call opened for the same installation. No gateway uses it before Finish.
func OpenTarget(ctx context.Context, url, installation string, meta map[string]string) (*Transfer, error) {
	t, err := openTransfer(ctx, url, false)
	if err != nil {
		return nil, err
	}
	err = t.db.alter(ctx, func(tx *sql.Tx) error { return t.prepare(ctx, tx, installation, meta) })
	if err != nil {
		return nil, errors.Join(wrapErr("prepare the database", err), t.Close())
	}
	return t, nil
}

// alter runs f in a transaction without bounds of time.
func (db *DB) alter(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func (t *Transfer) prepare(ctx context.Context, tx *sql.Tx, installation string, meta map[string]string) error {
	var of string
	err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, movingEntry).Scan(&of)
	if err == nil && of != installation {
		return fmt.Errorf("%w: those of another installation, %s", ErrNotEmpty, of)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	for _, table := range t.tables {
		var some bool
		name := pgx.Identifier{table.Name}.Sanitize()
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+name+`)`).Scan(&some); err != nil {
			return err
		}
		if some {
			return fmt.Errorf("%w, in %s", ErrNotEmpty, table.Name)
		}
		// What triggers keep comes with the rows.
		if _, err := tx.ExecContext(ctx, `ALTER TABLE `+name+` DISABLE TRIGGER USER`); err != nil {
			return err
		}
	}
	entries := map[string]string{movingEntry: installation}
	for name, value := range meta {
		entries[name] = value
	}
	for name, value := range entries {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		if err != nil {
			return err
		}
	}
	return nil
}

// Close leaves a source unchanged, and a target with the rows written so far.
func (t *Transfer) Close() error {
	var err error
	if t.tx != nil {
		err = t.tx.Rollback()
	}
	return errors.Join(err, t.db.Close())
}

// Meta returns the values that all gateways of the database share.
func (t *Transfer) Meta(ctx context.Context) (map[string]string, error) {
	entries, err := transfer.Entries[string](t.db.pool.QueryContext(ctx, `
		SELECT name, value FROM meta WHERE name NOT IN ('schema', $1, $2) AND name NOT LIKE 'hold %'`, movingEntry, versionEntry))
	return entries, wrapErr("read what gateways have in common", err)
}

// checkMoved refuses a database that does not have all of its records.
func (db *DB) checkMoved(ctx context.Context) error {
	var moving bool
	err := db.pool.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM meta WHERE name = $1)`, movingEntry).Scan(&moving)
	if err == nil && moving {
		err = ErrMoving
	}
	return err
}
