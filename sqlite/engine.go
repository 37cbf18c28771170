package sqlite

import (
	"context"
	"strings"

	"postern/records/txn"
)

// engine is a database as records know it.
type engine struct{ db *DB }

var (
	_ txn.Engine  = engine{}
	_ txn.Stamped = engine{}
	_ txn.Session = (*conn)(nil)
)

// View implements txn.Engine.
func (e engine) View(ctx context.Context, view func(context.Context, txn.Session) error) error {
	_, err := read(ctx, e.db, func(ctx context.Context, s *conn) (struct{}, error) { return struct{}{}, view(ctx, s) })
	return classify(err)
}

// ViewOnce implements txn.Engine.
func (e engine) ViewOnce(ctx context.Context, view func(context.Context, txn.Session) error) error {
	return classify(e.db.withReader(ctx, func(ctx context.Context, s *conn) error { return view(ctx, s) }))
}

// Update implements txn.Engine.
func (e engine) Update(ctx context.Context, change func(context.Context, txn.Session) error) error {
	return classify(e.db.update(ctx, func(ctx context.Context, s *conn) error { return change(ctx, s) }))
}

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
