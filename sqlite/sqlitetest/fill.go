package sqlitetest

import (
	"database/sql"
	_ "embed"
	"testing"

	_ "modernc.org/sqlite" // which tests of databases use anyway
)

//go:embed every_table.sql
var everyTable string

// Fill puts rows into every table of the empty database at path, and bans beside them
// up to a number.
func Fill(t testing.TB, path string, bans int) {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(ON)")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	if _, err := pool.ExecContext(t.Context(), everyTable); err != nil {
		t.Fatal(err)
	}
	_, err = pool.ExecContext(t.Context(), `
		WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
		INSERT INTO bans SELECT printf('%064x', n), 'of tests', n FROM numbers WHERE n > 1`, bans)
	if err != nil {
		t.Fatal(err)
	}
}
