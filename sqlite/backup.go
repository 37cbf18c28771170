package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes the database as of one moment to a new file at path, of mode
// 0600, and returns when it is durable. Other connections and processes may
// read and write meanwhile.
func (db *DB) Backup(ctx context.Context, path string) error {
	return wrapErr("back up database", copyTo(ctx, db.path, path))
}

// Copy is Backup of a database that nobody has opened, whatever the version of its
// schema, which stays.
func Copy(ctx context.Context, from, to string) error {
	return wrapErr("copy database", copyTo(ctx, from, to))
}

func copyTo(ctx context.Context, from, path string) error {
	if err := create(path); err != nil {
		return err
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 0 {
		return errors.Join(err, fmt.Errorf("%s is not new", path))
	}
	// A connection of its own: what follows takes as long as the database is large.
	s, err := openConn(ctx, from)
	if err != nil {
		return err
	}
	if err := errors.Join(snapshot(ctx, s, from, path), s.close()); err != nil {
		return err
	}
	return syncFile(path)
}

func syncFile(path string) error {
	for _, name := range []string{path, filepath.Dir(path)} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}
