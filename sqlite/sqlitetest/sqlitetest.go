// Package sqlitetest makes databases for tests. Under the race detector a new one
// takes half a second, a copy of it none.
package sqlitetest

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

var template struct {
	sync.Mutex
	data []byte
}

// Copy puts an empty database at path, where there is no file yet. The first call
// in a process makes one by open and closes it; all copy that. It is safe for
// concurrent use.
func Copy[DB io.Closer](t testing.TB, path string, open func(context.Context, string) (DB, error)) {
	t.Helper()
	template.Lock()
	defer template.Unlock()
	if template.data == nil {
		template.data = made(t, open)
	}
	if err := os.WriteFile(path, template.data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Open opens an empty database in a folder of its own by open, and closes it when the
// test ends.
func Open[DB io.Closer](t testing.TB, open func(context.Context, string) (DB, error)) DB {
	t.Helper()
	db, err := open(t.Context(), filepath.Join(t.TempDir(), "postern.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func made[DB io.Closer](t testing.TB, open func(context.Context, string) (DB, error)) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "empty.db")
	db, err := open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
