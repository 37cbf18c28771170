package records

import (
	"context"
	"io/fs"
	"reflect"
	"strings"
	"unicode/utf8"
)

// session is a transaction whose texts are cleaned.
type session struct{ Session }

func (s session) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return s.Exec(ctx, statement, clean(args)...)
}

func (s session) each(ctx context.Context, scan func(Scan) error, query string, args ...any) error {
	return s.Each(ctx, scan, query, clean(args)...)
}

// Lock implements Session.
func (s session) Lock(ctx context.Context, name string) error {
	return s.Session.Lock(ctx, CleanText(name))
}

// clean puts valid UTF-8 without NUL into the place of texts that are not: some
// databases keep no others, and what one keeps, the other must be able to.
func clean(args []any) []any {
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

// read runs read with a snapshot of the database.
func read[T any](ctx context.Context, db *DB, read func(context.Context, session) (T, error)) (result T, err error) {
	err = db.engine.View(ctx, func(ctx context.Context, s Session) (err error) {
		result, err = read(ctx, session{s})
		return err
	})
	return result, err
}

// update runs change in a transaction, as Engine.Update does, with the entry of the
// audit log that waits under ctx.
func (db *DB) update(ctx context.Context, change func(context.Context, session) error) error {
	return db.audited(ctx, change)
}

// queryAll returns what scan makes of the rows of a query.
func queryAll[T any](ctx context.Context, s session, scan func(Scan) (T, error), query string, args ...any) (all []T, err error) {
	err = s.each(ctx, func(row Scan) error {
		one, err := scan(row)
		all = append(all, one)
		return err
	}, query, args...)
	return all, err
}

// queryOne returns what scan makes of the first row of a query, or
// fs.ErrNotExist when there is none.
func queryOne[T any](ctx context.Context, s session, scan func(Scan) (T, error), query string, args ...any) (one T, err error) {
	all, err := queryAll(ctx, s, scan, query, args...)
	switch {
	case err != nil:
		return one, err
	case len(all) == 0:
		return one, fs.ErrNotExist
	}
	return all[0], nil
}

// cleanTexts returns texts of a list as clean makes them.
func cleanTexts(texts []string) []string {
	cleaned := make([]string, len(texts))
	for i, text := range texts {
		cleaned[i] = CleanText(text)
	}
	return cleaned
}
