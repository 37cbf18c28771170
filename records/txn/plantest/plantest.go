// Package plantest tests which indexes of SQLite's the statements of records use.
package plantest

import (
	"context"
	"strings"
	"testing"

	"postern/records/txn"
)

// Plan is a statement with its arguments, and parts of its plan: the indexes that it uses,
// the one that it begins with first.
type Plan = struct {
	Name      string
	Statement []any
	Indexes   []string
}

// Check holds statements against the plans that a database of SQLite makes for them. No
// statement may read all of a table, and those whose names end in "items" or "of a
// category", which are read page by page, may not sort.
func Check(t *testing.T, db *txn.DB, plans []Plan) {
	t.Helper()
	for _, test := range plans {
		plan := explain(t, db, test.Statement[0].(string), test.Statement[1:]...)
		for _, index := range test.Indexes {
			if !strings.Contains(plan, index) {
				t.Errorf("%s does not use %s:\n%s", test.Name, index, plan)
			}
		}
		if paged := strings.HasSuffix(test.Name, "items") || strings.HasSuffix(test.Name, "of a category"); paged && strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s sorts:\n%s", test.Name, plan)
		}
		for line := range strings.Lines(plan) {
			scan, found := strings.CutPrefix(line, "SCAN ")
			byIndex := strings.Contains(scan, " USING ") && strings.Contains(scan, test.Indexes[0])
			steps := strings.HasPrefix(scan, "of_") // of a recursion, which itself finds its rows by an index
			if found && !byIndex && !steps && scan != "CONSTANT ROW\n" && !strings.HasPrefix(scan, "json_each") {
				t.Errorf("%s scans:\n%s", test.Name, plan)
			}
		}
	}
}

// explain returns the steps of a statement's plan in SQLite, one a line.
func explain(t *testing.T, db *txn.DB, statement string, args ...any) string {
	t.Helper()
	steps, err := txn.Read(t.Context(), db, func(ctx context.Context, s txn.Tx) ([]string, error) {
		return txn.QueryAll(ctx, s, func(scan txn.Scan) (step string, err error) {
			var id, parent, unused int
			err = scan(&id, &parent, &unused, &step)
			return step + "\n", err
		}, "EXPLAIN QUERY PLAN "+statement, args...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "")
}
