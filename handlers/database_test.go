package handlers_test

import (
	"context"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"testing"

	"postern/postgres"
	"postern/postgres/pgtest"
	"postern/records"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
)

// database is a database of either engine.
type database struct {
	*records.DB
	io.Closer
	url     string // of PostgreSQL, "" for SQLite
	highest map[string]int64
}

// onPostgres reports whether all tests are to run on PostgreSQL.
func onPostgres() bool { return os.Getenv("POSTERN_TEST_DATABASE") == "postgres" }

// needSQLite skips a test of what SQLite's file does.
func needSQLite(t *testing.T) {
	t.Helper()
	if onPostgres() {
		t.Skip("this is about the file of SQLite")
	}
}

// openDatabase opens an empty database, of SQLite in dir unless tests are to run on
// PostgreSQL.
func openDatabase(t *testing.T, dir string) *database {
	t.Helper()
	if onPostgres() {
		open := func(ctx context.Context, url string) (*postgres.DB, error) {
			return postgres.Open(ctx, url, postgres.Options{MaxConnections: 4})
		}
		url := pgtest.URL(t, open)
		db, err := open(context.Background(), url)
		if err != nil {
			t.Fatal(err)
		}
		return &database{DB: db.DB, Closer: db, url: url, highest: make(map[string]int64)}
	}
	path := filepath.Join(dir, "postern.db")
	sqlitetest.Copy(t, path, sqlite.Open)
	db, err := sqlite.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return &database{DB: db.DB, Closer: db}
}

// closeGaps lets PostgreSQL go on numbering behind the highest number that it was
// seen to commit, as SQLite does: what is undone takes numbers with it, which no
// program may rely on and a recorded answer has.
func (db *database) closeGaps(t *testing.T) {
	t.Helper()
	if db.url == "" {
		return
	}
	pool, err := sql.Open("pgx", db.url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for table, column := range map[string]string{"items": "number", "albums": "id", "comments": "id"} {
		var highest int64
		if err := pool.QueryRow(`SELECT coalesce(max(` + column + `), 0) FROM ` + table).Scan(&highest); err != nil {
			t.Fatal(err)
		}
		db.highest[table] = max(db.highest[table], highest)
		if _, err := pool.Exec(`SELECT setval(pg_get_serial_sequence($1, $2), $3 + 1, false)`, table, column, db.highest[table]); err != nil {
			t.Fatal(err)
		}
	}
}
