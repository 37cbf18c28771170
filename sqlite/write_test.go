package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"testing"
	"time"

	"postern/media"
)

// categoryWrite is a write that adds a category.
func categoryWrite(ctx context.Context, name string) *write {
	return &write{ctx: ctx, result: make(chan error, 1), run: func(ctx context.Context, s *conn) error {
		_, err := s.exec(ctx, "INSERT INTO categories (name) VALUES (?)", name)
		return err
	}}
}

func categoryCount(t *testing.T, db *DB) int64 {
	t.Helper()
	return value(t, db.conns[0], "SELECT count(*) FROM categories").(int64)
}

func TestWritesThatWaitAreOneGroup(t *testing.T) {
	w := &writer{queue: make(chan *write, 2*maxGroup)}
	for range maxGroup + 10 {
		w.queue <- &write{}
	}
	for _, want := range []int{maxGroup, 10} {
		if got := len(w.gather(<-w.queue)); got != want {
			t.Errorf("group of %d writes, want %d", got, want)
		}
	}
	w.queue <- &write{}
	close(w.queue)
	if got := len(w.gather(<-w.queue)); got != 1 {
		t.Errorf("last group of %d writes, want 1", got)
	}
}

func TestAWriteFailsAloneInItsGroup(t *testing.T) {
	db := openTest(t)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	halfway := categoryWrite(t.Context(), "halfway")
	insert := halfway.run
	halfway.run = func(ctx context.Context, s *conn) error {
		return errors.Join(insert(ctx, s), fs.ErrInvalid)
	}
	group := []*write{
		categoryWrite(t.Context(), "first"), halfway, categoryWrite(t.Context(), ""),
		categoryWrite(cancelled, "cancelled"), categoryWrite(t.Context(), "last"),
	}
	if err := db.writer.commit(group); err != nil {
		t.Fatalf("commit: %v", err)
	}
	if group[0].err != nil || group[4].err != nil {
		t.Errorf("errors %v and %v, want none", group[0].err, group[4].err)
	}
	if !errors.Is(group[1].err, fs.ErrInvalid) || group[2].err == nil || !errors.Is(group[3].err, context.Canceled) {
		t.Errorf("errors %v, %v and %v", group[1].err, group[2].err, group[3].err)
	}
	if got := categoryCount(t, db); got != 2 {
		t.Errorf("%d categories, want first and last", got)
	}
}

func TestAFailedCommitFailsTheGroup(t *testing.T) {
	tests := []struct {
		name, statement string
	}{
		// A violation of a deferred foreign key is found by COMMIT alone.
		{"at the commit", "INSERT INTO albums (slug, user_id, title, created_at) VALUES ('x', 1000, '', 0)"},
		{"before it", "ROLLBACK"}, // as SQLite does itself on some errors
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db := openTest(t)
			breaking := &write{ctx: t.Context(), run: func(ctx context.Context, s *conn) error {
				_, err := s.exec(ctx, "PRAGMA defer_foreign_keys = ON")
				_, err2 := s.exec(ctx, test.statement)
				return errors.Join(err, err2)
			}}
			group := []*write{categoryWrite(t.Context(), "first"), breaking, categoryWrite(t.Context(), "last")}
			if err := db.writer.commit(group); err == nil {
				t.Errorf("%s: no error", test.name)
			}
			if got := categoryCount(t, db); got != 0 {
				t.Errorf("%s: %d categories, want none", test.name, got)
			}
			if err := db.update(t.Context(), breaking.run); err == nil {
				t.Errorf("%s: no error for a group of one", test.name)
			}
			c := media.Category{Name: "first"}
			if err := db.InsertCategory(t.Context(), &c); err != nil {
				t.Errorf("%s: InsertCategory afterwards: %v", test.name, err)
			}
		})
	}
}

// hold keeps the writer busy until release is called.
func hold(t *testing.T, db *DB) (release func()) {
	t.Helper()
	started, ended := make(chan struct{}), make(chan struct{})
	go db.update(context.Background(), func(context.Context, *conn) error {
		close(started)
		<-ended
		return nil
	})
	<-started
	return func() { close(ended) }
}

func TestACallerWhoLeavesBeforeTheStartDropsTheWrite(t *testing.T) {
	db := openTest(t)
	release := hold(t, db)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	c := media.Category{Name: "dropped"}
	if err := db.InsertCategory(ctx, &c); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("InsertCategory: %v, want context.DeadlineExceeded", err)
	}
	release()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestACallerWhoLeavesAfterTheStartChangesNothing(t *testing.T) {
	db := openTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.update(ctx, func(ctx context.Context, s *conn) error {
		cancel()
		return categoryWrite(ctx, "kept").run(ctx, s)
	})
	if err != nil {
		t.Errorf("update: %v", err)
	}
	if got := categoryCount(t, db); got != 1 {
		t.Errorf("%d categories, want 1", got)
	}
}

func TestCloseCarriesOutWhatWaits(t *testing.T) {
	db := openTest(t)
	path := value(t, db.conns[0], "SELECT file FROM pragma_database_list").(string)
	release := hold(t, db)
	accepted := make([]error, 32)
	var writes sync.WaitGroup
	for i := range accepted {
		writes.Go(func() {
			c := media.Category{Name: fmt.Sprint("c", i)}
			accepted[i] = db.InsertCategory(context.Background(), &c)
		})
	}
	closed := make(chan error)
	go func() { closed <- db.Close() }()
	release()
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
	writes.Wait()
	want := int64(0)
	for _, err := range accepted {
		switch {
		case err == nil:
			want++
		case !errors.Is(err, fs.ErrClosed):
			t.Errorf("InsertCategory while closing: %v, want fs.ErrClosed", err)
		}
	}
	if got := categoryCount(t, openAt(t, path)); got != want {
		t.Errorf("%d categories, want the %d that were acknowledged", got, want)
	}
}

func TestManyInsertAndOneFailsAlone(t *testing.T) {
	db := openTest(t)
	const goroutines, each = 32, 20
	taken := photo(0)
	if err := db.InsertItem(t.Context(), &taken, media.UploadLimits{}); err != nil {
		t.Fatal(err)
	}
	var inserts sync.WaitGroup
	for g := range goroutines {
		inserts.Go(func() {
			for i := range each {
				it := photo(int64(1 + g*each + i))
				if g == 7 {
					it.Medium.Key = taken.Medium.Key
				}
				err := db.InsertItem(context.Background(), &it, media.UploadLimits{})
				if g == 7 && !errors.Is(err, media.ErrKeyTaken) {
					t.Errorf("InsertItem of a taken key: %v, want media.ErrKeyTaken", err)
				}
				if g == 7 {
					continue
				}
				got, readErr := db.Item(context.Background(), it.ID)
				if err != nil || readErr != nil || got.Number != it.Number || got.Medium != it.Medium {
					t.Errorf("item %s: %v, %v; read back %+v", it.ID, err, readErr, got)
				}
			}
		})
	}
	inserts.Wait()
	if got := value(t, db.conns[0], "SELECT count(*) FROM items"); got != int64(1+(goroutines-1)*each) {
		t.Errorf("%v items, want %d", got, 1+(goroutines-1)*each)
	}
}
