package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"postern/records/transfer"
	"postern/records/txn"
)

// ownTables are made of the others, and are not moved: meta by its entries, the words
// of items by their texts.
const ownTables = `('meta', 'stale_words', 'moved_triggers')`

// Transfer is a database whose records move.
type Transfer struct{ s *conn }

var (
	_ transfer.Source = (*Transfer)(nil)
	_ transfer.Target = (*Transfer)(nil)
)

// OpenSource opens the database at path to read all of it. Until Close nobody can
// write there.
func OpenSource(ctx context.Context, path string) (*Transfer, error) {
	s, err := openConn(ctx, path)
	if err != nil {
		return nil, wrapErr("open database "+path, err)
	}
	if _, err := s.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, errors.Join(wrapErr("lock database "+path, err), s.close())
	}
	return &Transfer{s}, nil
}

// OpenTarget opens the database at path, or makes one, to write what another has. It is
// no database for servers before Finish. What an earlier call has made is used, unless
// its schema is older.
func OpenTarget(ctx context.Context, path string, meta map[string]string) (*Transfer, error) {
	t, err := openTarget(ctx, path, meta)
	return t, wrapErr("open database "+path, err)
}

func openTarget(ctx context.Context, path string, meta map[string]string) (*Transfer, error) {
	if _, err := os.Stat(path); err == nil {
		_, pending, err := Pending(ctx, path)
		if err != nil {
			return nil, err
		}
		if len(pending) > 0 {
			if err := os.Remove(path); err != nil {
				return nil, err
			}
		}
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		for _, log := range []string{path + "-wal", path + "-shm"} {
			if err := os.Remove(log); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		db, err := Open(ctx, path)
		if err != nil {
			return nil, err
		}
		if err := db.Close(); err != nil {
			return nil, err
		}
	}
	s, err := openConn(ctx, path)
	if err != nil {
		return nil, err
	}
	t := &Transfer{s}
	// Rows come in an order of their own, and what triggers keep comes with them.
	if _, err := s.conn.ExecContext(ctx, "PRAGMA foreign_keys = OFF"); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if err := t.change(ctx, func() error { return t.prepare(ctx, meta) }); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return t, nil
}

// prepare puts the triggers aside, and takes in what all gateways have in common.
func (t *Transfer) prepare(ctx context.Context, meta map[string]string) error {
	for name, value := range meta {
		_, err := t.s.conn.ExecContext(ctx, `
			INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		if err != nil {
			return err
		}
	}
	_, err := t.s.conn.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS moved_triggers (name TEXT PRIMARY KEY, sql TEXT NOT NULL) STRICT`)
	if err != nil {
		return err
	}
	_, err = t.s.conn.ExecContext(ctx, `INSERT INTO moved_triggers SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid`)
	if err != nil {
		return err
	}
	names, err := t.texts(ctx, `SELECT name FROM sqlite_schema WHERE type = 'trigger'`)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := t.s.conn.ExecContext(ctx, "DROP TRIGGER "+name); err != nil {
			return err
		}
	}
	return nil
}

// change runs f in a transaction.
func (t *Transfer) change(ctx context.Context, f func() error) error {
	if _, err := t.s.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := f(); err != nil {
		_, undone := t.s.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return errors.Join(err, undone)
	}
	_, err := t.s.conn.ExecContext(ctx, "COMMIT")
	return err
}

func (t *Transfer) texts(ctx context.Context, query string) ([]string, error) {
	return txn.QueryAll(ctx, t.s, txn.Value[string], query)
}

// Close leaves a source as it was, and a target as far as it is.
func (t *Transfer) Close() error { return t.s.close() }

// Rename gives a target that is finished and closed the name of a database that servers
// use, and returns when that is durable.
func Rename(from, to string) error {
	if err := syncFile(from); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFile(to)
}
