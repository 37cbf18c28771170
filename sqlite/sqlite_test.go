package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postern/media"
	"postern/media/mediatest"
	"postern/media/mediatest/contract"
	"postern/records/txn"
	"postern/sqlite/sqlitetest"
)

// A read that panics harms its caller and no later one.
func TestReadsThatPanic(t *testing.T) {
	db := openTest(t)
	for range 2 * maxReaders {
		func() {
			defer func() {
				if p := recover(); !strings.Contains(fmt.Sprint(p), "oops") {
					t.Errorf("got %v, want the panic of the read", p)
				}
			}()
			_, _ = read(t.Context(), db, func(context.Context, *conn) (int, error) { panic("oops") })
		}()
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDBKeepsTheContract(t *testing.T) {
	t.Parallel()
	mediatest.Run(t, func(t *testing.T) contract.Records { return counted{openTest(t)} })
}

// counted lets tests look into tables.
type counted struct{ *DB }

func (c counted) Count(ctx context.Context, query string) (int, error) {
	return read(ctx, c.DB, func(ctx context.Context, s *conn) (int, error) { return txn.QueryOne(ctx, s, txn.Value[int], query) })
}

func openTest(t testing.TB) *DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "postern.db")
	sqlitetest.Copy(t, path, Open)
	return openAt(t, path)
}

func openAt(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(context.Background(), path)
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

// value runs a statement that returns one value.
func value(t testing.TB, s *conn, statement string, args ...any) (v any) {
	t.Helper()
	if err := s.conn.QueryRowContext(context.Background(), statement, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return v
}

func TestSettingsHoldOnEveryConnection(t *testing.T) {
	db := openTest(t)
	if len(db.conns) != 1+maxReaders {
		t.Errorf("%d connections, want %d", len(db.conns), 1+maxReaders)
	}
	for i, s := range db.conns {
		for _, setting := range []struct {
			pragma string
			want   any
		}{
			{"journal_mode", "wal"}, {"synchronous", int64(2)}, {"foreign_keys", int64(1)},
			{"busy_timeout", int64(5000)}, {"temp_store", int64(2)},
		} {
			t.Run(setting.pragma, func(t *testing.T) {
				if got := value(t, s, "PRAGMA "+setting.pragma); got != setting.want {
					t.Errorf("connection %d: %s is %v, want %v", i, setting.pragma, got, setting.want)
				}
			})
		}
		readOnly := int64(1)
		if i == 0 {
			readOnly = 0
		}
		if got := value(t, s, "PRAGMA query_only"); got != readOnly {
			t.Errorf("connection %d: query_only is %v, want %v", i, got, readOnly)
		}
	}
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "postern.db"))
	it := photo(1)
	if err := db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
		t.Fatal(err)
	}
	path := value(t, db.conns[0], "SELECT file FROM pragma_database_list").(string)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode(); got != 0o600 {
			t.Errorf("mode of %s: %v, want 0600", filepath.Base(name), got)
		}
	}
}

func TestOpenTakesAnyPath(t *testing.T) {
	for _, name := range []string{"a b.db", "what?mode=memory", "100%41.db", "#1.db", "a&b=c;d.db", "é'\".db", "file:x"} {
		path := filepath.Join(t.TempDir(), name)
		openAt(t, path)
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("Open(%q) did not write there: %v, %v", name, info, err)
		}
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"without its folder": filepath.Join(dir, "none", "postern.db"),
		"on a folder":        dir,
		"on another's file":  garbage,
	} {
		if db, err := Open(t.Context(), path); err == nil {
			db.Close()
			t.Errorf("Open %s succeeded", name)
		}
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "postern.db")
	db := openAt(t, path)
	if _, err := db.conns[0].exec(t.Context(), "PRAGMA user_version = 1000"); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), path)
	if !errors.Is(err, txn.ErrNewer) {
		t.Errorf("Open: %v, want ErrNewer", err)
	}
	if got := value(t, db.conns[0], "PRAGMA user_version"); got != int64(1000) {
		t.Errorf("schema version is now %v, want 1000", got)
	}
}

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	names, err := fs.Glob(migrations, "migrations/*")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		if want := fmt.Sprintf("migrations/%04d_", i+1); !strings.HasPrefix(name, want) {
			t.Errorf("migration %s, want %s", name, want)
		}
	}
	if got := value(t, openTest(t).conns[0], "PRAGMA user_version"); got != int64(len(names)) {
		t.Errorf("schema version %v, want %d", got, len(names))
	}
}

func TestRecordsOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "postern.db")
	db := openAt(t, path)
	it := photo(1)
	if err := db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is still there after Close: %v", err)
	}
	if got, err := openAt(t, path).Item(t.Context(), it.ID); err != nil || got.Number != it.Number {
		t.Errorf("Item after reopening: %v, %v", got, err)
	}
}

func TestClosedDBFails(t *testing.T) {
	db := openTest(t)
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	it := photo(1)
	_, read := db.Item(t.Context(), it.ID)
	_, _, served := db.ItemAt(t.Context(), it.Original.Key)
	for name, err := range map[string]error{
		"Ping": db.Ping(t.Context()), "Item": read, "ItemAt": served, "InsertItem": db.InsertItem(t.Context(), &it, media.UploadLimits{}),
	} {
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s after Close: %v, want fs.ErrClosed", name, err)
		}
	}
}

func TestNumbersAreNotUsedAgain(t *testing.T) {
	db := openTest(t)
	first, second := photo(1), photo(2)
	if err := db.InsertItem(t.Context(), &first, media.UploadLimits{}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.BeginDelete(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	if err := db.FinishDelete(t.Context(), first.Number); err != nil {
		t.Fatal(err)
	}
	if err := db.InsertItem(t.Context(), &second, media.UploadLimits{}); err != nil {
		t.Fatal(err)
	}
	if second.Number <= first.Number {
		t.Errorf("number %d after %d was deleted, want a greater one", second.Number, first.Number)
	}
}

func TestDeletionLeavesNoRows(t *testing.T) {
	db := openTest(t)
	for i := range int64(3) {
		it := photo(i)
		it.ExpiresAt = noon
		if err := db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
	}
	reap(t, db, 2)
	if got := value(t, db.conns[0], "SELECT count(*) FROM tags"); got != int64(2) {
		t.Errorf("%v tags while an item bears them, want 2", got)
	}
	reap(t, db, 2)
	for _, table := range []string{"items", "files", "item_tags", "tags"} {
		if got := value(t, db.conns[0], "SELECT count(*) FROM "+table); got != int64(0) {
			t.Errorf("%v rows of %s after all items are gone, want 0", got, table)
		}
	}
}

func TestAFullDiskIsErrFull(t *testing.T) {
	db := openTest(t)
	writer := db.conns[0]
	value(t, writer, fmt.Sprintf("PRAGMA max_page_count = %d", value(t, writer, "PRAGMA page_count").(int64)+20))
	var err error
	stored := int64(0)
	for ; err == nil && stored < 10_000; stored++ {
		it := photo(stored)
		err = db.InsertItem(t.Context(), &it, media.UploadLimits{})
	}
	if !errors.Is(err, media.ErrFull) {
		t.Fatalf("InsertItem on a full disk: %v, want media.ErrFull", err)
	}
	stored--
	if got := value(t, writer, "SELECT count(*) FROM items"); got != stored {
		t.Errorf("%v items, want the %d that were acknowledged", got, stored)
	}
	value(t, writer, "PRAGMA max_page_count = 100000")
	it := photo(stored)
	if err := db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
		t.Errorf("InsertItem with room again: %v", err)
	}
}
