package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"postern/records/transfer"
)

// ownTables are made of the others, or kept for a moment. They are not moved: meta by
// its entries, the words of items by their texts.
var ownTables = []string{"meta", "item_words"}

// movingEntry is the entry of meta that a database has while records move there. Its
// value names the installation that they are of.
const movingEntry = "moving"

// ErrMoving is the error of Open for a database that does not have all of its records.
var ErrMoving = errors.New("records are being moved to this database: run `postern migrate-db sqlite postgres` again, to its end")

// ErrNotEmpty is the error of OpenTarget for a database that has records.
var ErrNotEmpty = errors.New("the database has records already")

// Transfer is a database that records are moved from or to.
type Transfer struct {
	db       *DB
	tx       *sql.Tx // of a source
	tables   []transfer.Table
	booleans map[string]bool // columns, with their tables
}

var (
	_ transfer.Source = (*Transfer)(nil)
	_ transfer.Target = (*Transfer)(nil)
)

// transferName is what other sessions see of one that moves records.
const transferName = "postern migrate-db"

func openTransfer(ctx context.Context, url string) (*Transfer, error) {
	db, err := Open(ctx, url, Options{MaxConnections: 2, name: transferName})
	if err != nil {
		return nil, err
	}
	t := &Transfer{db: db, booleans: make(map[string]bool)}
	if err := errors.Join(db.checkUnused(ctx), t.readTables(ctx)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return t, nil
}

// endPatience is how long sessions of a program that has just ended may be seen.
const endPatience = 3 * time.Second

// checkUnused refuses a database that a gateway, or another command, is connected to.
func (db *DB) checkUnused(ctx context.Context) error {
	for began := time.Now(); ; {
		var n int
		err := db.pool.QueryRowContext(ctx, `
			SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`, applicationName).Scan(&n)
		switch {
		case err != nil || n == 0:
			return err
		case time.Since(began) > endPatience:
			return fmt.Errorf("gateways use the database (%d connections): stop all of them first", n)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// OpenSource opens a database to read all of it. Until Close, nobody can write to it.
func OpenSource(ctx context.Context, url string) (*Transfer, error) {
	t, err := openTransfer(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := t.lock(ctx); err != nil {
		return nil, errors.Join(wrapErr("lock the database", err), t.Close())
	}
	return t, nil
}

func (t *Transfer) lock(ctx context.Context) (err error) {
	t.tx, err = t.db.pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return err
	}
	var names []string
	for _, table := range t.tables {
		names = append(names, pgx.Identifier{table.Name}.Sanitize())
	}
	for _, statement := range []string{
		`SET LOCAL statement_timeout = 0`,
		`SET LOCAL idle_in_transaction_session_timeout = 0`,
		`LOCK TABLE ` + strings.Join(names, ", ") + ` IN SHARE MODE`, // before the first read, which is of this moment
	} {
		if _, err := t.tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// OpenTarget opens an empty database to write the records of another, or a database that an
// earlier call opened for the same installation. No gateway uses it before Finish.
func OpenTarget(ctx context.Context, url, installation string, meta map[string]string) (*Transfer, error) {
	t, err := openTransfer(ctx, url)
	if err != nil {
		return nil, err
	}
	err = t.db.alter(ctx, func(tx *sql.Tx) error { return t.prepare(ctx, tx, installation, meta) })
	if err != nil {
		return nil, errors.Join(wrapErr("prepare the database", err), t.Close())
	}
	return t, nil
}

// alter runs f in a transaction without bounds of time.
func (db *DB) alter(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func (t *Transfer) prepare(ctx context.Context, tx *sql.Tx, installation string, meta map[string]string) error {
	var of string
	err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, movingEntry).Scan(&of)
	if err == nil && of != installation {
		return fmt.Errorf("%w: those of another installation, %s", ErrNotEmpty, of)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	for _, table := range t.tables {
		var some bool
		name := pgx.Identifier{table.Name}.Sanitize()
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+name+`)`).Scan(&some); err != nil {
			return err
		}
		if some {
			return fmt.Errorf("%w, in %s", ErrNotEmpty, table.Name)
		}
		// What triggers keep comes with the rows.
		if _, err := tx.ExecContext(ctx, `ALTER TABLE `+name+` DISABLE TRIGGER USER`); err != nil {
			return err
		}
	}
	entries := map[string]string{movingEntry: installation}
	for name, value := range meta {
		entries[name] = value
	}
	for name, value := range entries {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		if err != nil {
			return err
		}
	}
	return nil
}

// Close leaves a source unchanged, and a target with the rows written so far.
func (t *Transfer) Close() error {
	var err error
	if t.tx != nil {
		err = t.tx.Rollback()
	}
	return errors.Join(err, t.db.Close())
}

// Meta returns the values that all gateways of the database share.
func (t *Transfer) Meta(ctx context.Context) (map[string]string, error) {
	rows, err := t.db.pool.QueryContext(ctx, `SELECT name, value FROM meta WHERE name NOT IN ('schema', $1)`, movingEntry)
	if err != nil {
		return nil, wrapErr("read what gateways have in common", err)
	}
	defer rows.Close()
	entries := make(map[string]string)
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		entries[name] = value
	}
	return entries, rows.Err()
}

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
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := transfer.ScanRow(rows.Scan, len(table.Columns))
		if err != nil {
			return err
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// wholeTallies are those of days, as SQLite has them.
const wholeTallies = `(
	SELECT what, "user", tag, day, sum(approved)::bigint AS approved, sum(nsfw)::bigint AS nsfw
	FROM tallies GROUP BY what, "user", tag, day) AS tallies`

// Given implements transfer.Source.
func (t *Transfer) Given(ctx context.Context) (map[string]int64, error) {
	rows, err := t.db.pool.QueryContext(ctx, `
		SELECT tables.relname, coalesce(pg_sequence_last_value(numbers.objid), 0)
		FROM pg_depend AS numbers JOIN pg_class AS tables ON tables.oid = numbers.refobjid
		WHERE numbers.classid = 'pg_class'::regclass AND numbers.deptype = 'i'
			AND (SELECT relkind FROM pg_class WHERE oid = numbers.objid) = 'S' AND tables.relnamespace = current_schema()::regnamespace`)
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
	last, err := transfer.ScanRow(t.db.pool.QueryRowContext(ctx, table.SelectLast()).Scan, len(table.Key))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return last, err
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
		return explain(err)
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
				return explain(err)
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

// checkMoved refuses a database that does not have all of its records.
func (db *DB) checkMoved(ctx context.Context) error {
	var moving bool
	err := db.pool.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM meta WHERE name = $1)`, movingEntry).Scan(&moving)
	if err == nil && moving {
		err = ErrMoving
	}
	return err
}
