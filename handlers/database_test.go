package handlers_test

import (
	"context"
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
		db, err := open(context.Background(), pgtest.URL(t, open))
		if err != nil {
			t.Fatal(err)
		}
		return &database{db.DB, db}
	}
	path := filepath.Join(dir, "postern.db")
	sqlitetest.Copy(t, path, sqlite.Open)
	db, err := sqlite.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return &database{db.DB, db}
}
