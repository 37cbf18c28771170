// Package chevereto reads an installation of Chevereto, of versions 3.x and 4.x:
// its database, from a server or from a dump, and the rules of its public IDs,
// files and secrets. It writes nothing.
package chevereto

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Source is a database as a stream of rows.
type Source interface {
	// Tables lists the tables, in no particular order.
	Tables(ctx context.Context) ([]Table, error)

	// Rows calls f for each row of a table and stops at its first error, which
	// it returns as it is. A row is valid until f returns.
	Rows(ctx context.Context, t Table, f func(Row) error) error

	// Close releases what the source holds.
	Close() error
}

// Table is what is known of a table without its rows.
type Table struct {
	Name    string
	Columns []string // in the order of values
	Next    uint64   // the number that its next row would get; 0 if that is not told
}

// Row is a row of a table. Its methods return values as their types, the zero
// value for NULL and for a column that the table does not have. What makes no
// sense is zero too, and is noted: see Problems.
type Row struct {
	table   string
	columns map[string]int
	count   int
	bytes   []byte  // of all values
	values  []value // in the order of columns
	notes   *[]string
}

// value is a part of Row.bytes.
type value struct {
	start, end int
	null       bool
}

func newRow(table string, columns []string) Row {
	r := Row{table: table, columns: make(map[string]int, len(columns)), count: len(columns), notes: new([]string)}
	for i, name := range columns {
		r.columns[strings.ToLower(name)] = i
	}
	return r
}

func (r *Row) reset() {
	r.bytes, r.values = r.bytes[:0], r.values[:0]
	*r.notes = nil
}

// append adds to the value that begins at start, up to a bound.
func (r *Row) append(start int, b []byte) {
	if room := maxValue - (len(r.bytes) - start); len(b) > room {
		b = b[:max(room, 0)]
		r.note("a value is too long")
	}
	if len(r.bytes) > 16*maxValue {
		return
	}
	r.bytes = append(r.bytes, b...)
}

func (r *Row) addBytes(start int) { r.values = append(r.values, value{start, len(r.bytes), false}) }

func (r *Row) addText(s string) {
	start := len(r.bytes)
	r.append(start, []byte(s))
	r.addBytes(start)
}

func (r *Row) addNull() { r.values = append(r.values, value{null: true}) }

func (r *Row) replace(i int, s string) {
	r.values = r.values[:i]
	r.addText(s)
}

func (r *Row) text(i int) string { return string(r.bytes[r.values[i].start:r.values[i].end]) }

func (r *Row) checkLength() {
	if len(r.values) != r.count {
		r.note(fmt.Sprintf("%d values for %d columns", len(r.values), r.count))
		r.values = r.values[:0] // which is which is not known
	}
}

func (r *Row) note(problem string) {
	if len(*r.notes) < 20 {
		*r.notes = append(*r.notes, problem)
	}
}

// Problems tells in words what made no sense of the values that were asked for.
func (r *Row) Problems() []string { return *r.notes }

func (r *Row) raw(column string) (text string, ok bool) {
	i, known := r.columns[column]
	if !known || i >= len(r.values) || r.values[i].null {
		return "", false
	}
	return r.text(i), true
}

// String returns a text. What is not UTF-8 of it is replaced, and noted.
func (r *Row) String(column string) string {
	text, _ := r.raw(column)
	if !utf8.ValidString(text) {
		r.note(column + " is not UTF-8")
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return text
}

// Int returns a whole number from 0 on; others make no sense here.
func (r *Row) Int(column string) int64 {
	text, ok := r.raw(column)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 {
		r.note(fmt.Sprintf("%s is %.40q", column, text))
		return 0
	}
	return n
}

// Int32 is Int, bounded by what pictures and durations can be.
func (r *Row) Int32(column string) int {
	n := r.Int(column)
	if n > math.MaxInt32 {
		r.note(fmt.Sprintf("%s is %d", column, n))
		return 0
	}
	return int(n)
}

// Bool returns a number that is 0 or not.
func (r *Row) Bool(column string) bool { return r.Int(column) != 0 }

// timeForm is how the database writes dates.
const timeForm = "2006-01-02 15:04:05"

// Time returns a date, as if it were of UTC.
func (r *Row) Time(column string) time.Time {
	text, ok := r.raw(column)
	if !ok {
		return time.Time{}
	}
	whole, _, _ := strings.Cut(text, ".")
	t, err := time.Parse(timeForm, whole)
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		r.note(fmt.Sprintf("%s is %.40q", column, text))
		return time.Time{}
	}
	return t
}

// Has reports whether the table has a column.
func (r *Row) Has(column string) bool {
	_, ok := r.columns[column]
	return ok
}
