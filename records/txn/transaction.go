package txn

import (
	"context"
	"io/fs"
	"reflect"
	"strings"
	"unicode/utf8"

	"postern/media"
)

// Tx is a transaction under way, whose arguments are cleaned as Clean does it. It is not
// safe for concurrent use, and of no use when its function has returned.
type Tx struct{ Session }

// Exec implements Session.
func (s Tx) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return s.Session.Exec(ctx, statement, Clean(args)...)
}

// Each implements Session.
func (s Tx) Each(ctx context.Context, scan func(Scan) error, query string, args ...any) error {
	return s.Session.Each(ctx, scan, query, Clean(args)...)
}

// Lock implements Session.
func (s Tx) Lock(ctx context.Context, name string) error {
	return s.Session.Lock(ctx, CleanText(name))
}

// Clean puts valid UTF-8 without NUL into the place of texts that are not, and returns
// args: some databases keep no others, and what one keeps, the other must be able to.
func Clean(args []any) []any {
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			args[i] = CleanText(v)
		case *string:
			if v != nil {
				text := CleanText(*v)
				args[i] = &text
			}
		default:
			if v := reflect.ValueOf(arg); v.Kind() == reflect.String {
				args[i] = CleanText(v.String())
			}
		}
	}
	return args
}

// CleanText returns a text as both engines take it: in UTF-8, without NUL.
func CleanText(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// Read runs read with one snapshot of the database, and returns its result.
func Read[T any](ctx context.Context, db *DB, read func(context.Context, Tx) (T, error)) (result T, err error) {
	err = db.engine.View(ctx, func(ctx context.Context, s Session) (err error) {
		result, err = read(ctx, Tx{s})
		return err
	})
	return result, err
}

// ReadOne returns what scan makes of the first row of a query that stands alone, or
// fs.ErrNotExist when there is none.
func ReadOne[T any](ctx context.Context, db *DB, scan func(Scan) (T, error), query string, args ...any) (one T, err error) {
	err = db.engine.ViewOnce(ctx, func(ctx context.Context, s Session) (err error) {
		one, err = QueryOne(ctx, Tx{s}, scan, query, args...)
		return err
	})
	return one, err
}

// QueryAll returns what scan makes of the rows of a query. s is a Tx, where arguments
// may be texts of others.
func QueryAll[T any](ctx context.Context, s Session, scan func(Scan) (T, error), query string, args ...any) (all []T, err error) {
	err = s.Each(ctx, func(row Scan) error {
		one, err := scan(row)
		all = append(all, one)
		return err
	}, query, args...)
	return all, err
}

// QueryOne returns what scan makes of the first row of a query, or
// fs.ErrNotExist when there is none.
func QueryOne[T any](ctx context.Context, s Session, scan func(Scan) (T, error), query string, args ...any) (one T, err error) {
	all, err := QueryAll(ctx, s, scan, query, args...)
	switch {
	case err != nil:
		return one, err
	case len(all) == 0:
		return one, fs.ErrNotExist
	}
	return all[0], nil
}

// CleanTexts returns copies of texts as CleanText makes them.
func CleanTexts(texts []string) []string {
	cleaned := make([]string, len(texts))
	for i, text := range texts {
		cleaned[i] = CleanText(text)
	}
	return cleaned
}

// Insert runs an INSERT of one row in a transaction of its own, and returns the number
// that the statement returns. The table has one UNIQUE constraint, whose violation is taken.
func (db *DB) Insert(ctx context.Context, taken error, statement string, args ...any) (id int64, err error) {
	err = db.Update(ctx, func(ctx context.Context, s Tx) error {
		id, err = InsertRow(ctx, s, statement, args...)
		return Conflict(err, taken)
	})
	return id, err
}

// InsertRow runs an INSERT of one row that returns the row's number, and returns that.
func InsertRow(ctx context.Context, s Tx, statement string, args ...any) (int64, error) {
	return QueryOne(ctx, s, Value[int64], statement, args...)
}

// ReadList reads a stretch of a list by query and how long the whole is by count, as of
// one moment. Its error names the step.
func ReadList[T any](ctx context.Context, db *DB, step string, scan func(Scan) (T, error), count, query string, countArgs, args []any) (media.List[T], error) {
	list, err := Read(ctx, db, func(ctx context.Context, s Tx) (list media.List[T], err error) {
		list.Total, err = QueryOne(ctx, s, Value[int], count, countArgs...)
		if err == nil {
			list.Some, err = QueryAll(ctx, s, scan, query, args...)
		}
		return list, err
	})
	return list, Wrap(step, err)
}
