package sqlite

import (
	"context"

	"postern/records/txn"
)

// indexOfLog opens the index of the log, if the database has one: some file systems can
// have none, and SQLite goes without a log there.
func indexOfLog(ctx context.Context, s *conn, path string) (logIndex, error) {
	mode, err := txn.QueryOne(ctx, s, txn.Value[string], "PRAGMA journal_mode")
	if err != nil || mode != "wal" {
		return logIndex{}, err
	}
	return openLogIndex(path)
}

// stamp returns the header of the index of SQLite's log, by which SQLite itself knows
// whether its pages of the last transaction are still those of the file: each commit of any
// process writes another one, before it returns (https://sqlite.org/walformat.html). It has
// two copies and is being written while these differ.
func stamp(index []byte) (s txn.Stamp, ok bool) {
	const initialized = 12 // the byte that is 1 once the header is valid
	if len(index) < 2*len(s) {
		return s, false
	}
	copy(s[:], index)
	return s, s[initialized] == 1 && s == txn.Stamp(index[len(s):2*len(s)])
}

// Stamp implements txn.Stamped. A closed database has none.
func (e engine) Stamp() (txn.Stamp, bool) {
	e.db.logIndexAccess.RLock()
	defer e.db.logIndexAccess.RUnlock()
	return stamp(e.db.logIndex.bytes)
}
