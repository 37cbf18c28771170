// Package postgres keeps records in a PostgreSQL database, which several
// gateways may use at the same time.
package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"postern/records"
	"postern/records/txn"
)

// DB is a database.
type DB struct {
	*records.DB
	pool  *sql.DB
	clock clock

	mu     sync.RWMutex // held for reading by every transaction
	closed bool
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// Options are those of a DB.
type Options struct {
	MaxConnections int // 0 for 16

	name string // what other sessions see; "" for applicationName
}

// applicationName is that of the sessions of gateways and commands.
const applicationName = "postern"

// What keeps a transaction from holding what others wait for. A URL may say
// otherwise.
var settings = map[string]string{
	"statement_timeout":                   "30s",
	"lock_timeout":                        "10s",
	"idle_in_transaction_session_timeout": "60s",
}

// Open connects to the database of a URL and brings its schema up to date. A
// schema newer than this program knows is an error that wraps txn.ErrNewer.
// No error contains the password. The caller closes the DB.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	config, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	for name, value := range settings {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	config.RuntimeParams["application_name"] = cmp.Or(o.name, applicationName)
	db := &DB{pool: stdlib.OpenDB(*config)}
	if o.MaxConnections == 0 {
		o.MaxConnections = 16
	}
	db.pool.SetMaxOpenConns(o.MaxConnections)
	db.pool.SetMaxIdleConns(o.MaxConnections)
	db.pool.SetConnMaxIdleTime(5 * time.Minute)
	db.DB = records.New(engine{db}, wordIndex{})
	err = db.open(ctx)
	if err == nil && o.name != transferName {
		err = db.checkMoved(ctx)
	}
	if err != nil {
		return nil, errors.Join(wrapErr("open database", err), db.end())
	}
	return db, nil
}

// parseURL reads a URL, which the error does not repeat: it may have a password.
func parseURL(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the URL of the database cannot be read: it is like postgres://user@host/name")
	}
	return config, nil
}

func (db *DB) open(ctx context.Context) error {
	if err := db.pool.PingContext(ctx); err != nil {
		return err
	}
	if err := db.checkKind(ctx); err != nil {
		return err
	}
	if err := db.migrate(ctx); err != nil {
		return err
	}
	if err := db.clock.set(ctx, db.pool); err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	background, stop := context.WithCancel(context.Background())
	db.stop = stop
	db.done.Go(func() { db.keepTime(background) })
	db.done.Go(func() {
		_ = db.indexUnmade(background)
		db.tidy(background)
	})
	return nil
}

// checkKind refuses servers and databases that records cannot be kept in.
func (db *DB) checkKind(ctx context.Context) error {
	var version int
	var encoding string
	err := db.pool.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_encoding')`).
		Scan(&version, &encoding)
	switch {
	case err != nil:
		return err
	case version < 130000:
		return fmt.Errorf("PostgreSQL %d is too old: 13 or later is needed", version/10000)
	case encoding != "UTF8":
		return fmt.Errorf("the database is in %s: make it with ENCODING 'UTF8'", encoding)
	}
	return nil
}

// CheckDurable returns an error if the settings of the server allow it to lose
// committed transactions.
func (db *DB) CheckDurable(ctx context.Context) error {
	var fsync, commit, standbys string
	err := db.pool.QueryRowContext(ctx, `
		SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('synchronous_standby_names')`).
		Scan(&fsync, &commit, &standbys)
	switch {
	case err != nil:
		return wrapErr("read settings of the database", err)
	case fsync != "on":
		return errors.New("PostgreSQL has fsync = off and can lose uploads that were answered: set it to on")
	case commit == "off":
		return errors.New("PostgreSQL has synchronous_commit = off and can lose uploads that were answered: set it to on")
	case commit == "local" && standbys != "":
		return errors.New("PostgreSQL has synchronous_commit = local beside replicas, one of which may lack answered uploads when it takes over: set it to on")
	}
	return nil
}

// Ping reports whether the database can be read.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.acquire(); err != nil {
		return err
	}
	defer db.mu.RUnlock()
	return wrapErr("ping database", db.pool.PingContext(ctx))
}

// Size returns the bytes of the database on its server.
func (db *DB) Size(ctx context.Context) (total int64, err error) {
	if err := db.acquire(); err != nil {
		return 0, err
	}
	defer db.mu.RUnlock()
	err = db.pool.QueryRowContext(ctx, `SELECT pg_database_size(current_database())`).Scan(&total)
	return total, wrapErr("measure the database", err)
}

// acquire keeps the database open until mu is unlocked.
func (db *DB) acquire() error {
	db.mu.RLock()
	if db.closed {
		db.mu.RUnlock()
		return txn.ErrClosed
	}
	return nil
}

// Close finishes the writes and reads that have been accepted, and closes all
// connections. All methods called later fail with fs.ErrClosed.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return nil
	}
	db.closed = true
	return db.end()
}

// end ends what runs beside, and closes all connections.
func (db *DB) end() error {
	if db.stop != nil {
		db.stop()
	}
	db.done.Wait()
	return db.pool.Close()
}
