package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"postern/media"
	"postern/records/txn"
)

// migrations lead from each version of the schema to the next: the file
// numbered n makes version n, which PRAGMA user_version holds.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. After an error the connection is to be
// closed, which rolls back what was begun.
func migrate(ctx context.Context, s *conn) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	for done := false; !done; {
		// Of two processes that start at once, one waits here for the other.
		if err := beginMigration(ctx, s); err != nil {
			return fmt.Errorf("begin migration: %w", err)
		}
		if done, err = migrateOnce(ctx, s, names); err != nil {
			return err
		}
		if _, err := s.exec(ctx, "COMMIT"); err != nil {
			return fmt.Errorf("commit migration: %w", err)
		}
	}
	return nil
}

// migrateOnce applies the next of the migrations, if any is left.
func migrateOnce(ctx context.Context, s *conn, names []string) (done bool, err error) {
	version, err := schemaVersion(ctx, s)
	if err != nil {
		return false, fmt.Errorf("read schema version: %w", err)
	}
	if version > len(names) {
		return false, fmt.Errorf("schema version %d, this program knows %d: %w", version, len(names), txn.ErrNewer)
	}
	if version == len(names) {
		return true, nil
	}
	statements, err := migrations.ReadFile(names[version])
	if err != nil {
		return false, fmt.Errorf("read migration: %w", err)
	}
	// A PRAGMA takes no parameters.
	script := fmt.Sprintf("%s;\nPRAGMA user_version = %d", statements, version+1)
	if _, err := s.conn.ExecContext(ctx, script); err != nil {
		return false, fmt.Errorf("%s: %w", names[version], err)
	}
	return false, nil
}

// Pending returns the version of the schema of the database at path, 0 if nothing is in
// it, and the names of the migrations that Open would run. The error wraps
// txn.ErrNewer if this program knows no such version.
func Pending(ctx context.Context, path string) (version int, names []string, err error) {
	all, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, nil, fmt.Errorf("list migrations: %w", err)
	}
	s, err := openConn(ctx, path)
	if err != nil {
		return 0, nil, wrapErr("open database", err)
	}
	version, err = schemaVersion(ctx, s)
	if err := errors.Join(err, s.close()); err != nil {
		return 0, nil, wrapErr("read schema version", err)
	}
	names, err = txn.PendingMigrations(version, all)
	return version, names, err
}

func schemaVersion(ctx context.Context, s *conn) (int, error) {
	return txn.QueryOne(ctx, s, txn.Value[int], "PRAGMA user_version")
}

// maxMigrationWaits bounds for how many busyTimeouts a process waits for the one that
// migrates, which takes longer than one of them on a slow machine.
const maxMigrationWaits = 12

func beginMigration(ctx context.Context, s *conn) error {
	for waits := 1; ; waits++ {
		_, err := s.exec(ctx, "BEGIN IMMEDIATE")
		if err = classify(err); !errors.Is(err, media.ErrBusy) || waits == maxMigrationWaits {
			return err
		}
	}
}
