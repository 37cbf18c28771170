package sqlite

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"postern/media"
)

// pathOfTest names the database in the environment of a process that a test
// has started, and its letter tells the processes apart.
const (
	pathOfTest   = "POSTERN_TEST_PATH"
	letterOfTest = "POSTERN_TEST_LETTER"
	insertsEach  = 100
)

// TestInsertAsAnotherProcess is what those processes run.
func TestInsertAsAnotherProcess(t *testing.T) {
	path := os.Getenv(pathOfTest)
	if path == "" {
		t.Skip("runs in processes that TestProcessesWriteAtOnce starts")
	}
	insertMany(t, openAt(t, path), os.Getenv(letterOfTest))
}

func insertMany(t *testing.T, db *DB, letter string) {
	var inserts sync.WaitGroup
	for i := range insertsEach {
		inserts.Go(func() {
			it := media.Item{ID: fmt.Sprint(letter, i), Kind: media.KindImage, CreatedAt: noon}
			it.Original.Key = "images/" + it.ID + ".jpg"
			if err := db.InsertItem(context.Background(), &it, media.UploadLimits{}); err != nil {
				t.Errorf("InsertItem %s: %v", it.ID, err)
			}
		})
	}
	inserts.Wait()
}

func TestProcessesWriteAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "postern.db")
	letters := []string{"a", "b", "c"}
	var processes sync.WaitGroup
	for _, letter := range letters {
		processes.Go(func() {
			other := exec.Command(os.Args[0], "-test.run=^TestInsertAsAnotherProcess$", "-test.count=1")
			other.Env = append(os.Environ(), pathOfTest+"="+path, letterOfTest+"="+letter)
			if output, err := other.CombinedOutput(); err != nil {
				t.Errorf("process %s: %v\n%s", letter, err, output)
			}
		})
	}
	db := openAt(t, path)
	insertMany(t, db, "z")
	processes.Wait()
	want := int64((len(letters) + 1) * insertsEach)
	if got := value(t, db.conns[0], "SELECT count(*) FROM items"); got != want {
		t.Errorf("%v items, want %d", got, want)
	}
}

func TestManyOpenANewFileAtOnce(t *testing.T) {
	for range 5 {
		path := filepath.Join(t.TempDir(), "postern.db")
		var opens sync.WaitGroup
		for i := range 8 {
			opens.Go(func() {
				db, err := Open(context.Background(), path)
				if err != nil {
					t.Errorf("Open: %v", err)
					return
				}
				defer db.Close()
				u := media.User{Name: fmt.Sprint("user", i), CreatedAt: noon}
				if err := db.InsertUser(context.Background(), &u); err != nil {
					t.Errorf("InsertUser: %v", err)
				}
			})
		}
		opens.Wait()
	}
}

func TestALockOfAnotherProcessIsWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "postern.db")
	db, other := openAt(t, path), openAt(t, path).conns[0]
	if _, err := other.exec(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	inserted := make(chan error)
	go func() {
		it := photo(1)
		inserted <- db.InsertItem(context.Background(), &it, media.UploadLimits{})
	}()
	select {
	case err := <-inserted:
		t.Errorf("InsertItem did not wait: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	if _, err := db.Keys(t.Context()); err != nil {
		t.Errorf("a read beside the lock: %v", err)
	}
	if _, err := other.exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := <-inserted; err != nil {
		t.Errorf("InsertItem after the lock: %v", err)
	}
}
