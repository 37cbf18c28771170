package postgres

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"postern/media"
	"postern/media/mediatest"
	"postern/media/mediatest/contract"
	"postern/postgres/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.M{M: m}) }

func TestDBKeepsTheContract(t *testing.T) {
	mediatest.Run(t, func(t *testing.T) contract.Records { return counted{openTest(t)} })
}

// counted lets tests look into tables.
type counted struct{ *DB }

func (c counted) Count(ctx context.Context, query string) (n int, err error) {
	err = c.pool.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

func openTest(t testing.TB) *DB {
	t.Helper()
	return openAt(t, pgtest.URL(t, openPlain))
}

func openPlain(ctx context.Context, url string) (*DB, error) { return Open(ctx, url, Options{}) }

func openAt(t testing.TB, url string) *DB {
	t.Helper()
	db, err := openPlain(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return db
}

// A plan that the server makes once for all users and albums would sort all of a large one.
func TestListsArePlannedForTheirArguments(t *testing.T) {
	db, err := Open(t.Context(), pgtest.URL(t, openPlain), Options{MaxConnections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 10 { // the server plans five times for the arguments
		for _, q := range []media.ItemQuery{{UserID: 1}, {UserID: 1, InTrash: true}, {AlbumID: 1}, {UserID: 1, Search: "sea"}} {
			q.Filter, q.Limit = media.Everything(time.Unix(0, 0)), 60
			if _, err := db.Items(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			if _, err := db.CountItems(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
	}
	for stretch, want := range map[bool]bool{false: true, true: false} {
		var kept bool
		err := db.pool.QueryRowContext(t.Context(), `
			SELECT EXISTS (SELECT 1 FROM pg_prepared_statements WHERE position('items' IN statement) > 0 AND (position($2 IN statement) > 0) = $1)`,
			stretch, "LIMIT $").Scan(&kept)
		if err != nil || kept != want {
			t.Errorf("of stretches (%t) plans are kept: %t, %v", stretch, kept, err)
		}
	}
}
