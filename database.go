package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"postern/config"
	"postern/handlers/ratelimit"
	"postern/media"
	"postern/postgres"
	"postern/records"
	"postern/sqlite"
)

// database is where records are kept, in either engine.
type database struct {
	*records.DB
	engine
	now   func() time.Time                             // of all gateways
	copy  func(ctx context.Context, path string) error // to a new file; an error where there is none
	ready func() error                                 // what Ping does not tell

	takeTokens ratelimit.Shared // of buckets that gateways have in common; nil for one gateway
}

// Ping reports whether records can be read, and the time is known.
func (d *database) Ping(ctx context.Context) error {
	return errors.Join(d.ready(), d.engine.Ping(ctx))
}

type engine interface {
	Ping(ctx context.Context) error
	Size(ctx context.Context) (int64, error)
	Faults(ctx context.Context) ([]string, error)
	Close() error
}

// ofSQLite is a database in a file.
func ofSQLite(db *sqlite.DB, err error) (*database, error) {
	if err != nil {
		return nil, err
	}
	return &database{DB: db.DB, engine: db, now: time.Now, copy: db.Backup, ready: func() error { return nil }}, nil
}

// errNoCopy is the error of a backup where records are not in a file.
var errNoCopy = errors.New("records in PostgreSQL are backed up by pg_dump, and files by a copy of the bucket")

// openPostgres opens the database that the settings name, unless it is set to lose
// writes.
func openPostgres(ctx context.Context, c config.Config) (*database, error) {
	db, err := postgres.Open(ctx, c.Database.URL, postgres.Options{MaxConnections: c.Database.MaxConnections})
	if err != nil {
		return nil, err
	}
	if err := db.CheckDurable(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &database{
		DB: db.DB, engine: db, now: db.Now, ready: db.CheckClock,
		takeTokens: func(ctx context.Context, name string, n int, l ratelimit.Limit, mayOwe bool) (float64, bool, error) {
			return db.TakeTokens(ctx, name, n, l.PerMinute, l.Burst, mayOwe)
		},
		copy: func(context.Context, string) error { return errNoCopy },
	}, nil
}

// secretOf returns the server's own secret: that of all gateways of a database, or
// that of a data folder. The first start makes it.
func secretOf(ctx context.Context, c config.Config, db *database) ([]byte, error) {
	if c.Database.URL == "" {
		return loadSecret(c.DataDir)
	}
	text, err := db.Secret(ctx, media.RandomHex(2*secretBytes))
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(text)
}

// openDatabase opens a database beside a server that may run, or makes one. It changes
// none of an older version: that server would find one that it does not know.
func openDatabase(ctx context.Context, c config.Config) (*database, error) {
	if c.Database.URL != "" {
		return openPostgres(ctx, c)
	}
	if err := os.MkdirAll(c.DataDir, 0o755); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	u, err := plannedUpgrade(ctx, c.DataDir)
	if err != nil {
		return nil, err
	}
	mark := filepath.Join(c.DataDir, unfinishedFile)
	if _, err := os.Stat(u.path); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(mark, nil, 0o600); err != nil {
			return nil, fmt.Errorf("make database: %w", err)
		}
	}
	if _, err := os.Stat(mark); u.isDue() && err != nil {
		return nil, fmt.Errorf("the database of %s is of an older version: start this version's server on it, or run `postern migrate`", c.DataDir)
	}
	db, err := ofSQLite(sqlite.Open(ctx, u.path))
	if err == nil {
		err = removeIfThere(mark)
	}
	return db, err
}

// withDatabase opens the database for f, or makes one.
func withDatabase(ctx context.Context, c config.Config, f func(config.Config, *database) error) error {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(f(c, db), db.Close())
}
