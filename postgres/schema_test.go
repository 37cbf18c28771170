package postgres

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"postern/sqlite"
)

// Tables that one engine has for itself, and columns of others.
var own = []string{"meta.", "item_words.", "stale_words.", "tallies.part", "rates."}

// Both engines keep the same tables, so that one's records can move to the other.
func TestTablesAreThoseOfSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "postern.db")
	lite, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer lite.Close()
	file, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want := columns(t, file, `
		SELECT tables.name || '.' || columns.name FROM sqlite_schema AS tables, pragma_table_xinfo(tables.name) AS columns
		WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%' AND tables.name NOT LIKE 'item_words%'`)
	got := columns(t, openTest(t).pool, `
		SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'`)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func columns(t *testing.T, pool *sql.DB, query string) (names []string) {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(own, func(o string) bool { return strings.HasPrefix(name, o) }) {
			names = append(names, name)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}
