package postgres

import (
	"context"
	"testing"

	"go.uber.org/goleak"

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
