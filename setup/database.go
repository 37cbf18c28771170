package setup

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
	"postern/records/transfer"
	"postern/sqlite"
)

// Database is where records are kept, in either engine.
type Database struct {
	*records.DB
	engine
	Now    func() time.Time                             // of all gateways
	Copy   func(ctx context.Context, path string) error // to a new file, as of one moment; servers may write meanwhile
	ready  func() error                                 // what Ping does not tell
	shared *postgres.DB                                 // which several servers may use; nil for one server

	TakeTokens ratelimit.Shared // of buckets that gateways have in common; nil for one gateway
}

// Ping reports whether records can be read, and the time is known.
func (d *Database) Ping(ctx context.Context) error {
	return errors.Join(d.ready(), d.engine.Ping(ctx))
}

type engine interface {
	Ping(ctx context.Context) error
	Size(ctx context.Context) (int64, error)
	Faults(ctx context.Context) ([]string, error)
	Close() error
}

// OfSQLite is a database in a file.
func OfSQLite(DB *sqlite.DB, err error) (*Database, error) {
	if err != nil {
		return nil, err
	}
	return &Database{DB: DB.DB, engine: DB, Now: time.Now, Copy: DB.Backup, ready: func() error { return nil }}, nil
}

// secretEntry is the secret among what servers of a database share.
const secretEntry = "secret"

// copyToSQLite copies the records of a PostgreSQL to a new file of SQLite, and compares the
// copy with them.
func copyToSQLite(ctx context.Context, url, path string) error {
	source, err := postgres.OpenSnapshot(ctx, url)
	if err != nil {
		return err
	}
	defer source.Close()
	meta, err := source.Meta(ctx)
	if err != nil {
		return err
	}
	delete(meta, secretEntry) // it is a file in a data folder
	target, err := sqlite.OpenTarget(ctx, path, meta)
	if err != nil {
		return err
	}
	_, err = transfer.Run(ctx, transfer.Options{From: source, To: target, Progress: func(transfer.Progress) {}})
	return errors.Join(err, target.Close())
}

// openPostgres opens the database that the settings name, unless it is set to lose
// writes.
func openPostgres(ctx context.Context, c config.Config) (*Database, error) {
	DB, err := postgres.Open(ctx, c.Database.URL, postgres.Options{MaxConnections: c.Database.MaxConnections})
	if err != nil {
		return nil, explainNewer(ctx, c.Database.URL, err)
	}
	if err := DB.CheckDurable(ctx); err != nil {
		return nil, errors.Join(err, DB.Close())
	}
	return &Database{
		DB: DB.DB, engine: DB, Now: DB.Now, ready: DB.CheckClock, shared: DB,
		TakeTokens: func(ctx context.Context, name string, n int, l ratelimit.Limit, mayOwe bool) (float64, bool, error) {
			return DB.TakeTokens(ctx, name, n, l.PerMinute, l.Burst, mayOwe)
		},
		Copy: func(ctx context.Context, path string) error { return copyToSQLite(ctx, c.Database.URL, path) },
	}, nil
}

// SecretOf returns the server's own secret: that of all gateways of a database, or
// that of a data folder. The first start makes it.
func SecretOf(ctx context.Context, c config.Config, DB *Database) ([]byte, error) {
	if c.Database.URL == "" {
		return LoadSecret(c.DataDir)
	}
	text, err := DB.Secret(ctx, media.RandomHex(2*SecretBytes))
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(text)
}

// OpenDatabase opens a database beside a server that may run, or makes one. It changes
// none of an older version: that server would find one that it does not know.
func OpenDatabase(ctx context.Context, c config.Config) (*Database, error) {
	if c.Database.URL != "" {
		u, err := PlannedPostgresUpgrade(ctx, c.Database.URL)
		if err != nil {
			return nil, err
		}
		if u.IsDue() {
			return nil, fmt.Errorf("the database is of an older version (schema %d, not %d): start this version's servers on it, or use their version of postern", u.Version, u.Version+len(u.Pending))
		}
		return openPostgres(ctx, c)
	}
	if err := os.MkdirAll(c.DataDir, 0o755); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	u, err := PlannedUpgrade(ctx, c.DataDir)
	if err != nil {
		return nil, err
	}
	mark := filepath.Join(c.DataDir, unfinishedFile)
	if _, err := os.Stat(u.path); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(mark, nil, 0o600); err != nil {
			return nil, fmt.Errorf("make database: %w", err)
		}
	}
	if _, err := os.Stat(mark); u.IsDue() && err != nil {
		return nil, fmt.Errorf("the database of %s is of an older version: start this version's server on it, or run `postern migrate`", c.DataDir)
	}
	DB, err := OfSQLite(sqlite.Open(ctx, u.path))
	if err == nil {
		err = RemoveIfThere(mark)
	}
	return DB, err
}

// WithDatabase opens the database for f, or makes one.
func WithDatabase(ctx context.Context, c config.Config, f func(config.Config, *Database) error) error {
	DB, err := OpenDatabase(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(f(c, DB), DB.Close())
}
