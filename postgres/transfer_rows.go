package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"postern/records/transfer"
)

// Tables implements transfer.Source.
func (t *Transfer) Tables(context.Context) ([]transfer.Table, error) { return t.tables, nil }

func (t *Transfer) readTables(ctx context.Context) error {
	rows, err := t.db.pool.QueryContext(ctx, tablesQuery)
	if err != nil {
		return wrapErr("read the tables", err)
	}
	defer rows.Close()
	byName := make(map[string]*transfer.Table)
	keys := make(map[string]map[int]string)
	for rows.Next() {
		var table, kind string
		var c transfer.Column
		var place int
		if err := rows.Scan(&table, &c.Name, &kind, &c.Null, &place, &c.Parent); err != nil {
			return err
		}
		if slices.Contains(ownTables, table) || table == "tallies" && c.Name == "part" {
			continue
		}
		if byName[table] == nil {
			byName[table], keys[table] = &transfer.Table{Name: table}, make(map[int]string)
		}
		byName[table].Columns = append(byName[table].Columns, c)
		t.booleans[table+"."+c.Name] = kind == "boolean"
		if place > 0 {
			keys[table][place] = c.Name
		}
	}
	for name, table := range byName {
		for place := 1; len(table.Key) < len(keys[name]); place++ {
			if column, ok := keys[name][place]; ok {
				table.Key = append(table.Key, column)
			}
		}
		t.tables = append(t.tables, *table)
	}
	slices.SortFunc(t.tables, func(a, b transfer.Table) int { return strings.Compare(a.Name, b.Name) })
	return rows.Err()
}

const tablesQuery = `
	SELECT tables.relname, columns.attname, format_type(columns.atttypid, NULL), NOT columns.attnotnull,
		coalesce(array_position(keys.conkey, columns.attnum), 0),
		coalesce((SELECT parents.relname::text FROM pg_constraint AS named JOIN pg_class AS parents ON parents.oid = named.confrelid
			WHERE named.contype = 'f' AND named.conrelid = tables.oid AND named.conkey = ARRAY[columns.attnum] LIMIT 1), '')
	FROM pg_class AS tables
	JOIN pg_attribute AS columns ON columns.attrelid = tables.oid AND columns.attnum > 0 AND NOT columns.attisdropped
	LEFT JOIN pg_constraint AS keys ON keys.conrelid = tables.oid AND keys.contype = 'p'
	WHERE tables.relkind = 'r' AND tables.relpersistence = 'p' AND tables.relnamespace = current_schema()::regnamespace
	ORDER BY tables.relname COLLATE "C", columns.attname COLLATE "C"`

// Each implements transfer.Source.
func (t *Transfer) Each(ctx context.Context, table transfer.Table, after transfer.Row, visit func(transfer.Row) error) error {
	query, args := table.Select(t.values(table, table.Key, after), "$%d")
	if table.Name == "tallies" {
		query = strings.Replace(query, `FROM "tallies"`, `FROM `+wholeTallies, 1)
	}
	tx := t.tx
	if tx == nil {
		var err error
		if tx, err = t.db.pool.BeginTx(ctx, nil); err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.ExecContext(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
	}
	return table.EachRow(ctx, tx, query, args, visit)
}

// wholeTallies are those of days, as SQLite has them.
const wholeTallies = `(
	SELECT what, "user", tag, day, sum(approved)::bigint AS approved, sum(nsfw)::bigint AS nsfw
	FROM tallies GROUP BY what, "user", tag, day) AS tallies`

// Given implements transfer.Source.
func (t *Transfer) Given(ctx context.Context) (map[string]int64, error) {
	return transfer.Entries[int64](t.db.pool.QueryContext(ctx, `
		SELECT tables.relname, coalesce(pg_sequence_last_value(numbers.objid), 0)
		FROM pg_depend AS numbers JOIN pg_class AS tables ON tables.oid = numbers.refobjid
		WHERE numbers.classid = 'pg_class'::regclass AND numbers.deptype = 'i'
			AND (SELECT relkind FROM pg_class WHERE oid = numbers.objid) = 'S' AND tables.relnamespace = current_schema()::regnamespace`))
}

// Last implements transfer.Target.
func (t *Transfer) Last(ctx context.Context, table transfer.Table) (transfer.Row, error) {
	return table.Last(t.db.pool.QueryRowContext(ctx, table.SelectLast()))
}

// Insert implements transfer.Target.
func (t *Transfer) Insert(ctx context.Context, table transfer.Table, rows []transfer.Row) error {
	var names []string
	for _, c := range table.Columns {
		names = append(names, c.Name)
	}
	if table.Name == "tallies" {
		names = append(names, "part")
	}
	conn, err := t.db.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table.Name}, names, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			row := t.values(table, names, rows[i])
			if table.Name == "tallies" {
				row = append(row, int64(0))
			}
			return row, nil
		}))
		return classify(err)
	})
}

// values returns values of columns as the server takes them.
func (t *Transfer) values(table transfer.Table, columns []string, row transfer.Row) transfer.Row {
	row = slices.Clone(row)
	for i := range row {
		if n, ok := row[i].(int64); ok && t.booleans[table.Name+"."+columns[i]] {
			row[i] = n != 0
		}
	}
	return row
}

// Link implements transfer.Target.
func (t *Transfer) Link(ctx context.Context, table transfer.Table, column string, rows []transfer.Row) error {
	return t.db.alter(ctx, func(tx *sql.Tx) error {
		for _, row := range rows {
			query, args := table.Update(column, t.values(table, append(slices.Clone(table.Key), column), row), "$%d")
			if _, err := tx.ExecContext(ctx, query, args...); err != nil {
				return classify(err)
			}
		}
		return nil
	})
}

// Clear implements transfer.Target.
func (t *Transfer) Clear(ctx context.Context) error {
	names := []string{"item_words"}
	for _, table := range t.tables {
		names = append(names, pgx.Identifier{table.Name}.Sanitize())
	}
	return t.db.alter(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `TRUNCATE `+strings.Join(names, ", "))
		return err
	})
}

// Finish implements transfer.Target.
func (t *Transfer) Finish(ctx context.Context, given map[string]int64) error {
	if err := t.db.checkUnused(ctx); err != nil {
		return err
	}
	numbered, err := t.Given(ctx)
	if err != nil {
		return err
	}
	return t.db.alter(ctx, func(tx *sql.Tx) error {
		if err := (wordIndex{}).Reset(ctx, session{tx}); err != nil {
			return err
		}
		for _, table := range t.tables {
			name := pgx.Identifier{table.Name}.Sanitize()
			if _, err := tx.ExecContext(ctx, `ALTER TABLE `+name+` ENABLE TRIGGER USER`); err != nil {
				return err
			}
			if _, ok := numbered[table.Name]; !ok {
				continue
			}
			_, err := tx.ExecContext(ctx, fmt.Sprintf(`
				SELECT setval(pg_get_serial_sequence($1, $2), last) FROM (SELECT greatest(max(%s), $3::bigint) AS last FROM %s) AS numbers WHERE last > 0`,
				pgx.Identifier{table.Key[0]}.Sanitize(), name), table.Name, table.Key[0], given[table.Name])
			if err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE name = $1`, movingEntry)
		return err
	})
}
