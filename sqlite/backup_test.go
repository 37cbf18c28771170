package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"postern/media"
)

func TestBackupIsTheDatabaseOfOneMoment(t *testing.T) {
	db := openTest(t)
	var writer sync.WaitGroup
	stop := make(chan struct{})
	writer.Go(func() {
		for n := int64(0); ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			it := photo(n)
			if err := db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
				t.Error(err)
			}
		}
	})
	for n := range 3 {
		before := count(t, db)
		to := filepath.Join(t.TempDir(), fmt.Sprint(n))
		if err := db.Backup(t.Context(), to); err != nil {
			t.Fatal(err)
		}
		after := count(t, db)
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		copied, err := Open(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		if faults, err := copied.Faults(t.Context()); len(faults) > 0 || err != nil {
			t.Errorf("the copy: %q, %v", faults, err)
		}
		if got := count(t, copied); got < before || got > after {
			t.Errorf("the copy has %d items, there were %d before and %d after", got, before, after)
		}
		if wrong, err := copied.Miscounts(t.Context()); len(wrong) > 0 || err != nil {
			t.Errorf("the copy counts wrongly: %q, %v", wrong, err)
		}
		copied.Close()
		if err := db.Backup(t.Context(), to); err == nil {
			t.Error("a backup was written over a file")
		}
	}
	close(stop)
	writer.Wait()
}

// count counts the items that a reader sees.
func count(t *testing.T, db *DB) (n int) {
	t.Helper()
	err := db.EachItem(t.Context(), func(media.Item, bool) error { n++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return n
}
