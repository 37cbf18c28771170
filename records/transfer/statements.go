package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Statements of tables, and what is read by them, for both engines. parameter is how an engine writes one, with
// %d for its number where it has one.

// Select reads the rows behind a key, or all for a nil one, in the order of keys.
func (t Table) Select(after Row, parameter string) (query string, args []any) {
	var names []string
	for _, c := range t.Columns {
		names = append(names, quote(c.Name))
	}
	query = "SELECT " + strings.Join(names, ", ") + " FROM " + quote(t.Name)
	key := t.keyList("")
	if after != nil {
		query += " WHERE (" + key + ") > (" + parameters(parameter, 1, len(t.Key)) + ")"
	}
	return query + " ORDER BY " + key, after
}

// SelectLast reads the highest key.
func (t Table) SelectLast() string {
	return "SELECT " + t.keyList("") + " FROM " + quote(t.Name) + " ORDER BY " + t.keyList(" DESC") + " LIMIT 1"
}

// Update sets a column of the row whose key, with the value behind it, is row.
func (t Table) Update(column string, row Row, parameter string) (query string, args []any) {
	n := len(t.Key)
	query = "UPDATE " + quote(t.Name) + " SET " + quote(column) + " = " + parameters(parameter, 1, 1) +
		" WHERE (" + t.keyList("") + ") = (" + parameters(parameter, 2, n) + ")"
	return query, append([]any{row[n]}, row[:n]...)
}

func (t Table) keyList(suffix string) string {
	var names []string
	for _, name := range t.Key {
		names = append(names, quote(name)+suffix)
	}
	return strings.Join(names, ", ")
}

func quote(name string) string { return `"` + name + `"` }

func parameters(parameter string, first, n int) string {
	var all []string
	for i := range n {
		text := parameter
		if strings.Contains(parameter, "%") {
			text = fmt.Sprintf(parameter, first+i)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// EachRow calls visit for the rows of a query that Select has made, and stops at its first
// error.
func (t Table) EachRow(ctx context.Context, db querier, query string, args []any, visit func(Row) error) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := scanRow(rows.Scan, len(t.Columns))
		if err != nil {
			return err
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// querier is a database, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Last is the key that SelectLast has asked, nil for an empty table.
func (t Table) Last(row *sql.Row) (Row, error) {
	last, err := scanRow(row.Scan, len(t.Key))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return last, err
}

// Entries returns the rows of a query of names and values, and closes them. err is that of
// the query.
func Entries[V any](rows *sql.Rows, err error) (map[string]V, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	entries := make(map[string]V)
	for rows.Next() {
		var name string
		var value V
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		entries[name] = value
	}
	return entries, rows.Err()
}

// scanRow reads a row of n columns.
func scanRow(scan func(...any) error, n int) (Row, error) {
	row, places := make(Row, n), make([]any, n)
	for i := range row {
		places[i] = &row[i]
	}
	if err := scan(places...); err != nil {
		return nil, err
	}
	for i, v := range row {
		if yes, ok := v.(bool); ok {
			row[i] = int64(0)
			if yes {
				row[i] = int64(1)
			}
		}
	}
	return row, nil
}
