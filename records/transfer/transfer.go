// Package transfer moves all records from one database to an empty one of another
// engine. It can be cut off at any moment and run again: it goes on behind the last
// row that is there, and ends only when both databases have the same rows.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Column is a column of a table.
type Column struct {
	Name   string
	Null   bool   // it may be NULL
	Made   bool   // the database makes it of other columns; it is compared, and not written
	Parent string // the table whose rows it names; "" for none, or where none is looked for
}

// Table is a table of either engine, with its columns in the order of their names.
type Table struct {
	Name    string
	Columns []Column
	Key     []string // the columns of its primary key, in their order there
}

// Row has a value for each column: nil, an int64, a string or a []byte. Booleans are
// numbers.
type Row []any

// Source is a database that nobody changes meanwhile.
type Source interface {
	// Tables returns the tables with records, in the order of their names. What an
	// engine makes of these for itself is left out.
	Tables(ctx context.Context) ([]Table, error)

	// Each calls visit for the rows behind a key, in the order of keys, and stops at
	// its first error. A nil key stands before all.
	Each(ctx context.Context, t Table, after Row, visit func(Row) error) error

	// Given returns the highest number that each table has given to a row, by tables.
	Given(ctx context.Context) (map[string]int64, error)
}

// Target is a database that nobody else uses before Finish.
type Target interface {
	Source

	// Last returns the highest key of a table, nil when it is empty.
	Last(ctx context.Context, t Table) (Row, error)

	// Insert adds rows by one transaction.
	Insert(ctx context.Context, t Table, rows []Row) error

	// Link sets one column of rows, each a key with the value behind it, by one
	// transaction.
	Link(ctx context.Context, t Table, column string, rows []Row) error

	// Clear removes the rows of all tables.
	Clear(ctx context.Context) error

	// Finish makes the database one that servers use.
	Finish(ctx context.Context, given map[string]int64) error
}

// Options say what to move.
type Options struct {
	From     Source
	To       Target
	Progress func(Progress) // about once a second, and at the end of each table
}

// Progress tells how far a move is with a table.
type Progress struct {
	Table string
	Rows  int64 // copied or compared by this run
	Took  time.Duration
	Check bool // the rows are being compared
}

// Result counts what a move has done.
type Result struct {
	Tables       int
	Rows, Copied int64
}

const (
	batch         = 2000 // rows of one transaction
	progressEvery = time.Second
)

// Run moves all rows and compares them. What an earlier run has copied of rows that
// have changed since is found by that, and copied again.
func Run(ctx context.Context, o Options) (Result, error) {
	m, err := plan(ctx, o)
	if err != nil {
		return Result{}, err
	}
	err = m.run(ctx)
	if different := new(differentError); errors.As(err, &different) {
		if err = o.To.Clear(ctx); err == nil {
			m.result.Copied = 0
			err = m.run(ctx)
		}
	}
	if err != nil {
		return m.result, err
	}
	given, err := o.From.Given(ctx)
	if err != nil {
		return m.result, fmt.Errorf("read the numbers that were given: %w", err)
	}
	if err := o.To.Finish(ctx, given); err != nil {
		return m.result, fmt.Errorf("finish: %w", err)
	}
	return m.result, nil
}

// Same reports whether two databases have the same rows.
func Same(ctx context.Context, a, b Source, progress func(Progress)) (bool, error) {
	m := move{Options: Options{From: a, Progress: progress}}
	tables, err := common(ctx, a, b)
	if err != nil {
		return false, err
	}
	for _, t := range tables {
		err := m.compare(ctx, t, b)
		if different := new(differentError); errors.As(err, &different) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// move is one run.
type move struct {
	Options
	tables []Table // parents first
	late   map[string][]string
	result Result
}

// plan puts the tables of both databases in order.
func plan(ctx context.Context, o Options) (*move, error) {
	tables, err := common(ctx, o.From, o.To)
	if err != nil {
		return nil, err
	}
	m := &move{Options: o}
	m.tables, m.late = order(tables)
	m.result.Tables = len(tables)
	return m, nil
}

// common returns the tables that both databases have, as the second one describes
// them. Others would be lost, which is an error.
func common(ctx context.Context, from, to Source) ([]Table, error) {
	tables, err := from.Tables(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the tables: %w", err)
	}
	second, err := to.Tables(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the tables: %w", err)
	}
	if a, b := describe(tables), describe(second); a != b {
		return nil, fmt.Errorf("the databases have different tables:\n%s\n%s", a, b)
	}
	return second, nil
}

func describe(tables []Table) string {
	var b strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&b, "%s(", t.Name)
		for _, c := range t.Columns {
			b.WriteString(c.Name + " ")
		}
		fmt.Fprintf(&b, "; %s) ", strings.Join(t.Key, " "))
	}
	return b.String()
}

