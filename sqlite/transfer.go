package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"postern/records"
	"postern/records/transfer"
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

func (t *Transfer) texts(ctx context.Context, query string, args ...any) (all []string, err error) {
	rows, err := t.s.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
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

// Tables implements transfer.Source.
func (t *Transfer) Tables(ctx context.Context) ([]transfer.Table, error) {
	names, err := t.texts(ctx, `
		SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN `+ownTables+`
			AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE 'item\_words%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	var tables []transfer.Table
	for _, name := range names {
		table, err := t.table(ctx, name)
		if err != nil {
			return nil, err
		}
		tables = append(tables, table)
	}
	return tables, nil
}

func (t *Transfer) table(ctx context.Context, name string) (transfer.Table, error) {
	table := transfer.Table{Name: name}
	rows, err := t.s.conn.QueryContext(ctx, `SELECT name, "notnull", pk, hidden FROM pragma_table_xinfo(?) ORDER BY name`, name)
	if err != nil {
		return table, err
	}
	defer rows.Close()
	places := make(map[int]string)
	for rows.Next() {
		var c transfer.Column
		var required, place, hidden int
		if err := rows.Scan(&c.Name, &required, &place, &hidden); err != nil {
			return table, err
		}
		c.Null, c.Made = required == 0, hidden > 0
		if place > 0 {
			places[place] = c.Name
		}
		table.Columns = append(table.Columns, c)
	}
	for i := range len(places) {
		table.Key = append(table.Key, places[i+1])
	}
	return table, rows.Err()
}

// Each implements transfer.Source.
func (t *Transfer) Each(ctx context.Context, table transfer.Table, after transfer.Row, visit func(transfer.Row) error) error {
	query, args := table.Select(after, "?")
	rows, err := t.s.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := transfer.ScanRow(rows.Scan, len(table.Columns))
		if err != nil {
			return err
		}
		for i, v := range row {
			if text, ok := v.(string); ok { // of a version that did not look
				row[i] = records.CleanText(text)
			}
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Given implements transfer.Source.
func (t *Transfer) Given(ctx context.Context) (map[string]int64, error) {
	rows, err := t.s.conn.QueryContext(ctx, `SELECT name, seq FROM sqlite_sequence`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	given := make(map[string]int64)
	for rows.Next() {
		var name string
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			return nil, err
		}
		given[name] = n
	}
	return given, rows.Err()
}

// Last implements transfer.Target.
func (t *Transfer) Last(ctx context.Context, table transfer.Table) (transfer.Row, error) {
	last, err := transfer.ScanRow(t.s.conn.QueryRowContext(ctx, table.SelectLast()).Scan, len(table.Key))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return last, err
}

// Insert implements transfer.Target.
func (t *Transfer) Insert(ctx context.Context, table transfer.Table, rows []transfer.Row) error {
	var names []string
	for _, c := range table.Columns {
		if !c.Made {
			names = append(names, `"`+c.Name+`"`)
		}
	}
	insert := fmt.Sprintf(`INSERT INTO "%s" (%s) VALUES (?%s)`, table.Name, strings.Join(names, ", "), strings.Repeat(", ?", len(names)-1))
	return t.change(ctx, func() error {
		statement, err := t.s.conn.PrepareContext(ctx, insert)
		if err != nil {
			return err
		}
		defer statement.Close()
		for _, row := range rows {
			var args []any
			for i, c := range table.Columns {
				if !c.Made {
					args = append(args, row[i])
				}
			}
			if _, err := statement.ExecContext(ctx, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Link implements transfer.Target. It is not needed, since Insert does not look for what
// rows name.
func (t *Transfer) Link(ctx context.Context, table transfer.Table, column string, rows []transfer.Row) error {
	return t.change(ctx, func() error {
		for _, row := range rows {
			query, args := table.Update(column, row, "?")
			if _, err := t.s.conn.ExecContext(ctx, query, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Clear implements transfer.Target.
func (t *Transfer) Clear(ctx context.Context) error {
	tables, err := t.Tables(ctx)
	if err != nil {
		return err
	}
	return t.change(ctx, func() error {
		for _, table := range tables {
			if _, err := t.s.conn.ExecContext(ctx, `DELETE FROM "`+table.Name+`"`); err != nil {
				return err
			}
		}
		return nil
	})
}

// Finish implements transfer.Target. The words of items are made anew from the next
// start on.
func (t *Transfer) Finish(ctx context.Context, given map[string]int64) error {
	numbered, err := t.texts(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'`)
	if err != nil {
		return err
	}
	triggers, err := t.texts(ctx, `SELECT sql FROM moved_triggers ORDER BY rowid`)
	if err != nil {
		return err
	}
	broken, err := t.texts(ctx, `SELECT "table" FROM pragma_foreign_key_check`)
	if err != nil {
		return err
	}
	if len(broken) > 0 {
		return fmt.Errorf("rows name others that are not there, in %s", strings.Join(slices.Compact(broken), ", "))
	}
	err = t.change(ctx, func() error {
		if err := (wordIndex{}).Reset(ctx, t.s); err != nil {
			return err
		}
		for _, name := range numbered {
			for _, statement := range []string{
				`INSERT INTO sqlite_sequence (name, seq) SELECT ?1, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)`,
				`UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1`,
			} {
				if _, err := t.s.conn.ExecContext(ctx, statement, name, given[name]); err != nil {
					return err
				}
			}
		}
		for _, statement := range append(triggers, `DROP TABLE moved_triggers`) {
			if _, err := t.s.conn.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = t.s.conn.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}
