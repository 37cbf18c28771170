package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"postern/records/transfer"
	"postern/records/txn"
)

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
	return table.EachRow(ctx, t.s.conn, query, args, func(row transfer.Row) error {
		for i, v := range row {
			if text, ok := v.(string); ok { // of a version that did not look
				row[i] = txn.CleanText(text)
			}
		}
		return visit(row)
	})
}

// Given implements transfer.Source.
func (t *Transfer) Given(ctx context.Context) (map[string]int64, error) {
	return transfer.Entries[int64](t.s.conn.QueryContext(ctx, `SELECT name, seq FROM sqlite_sequence`))
}

// Last implements transfer.Target.
func (t *Transfer) Last(ctx context.Context, table transfer.Table) (transfer.Row, error) {
	return table.Last(t.s.conn.QueryRowContext(ctx, table.SelectLast()))
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