// order puts tables behind those that they name rows of. Where that goes in a circle,
// columns that may be empty are filled at last.
func order(tables []Table) (sorted []Table, late map[string][]string) {
	done, late := make(map[string]bool), make(map[string][]string)
	waits := func(t Table, lazy bool) bool {
		return slices.ContainsFunc(t.Columns, func(c Column) bool {
			return c.Parent != "" && c.Parent != t.Name && !done[c.Parent] && !(lazy && c.Null)
		})
	}
	for len(sorted) < len(tables) {
		next := -1
		for _, lazy := range []bool{false, true} {
			if next < 0 {
				next = slices.IndexFunc(tables, func(t Table) bool { return !done[t.Name] && !waits(t, lazy) })
			}
		}
		if next < 0 {
			next = slices.IndexFunc(tables, func(t Table) bool { return !done[t.Name] })
		}
		for _, c := range tables[next].Columns {
			if c.Parent != "" && c.Parent != tables[next].Name && !done[c.Parent] {
				late[tables[next].Name] = append(late[tables[next].Name], c.Name)
			}
		}
		done[tables[next].Name] = true
		sorted = append(sorted, tables[next])
	}
	return sorted, late
}

func (m *move) run(ctx context.Context) error {
	m.result.Rows = 0
	for _, t := range m.tables {
		if err := m.copy(ctx, t); err != nil {
			return fmt.Errorf("copy %s: %w", t.Name, err)
		}
	}
	for _, t := range m.tables {
		for _, column := range m.late[t.Name] {
			if err := m.link(ctx, t, column); err != nil {
				return fmt.Errorf("copy %s of %s: %w", column, t.Name, err)
			}
		}
	}
	for _, t := range m.tables {
		if err := m.compare(ctx, t, m.To); err != nil {
			return err
		}
	}
	return nil
}

// copy adds the rows of a table that are behind the last one that is there.
func (m *move) copy(ctx context.Context, t Table) error {
	last, err := m.To.Last(ctx, t)
	if err != nil {
		return err
	}
	began, told := time.Now(), time.Now()
	p := Progress{Table: t.Name}
	var rows []Row
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		if err := m.To.Insert(ctx, t, rows); err != nil {
			return err
		}
		p.Rows += int64(len(rows))
		p.Took = time.Since(began)
		m.result.Copied += int64(len(rows))
		rows = rows[:0]
		if time.Since(told) >= progressEvery {
			told = time.Now()
			m.Progress(p)
		}
		return nil
	}
	late := m.late[t.Name]
	err = m.From.Each(ctx, t, last, func(row Row) error {
		for i, c := range t.Columns {
			if slices.Contains(late, c.Name) {
				row[i] = nil
			}
		}
		rows = append(rows, row)
		if len(rows) < batch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	m.Progress(p)
	return nil
}

// link fills a column that copy has left empty.
func (m *move) link(ctx context.Context, t Table, column string) error {
	at := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == column })
	var rows []Row
	flush := func() error {
		err := m.To.Link(ctx, t, column, rows)
		rows = nil
		return err
	}
	err := m.From.Each(ctx, t, nil, func(row Row) error {
		if row[at] == nil {
			return nil
		}
		rows = append(rows, append(keyOf(t, row), row[at]))
		if len(rows) < batch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// keyOf returns the key of a row.
func keyOf(t Table, row Row) (key Row) {
	for _, name := range t.Key {
		key = append(key, row[slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })])
	}
	return key
}
