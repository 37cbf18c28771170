package postgres

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"postern/postgres/pgtest"
)

// TestTheSumsOfALargeDatabaseAreCounted counts anew what a database keeps sums of, while that
// takes longer than a statement may.
func TestTheSumsOfALargeDatabaseAreCounted(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t, openPlain)
	db := openAt(t, url+"&statement_timeout=200")
	for name, count := range map[string]func(context.Context) error{
		"Miscounts": func(ctx context.Context) error {
			_, err := db.Miscounts(ctx)
			return err
		},
		"Recount": db.Recount,
	} {
		if err := heldUp(t, url, count); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// heldUp runs a function while another session holds the sums, until the function has waited
// for a second or has ended.
func heldUp(t *testing.T, url string, run func(context.Context) error) error {
	t.Helper()
	pool, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	tx, err := pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec(`LOCK TABLE usage IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- run(t.Context()) }()
	for waits := false; !waits; time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-ended:
			return err
		default:
		}
		if err := pool.QueryRow(`
			SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
				AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '1 second')`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	return <-ended
}
