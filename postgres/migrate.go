package postgres

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/jackc/pgx/v5/stdlib"

	"postern/records/txn"
)

// migrations lead from each version of the schema to the next: the file
// numbered n makes version n, which meta holds.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, in one transaction. Of gateways that start
// at once, the others wait.
func (db *DB) migrate(ctx context.Context) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	tx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin migration: %w", err)
	}
	defer tx.Rollback()
	if err := migrateAll(ctx, tx, names); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit migration: %w", err)
	}
	return nil
}

func migrateAll(ctx context.Context, tx *sql.Tx, names []string) error {
	// A migration takes as long as there are rows.
	for _, setting := range []string{`SET LOCAL statement_timeout = 0`, `SET LOCAL lock_timeout = 0`} {
		if _, err := tx.ExecContext(ctx, setting); err != nil {
			return err
		}
	}
	if err := (session{tx}).Lock(ctx, "migrations"); err != nil {
		return fmt.Errorf("wait for other migrations: %w", err)
	}
	version, err := schemaVersion(ctx, tx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if version > len(names) {
		return fmt.Errorf("schema version %d, this program knows %d: %w", version, len(names), txn.ErrNewer)
	}
	for _, name := range names[version:] {
		statements, err := migrations.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read migration: %w", err)
		}
		// Without arguments the server takes many statements at once.
		if _, err := tx.ExecContext(ctx, string(statements)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if version == len(names) {
		return nil
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO meta (name, value) VALUES ('schema', $1::text) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		strconv.Itoa(len(names)))
	return err
}

// schemaVersion is 0 for an empty database.
func schemaVersion(ctx context.Context, tx *sql.Tx) (version int, err error) {
	var there bool
	if err := tx.QueryRowContext(ctx, `SELECT to_regclass('meta') IS NOT NULL`).Scan(&there); err != nil || !there {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `SELECT value::int FROM meta WHERE name = 'schema'`).Scan(&version)
	return version, err
}

// Pending returns the version of the schema of a database, 0 for an empty one, and the names
// of the migrations that Open would run. It changes nothing. The error wraps txn.ErrNewer if
// this program does not know the version of the database.
func Pending(ctx context.Context, url string) (version int, names []string, err error) {
	all, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, nil, fmt.Errorf("list migrations: %w", err)
	}
	err = look(ctx, url, func(tx *sql.Tx) (err error) {
		version, err = schemaVersion(ctx, tx)
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	names, err = txn.PendingMigrations(version, all)
	return version, names, err
}

// look runs a function that reads from a database as it is.
func look(ctx context.Context, url string, read func(*sql.Tx) error) error {
	config, err := parseURL(url)
	if err != nil {
		return err
	}
	pool := stdlib.OpenDB(*config)
	defer pool.Close()
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return wrapErr("open database", err)
	}
	defer tx.Rollback()
	return wrapErr("read database", read(tx))
}
