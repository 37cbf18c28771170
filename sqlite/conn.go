package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	codes "modernc.org/sqlite/lib"

	"postern/records/txn"
)

// conn is a connection with the statements it has prepared: SQLite takes
// much longer to compile most of them than to run them. It is not safe for
// concurrent use.
type conn struct {
	pool       *sql.DB // of conn alone
	conn       *sql.Conn
	statements map[string]*sql.Stmt
}

// openConn connects to the file at path, which must be there.
func openConn(ctx context.Context, path string, pragmas ...string) (*conn, error) {
	name, err := dsn(path, pragmas...)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	pool, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	driver, err := connect(ctx, pool)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect: %w", err), pool.Close())
	}
	return &conn{pool, driver, make(map[string]*sql.Stmt)}, nil
}

// connect waits for another process that is making the file at this moment:
// the change of a new file to WAL mode does not heed busy_timeout.
func connect(ctx context.Context, pool *sql.DB) (*sql.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, busyTimeout)
	defer cancel()
	for {
		conn, err := pool.Conn(ctx)
		if !isCode(err, codes.SQLITE_BUSY) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// busyTimeout is how long a lock of another process is waited for.
const busyTimeout = 5 * time.Second

// dsn names the file and what holds for every connection to it: what another
// process has locked is waited for, and a commit is on the disk when it ends.
func dsn(path string, pragmas ...string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	settings := url.Values{
		"mode": {"rw"},
		"_pragma": append(pragmas,
			fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
			"journal_mode(WAL)", "synchronous("+synchronous()+")", "foreign_keys(ON)", "temp_store(MEMORY)"),
	}
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: settings.Encode()}
	return name.String(), nil
}

func (s *conn) close() error {
	var errs []error
	for _, statement := range s.statements {
		errs = append(errs, statement.Close())
	}
	return errors.Join(append(errs, s.conn.Close(), s.pool.Close())...)
}

// prepare is for the fixed statements of this package and of records: it keeps each for good.
func (s *conn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if statement, ok := s.statements[query]; ok {
		return statement, nil
	}
	statement, err := s.conn.PrepareContext(ctx, words.Replace(query))
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	s.statements[query] = statement
	return statement, nil
}

func (s *conn) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	statement, err := s.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement.ExecContext(ctx, args...)
}

// Exec implements txn.Session.
func (s *conn) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := s.exec(ctx, statement, args...)
	if err != nil {
		return 0, classify(err)
	}
	return result.RowsAffected()
}

// Each implements txn.Session.
func (s *conn) Each(ctx context.Context, scan func(txn.Scan) error, query string, args ...any) error {
	statement, err := s.prepare(ctx, query)
	if err != nil {
		return classify(err)
	}
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return classify(err)
		}
	}
	return classify(rows.Err())
}

// Lock implements txn.Session. There is one writer.
func (s *conn) Lock(context.Context, string) error { return nil }

// Unbounded implements txn.Session. No statement has a bound.
func (s *conn) Unbounded(context.Context) error { return nil }
