package postgres

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"postern/media"
	"postern/postgres/pgtest"
	"postern/records/transfer"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
)

// filled returns the path of a database with rows in every table.
func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "postern.db")
	sqlitetest.Copy(t, path, sqlite.Open)
	sqlitetest.Fill(t, path, 3000)
	return path
}

func closing(t *testing.T, c interface{ Close() error }) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func openedSource(t *testing.T, path string) *sqlite.Transfer {
	t.Helper()
	source, err := sqlite.OpenSource(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func quiet(transfer.Progress) {}

// interrupted is a target that fails at one of its writes.
type interrupted struct {
	transfer.Target
	left int
}

var errInterrupted = errors.New("as planned")

func (i *interrupted) Insert(ctx context.Context, t transfer.Table, rows []transfer.Row) error {
	if i.left--; i.left < 0 {
		return errInterrupted
	}
	return i.Target.Insert(ctx, t, rows)
}

// A new table is moved by itself; this test wants a row of it in every_table.sql.
func TestRecordsMoveToPostgresAndBack(t *testing.T) {
	ctx, path, url := t.Context(), filled(t), pgtest.Empty(t)
	meta := map[string]string{"cluster": "c", "secret": "ab"}
	for stop := 0; ; stop += 11 {
		source := openedSource(t, path)
		target, err := OpenTarget(ctx, url, "c", meta)
		if err != nil {
			t.Fatal(err)
		}
		_, err = transfer.Run(ctx, transfer.Options{From: source, To: &interrupted{target, stop}, Progress: quiet})
		moved := err == nil
		if !moved && !errors.Is(err, errInterrupted) {
			t.Fatal(err)
		}
		closing(t, target)
		closing(t, source)
		if moved {
			break
		}
		if _, err := openPlain(ctx, url); !errors.Is(err, ErrMoving) {
			t.Fatalf("half of the records are taken for all: %v", err)
		}
	}
	checkMovedTo(t, url)

	back := filepath.Join(t.TempDir(), "back.db")
	source, err := OpenSource(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, source)
	if got, err := source.Meta(ctx); err != nil || len(got) != 2 || got["secret"] != "ab" {
		t.Errorf("in common: %v, %v", got, err)
	}
	for stop := 20; ; stop = 1000 { // the second run finds rows there
		target, err := sqlite.OpenTarget(ctx, back, map[string]string{"cluster": "c"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = transfer.Run(ctx, transfer.Options{From: source, To: &interrupted{target, stop}, Progress: quiet})
		closing(t, target)
		if err == nil {
			break
		}
		if !errors.Is(err, errInterrupted) {
			t.Fatal(err)
		}
	}
	first, second := openedSource(t, path), openedSource(t, back)
	defer closing(t, first)
	defer closing(t, second)
	if same, err := transfer.Same(ctx, first, second, quiet); err != nil || !same {
		t.Errorf("there and back: %t, %v", same, err)
	}
	tables, err := first.Tables(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		some := false
		err := first.Each(ctx, table, nil, func(transfer.Row) error { some = true; return nil })
		if err != nil || !some {
			t.Errorf("no row of %s is moved here: add one to every_table.sql, %v", table.Name, err)
		}
	}
}

// checkMovedTo looks at a database that records were moved to as a server does.
func checkMovedTo(t *testing.T, url string) {
	t.Helper()
	db := openAt(t, url)
	if faults, err := db.Miscounts(t.Context()); err != nil || len(faults) > 0 {
		t.Errorf("sums: %v, %v", faults, err)
	}
	if it, err := db.Item(t.Context(), "dddd"); err != nil || it.Title != "x\uFFFDy" || !slices.Equal(it.Tags, []string{"cat"}) {
		t.Errorf("an item: %q %q, %v", it.Title, it.Tags, err)
	}
	var next int64
	var off int
	if err := db.pool.QueryRowContext(t.Context(), `SELECT nextval(pg_get_serial_sequence('users', 'id')), (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D')`).
		Scan(&next, &off); err != nil || next != 10 || off > 0 {
		t.Errorf("the next user gets the number %d, want 10; %d triggers are off; %v", next, off, err)
	}
	closing(t, db)
}

func TestRecordsThatChangeBetweenRunsAreMovedAnew(t *testing.T) {
	ctx, path, url := t.Context(), filled(t), pgtest.Empty(t)
	target, err := OpenTarget(ctx, url, "c", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, target)
	run := func(stop int) error {
		source := openedSource(t, path)
		defer closing(t, source)
		_, err := transfer.Run(ctx, transfer.Options{From: source, To: &interrupted{target, stop}, Progress: quiet})
		return err
	}
	if err := run(20); !errors.Is(err, errInterrupted) {
		t.Fatal(err)
	}
	db, err := sqlite.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.DeleteBan(ctx, strings.Repeat("0", 63)+"2"); err != nil {
		t.Fatal(err)
	}
	closing(t, db)
	if err := run(1000); err != nil {
		t.Error(err)
	}
}

func TestADatabaseInUseIsNotMoved(t *testing.T) {
	url := pgtest.Empty(t)
	db := openAt(t, url)
	if _, err := OpenTarget(t.Context(), url, "c", nil); err == nil || !strings.Contains(err.Error(), "stop all of them") {
		t.Errorf("beside a gateway: %v", err)
	}
	addUser(t, db, media.User{Name: "ann"})
	closing(t, db)
	if _, err := OpenTarget(t.Context(), url, "c", nil); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("with records: %v", err)
	}
	source, err := OpenSource(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, source)
	if _, err := source.db.pool.ExecContext(t.Context(), `SET lock_timeout = 10; INSERT INTO bans VALUES (repeat('0', 32), '', 0)`); err == nil {
		t.Error("somebody wrote while records were read")
	}
}
