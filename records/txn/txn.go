// Package txn is between statements and the engines that carry them out: transactions,
// and what statements have in common.
//
// Statements are written in what SQLite and PostgreSQL both know, with ? and ?1
// for arguments. Where the two differ, a statement has one of these words, which
// each engine puts in its own:
//
//	numbers_of(?)    a query of the numbers in a JSON array
//	texts_of(?)      a query of the texts in a JSON array
//	places_of(?)     a query of the numbers in a JSON array (wanted), and of their places (place)
//	statuses_of(?)   a query of the keys (post) and values (statuses) of a JSON object
//	nocase(x)        x, to be compared whatever the case of ASCII letters
//	has_words(t, w)  whether each word of w, which SearchWords has made, is in the text t
//	char(10)         the end of a line
//	json_array, json_group_array(x ORDER BY y)
//	CROSS JOIN       a join that is to be read from the left
//	+column          a column that is not to be looked up by
//	FOR UPDATE SKIP LOCKED
package txn

import (
	"context"

	"postern/media"
)

// DB is a database of any engine, as statements see it: Read, Update and InBatches run
// them. It is safe for concurrent use.
type DB struct{ engine Engine }

// New returns the database that an engine keeps.
func New(engine Engine) *DB { return &DB{engine} }

// Engine carries out transactions. Its errors, and those of its sessions, wrap
// ErrTaken, ErrNoParent, media.ErrFull and media.ErrBusy where they are these.
type Engine interface {
	// View runs read with one snapshot of the database.
	View(ctx context.Context, read func(context.Context, Session) error) error

	// ViewOnce is View for a function that runs one query and nothing else: such a
	// query sees one snapshot by itself.
	ViewOnce(ctx context.Context, read func(context.Context, Session) error) error

	// Update runs change in a transaction and returns when that is committed, or
	// undone because change returned an error. ctx counts until change starts;
	// from then on it is carried out, whatever becomes of the caller. change may
	// be run again, after all that it did was undone.
	Update(ctx context.Context, change func(context.Context, Session) error) error
}

// Stamped is an Engine that can tell, at next to no cost, that nothing was committed.
type Stamped interface {
	// Stamp returns what is another one after each commit, of any process, as soon as that
	// has returned. It reports false when that is not known at the moment.
	Stamp() (Stamp, bool)
}

// Stamp stands for a state of a database.
type Stamp [48]byte

// Stamp is that of the engine; false for one that is not Stamped.
func (db *DB) Stamp() (Stamp, bool) {
	if s, ok := db.engine.(Stamped); ok {
		return s.Stamp()
	}
	return Stamp{}, false
}

// Session is a transaction under way. It is not safe for concurrent use, and of
// no use when its function has returned.
type Session interface {
	// Exec runs a statement and returns how many rows it has changed.
	Exec(ctx context.Context, statement string, args ...any) (int64, error)

	// Each calls scan for every row of a query, and stops at its first error.
	Each(ctx context.Context, scan func(Scan) error, query string, args ...any) error

	// Lock makes other transactions that lock the same name wait until this one
	// has ended.
	Lock(ctx context.Context, name string) error

	// Unbounded lifts the bound of time that an engine sets for each statement, in
	// a transaction that reads all of the database.
	Unbounded(ctx context.Context) error
}

// RowOffsets is a Session of an engine in which a query may begin at an OFFSET that a
// row of the query around it names, so that many are answered at once.
type RowOffsets interface{ RowOffsets() }

// Scan reads the columns of the current row, as (*sql.Rows).Scan does.
type Scan func(dest ...any) error

// Index is what an engine knows about the words of items, so that a search of a
// gallery need not read all of it. Its sessions are the engine's own.
type Index interface {
	// Search returns the numbers of the first items that q asks for, up to a
	// limit, in the order of lists. It reports false when the list is to be read
	// instead.
	Search(ctx context.Context, s Session, q IndexQuery, limit int) ([]int64, bool, error)

	// Changed says that items have other texts, in the transaction that gave them
	// these.
	Changed(ctx context.Context, s Session, items ...int64) error

	// Faults returns what the index lacks and what it should not have, a line
	// each.
	Faults(ctx context.Context, s Session) ([]string, error)

	// Reset leaves the index to be made anew.
	Reset(ctx context.Context, s Session) error
}

// IndexQuery asks for items of one user that are not in the trash, by words or by
// kind.
type IndexQuery struct {
	media.ItemQuery
	Words     string // of the search, as SearchWords makes them
	Condition string // of all that is asked for, in statements on items
	Args      []any  // of the condition
}
