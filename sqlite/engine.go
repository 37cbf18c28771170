package sqlite

import (
	"context"
	"strings"

	"postern/records"
)

// engine is a database as records know it.
type engine struct{ db *DB }

var (
	_ records.Engine  = engine{}
	_ records.Session = (*conn)(nil)
)

// View implements records.Engine.
func (e engine) View(ctx context.Context, view func(context.Context, records.Session) error) error {
	_, err := read(ctx, e.db, func(ctx context.Context, s *conn) (struct{}, error) { return struct{}{}, view(ctx, s) })
	return explain(err)
}

// Update implements records.Engine.
func (e engine) Update(ctx context.Context, change func(context.Context, records.Session) error) error {
	return explain(e.db.update(ctx, func(ctx context.Context, s *conn) error { return change(ctx, s) }))
}

// Exec implements records.Session.
func (s *conn) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := s.exec(ctx, statement, args...)
	if err != nil {
		return 0, explain(err)
	}
	return result.RowsAffected()
}

// Each implements records.Session.
func (s *conn) Each(ctx context.Context, scan func(records.Scan) error, query string, args ...any) error {
	return explain(s.each(ctx, scan, query, args...))
}

// Lock implements records.Session. There is one writer.
func (s *conn) Lock(context.Context, string) error { return nil }

// words puts what statements of records say otherwise for each engine into what
// SQLite knows. Columns that are compared whatever their case are made so.
var words = strings.NewReplacer(
	"numbers_of(", "SELECT value FROM json_each(",
	"texts_of(", "SELECT value FROM json_each(",
	"places_of(", "SELECT key AS place, value AS wanted FROM json_each(",
	"statuses_of(", "SELECT CAST(key AS INTEGER) AS post, value AS statuses FROM json_each(",
	"nocase(", "(",
	" FOR UPDATE SKIP LOCKED", "",
)
