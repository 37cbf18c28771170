package sqlite

import (
	"strings"
	"testing"
	"time"

	"postern/media"
)

func TestCandidatesAreFoundByIndexes(t *testing.T) {
	db := openTest(t)
	for _, test := range []struct {
		name      string
		statement []any // and its arguments
		index     string
	}{
		{"words of the index", []any{candidatesQueries[true][false], "a", 1, 60}, "item_words VIRTUAL TABLE INDEX"},
		{"earlier words of the index", []any{candidatesQueries[true][true], "a", 1, 60}, "item_words VIRTUAL TABLE INDEX"},
		{"all of a user's items", []any{candidatesQueries[false][false], 1, 1, 60}, "items_gallery (user_id=? AND created_at<?)"},
		{"all of a user's earlier items", []any{candidatesQueries[false][true], 1, 1, 60}, "items_gallery (user_id=? AND created_at>?)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := planOf(t, db, test.statement[0].(string), test.statement[1:]...)
			if !strings.Contains(plan, test.index) || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s does not use %s, or sorts:\n%s", test.name, test.index, plan)
			}
		})
	}
}

// planOf returns the steps of a statement's plan, one a line.
func planOf(t *testing.T, db *DB, statement string, args ...any) string {
	t.Helper()
	rows, err := db.conns[0].conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+words.Replace(statement), args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(step + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

func TestABacklogOfExpiredItemsIsWorkedOff(t *testing.T) {
	t.Parallel()
	rows, batch := backlog, 100
	if testing.Short() {
		rows = 2_000
	}
	db := openTest(t)
	fill(t, db, rows, 1)
	later := photo(9_999_999)
	later.ExpiresAt = noon.Add(time.Second)
	if err := db.InsertItem(t.Context(), &later, media.UploadLimits{}); err != nil {
		t.Fatal(err)
	}
	previous := time.Time{}
	for done := 0; done < rows; done += batch {
		next, err := db.NextExpiry(t.Context())
		if err != nil || next.Before(previous) {
			t.Fatalf("NextExpiry: %v, %v, after %v", next, err, previous)
		}
		previous = next
		if got := reap(t, db, batch); got != batch {
			t.Fatalf("a batch of %d after %d items, want %d", got, done, batch)
		}
	}
	if got := reap(t, db, batch); got != 0 {
		t.Errorf("%d items after the last, want 0", got)
	}
	if next, err := db.NextExpiry(t.Context()); err != nil || !next.Equal(later.ExpiresAt) {
		t.Errorf("NextExpiry: %v, %v, want %v", next, err, later.ExpiresAt)
	}
	for table, want := range map[string]int64{"items": 1, "files": 3} {
		if got := value(t, db.conns[0], "SELECT count(*) FROM "+table); got != want {
			t.Errorf("%v rows of %s left, want %d", got, table, want)
		}
	}
}
