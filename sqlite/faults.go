package sqlite

import (
	"context"
	"fmt"

	"postern/records/txn"
)

// Faults runs SQLite's own checks and returns what they find, a line each.
func (db *DB) Faults(ctx context.Context) ([]string, error) {
	faults, err := read(ctx, db, func(ctx context.Context, s *conn) ([]string, error) {
		faults, err := txn.QueryAll(ctx, s, txn.Value[string], "PRAGMA integrity_check")
		if err != nil {
			return nil, err
		}
		if len(faults) == 1 && faults[0] == "ok" {
			faults = nil
		}
		broken, err := txn.QueryAll(ctx, s, scanBroken, "PRAGMA foreign_key_check")
		return append(faults, broken...), err
	})
	return faults, wrapErr("check database", err)
}

func scanBroken(scan txn.Scan) (string, error) {
	var table, parent string
	var row, constraint any
	err := scan(&table, &row, &parent, &constraint)
	return fmt.Sprintf("row %v of %s names a row of %s that is not there", row, table, parent), err
}
