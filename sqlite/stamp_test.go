package sqlite

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"postern/media"
)

// Another stamp tells of each commit, of this connection to the file and of others, and
// nothing else does.
func TestStampsTellOfCommits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "postern.db")
	db, other := openAt(t, path), openAt(t, path)
	last, ok := engine{db}.Stamp()
	if !ok {
		if runtime.GOOS == "windows" {
			t.Skip("there are no stamps on this system")
		}
		t.Fatal("there is no stamp")
	}
	check := func(step string, changes bool) {
		t.Helper()
		now, ok := engine{db}.Stamp()
		if !ok || (now != last) != changes {
			t.Errorf("%s: known %t, changed %t, want %t", step, ok, now != last, changes)
		}
		last = now
	}
	for range 100 {
		if err := db.InsertCategory(t.Context(), &media.Category{Name: "a" + media.RandomHex(8)}); err != nil {
			t.Fatal(err)
		}
		check("a commit", true)
		if err := other.InsertCategory(t.Context(), &media.Category{Name: "b" + media.RandomHex(8)}); err != nil {
			t.Fatal(err)
		}
		check("a commit of others", true)
		if _, err := other.Categories(t.Context()); err != nil {
			t.Fatal(err)
		}
		check("a read", false)
	}
	for _, mode := range []string{"PASSIVE", "TRUNCATE"} {
		if _, err := other.conns[1].exec(t.Context(), "PRAGMA wal_checkpoint("+mode+")"); err != nil {
			t.Fatal(err)
		}
	}
	last, _ = engine{db}.Stamp() // which a checkpoint may change
	if err := other.InsertCategory(t.Context(), &media.Category{Name: "c"}); err != nil {
		t.Fatal(err)
	}
	check("a commit after a checkpoint", true)
}

// Files are asked for until the last moment: requests that were cut off may still run.
func TestFilesAreAskedForWhileClosing(t *testing.T) {
	for range 20 {
		db := openTest(t)
		it := photo(1)
		if err := db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
		var requests sync.WaitGroup
		for range 4 {
			requests.Go(func() {
				for {
					if _, _, err := db.ItemAt(t.Context(), it.Original.Key); errors.Is(err, fs.ErrClosed) {
						return
					} else if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		requests.Wait()
	}
}
