package records_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"postern/records"
	"postern/sqlite"
)

func TestStatementsUseTheirIndexes(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "postern.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, test := range records.Plans() {
		plan := explain(t, db.DB, test.Statement[0].(string), test.Statement[1:]...)
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
			if found && !byIndex && scan != "CONSTANT ROW\n" && !strings.HasPrefix(scan, "json_each") {
				t.Errorf("%s scans:\n%s", test.Name, plan)
			}
		}
	}
}

// explain returns the steps of a statement's plan in SQLite, one a line.
func explain(t *testing.T, db *records.DB, statement string, args ...any) string {
	t.Helper()
	var plan strings.Builder
	err := records.View(t.Context(), db, func(ctx context.Context, s records.Session) error {
		return s.Each(ctx, func(scan records.Scan) error {
			var id, parent, unused int
			var step string
			err := scan(&id, &parent, &unused, &step)
			plan.WriteString(step + "\n")
			return err
		}, "EXPLAIN QUERY PLAN "+statement, args...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
