package check_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/maintenance/check"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
	"postern/storage"
	"postern/storage/s3"
	"postern/storage/s3/s3test"
)

// TestABucketIsHeldAgainstItsRecords has one object or record for each thing that a
// check tells, and some for those that it must not.
func TestABucketIsHeldAgainstItsRecords(t *testing.T) {
	db, store := newBucket(t)
	put := func(key, content string) {
		t.Helper()
		if err := store.PutReader(t.Context(), storage.Move{Key: key}, strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	const md5OfBytes = "4b3a6218bb3e3a7303e8a171a60fcf92"
	lease := time.Minute
	insert := func(id, md5 string, arriving bool) {
		t.Helper()
		it := media.Item{
			ID: id, Kind: media.KindImage, Width: 1, Height: 1, MD5: md5, CreatedAt: time.Now(),
			Original: media.File{Key: "images/" + id + ".jpg", Object: "images/n/" + id + ".jpg", MIME: "image/jpeg", Size: 5},
		}
		var limits media.UploadLimits
		if arriving {
			limits.ArriveUntil = time.Now().Add(lease)
		}
		if err := db.InsertItem(t.Context(), &it, limits); err != nil {
			t.Fatal(err)
		}
	}
	insert("good", md5OfBytes, false)
	put("images/n/good.jpg", "bytes")
	insert("coming", md5OfBytes, true) // its object is not there yet
	insert("comes", md5OfBytes, true)
	put("images/n/comes.jpg", "bytes")
	put("lost+found/images/n/old.jpg", "found before")
	if got := runBucket(t, db, store, check.BucketOptions{}); len(got) > 0 {
		t.Errorf("a sound bucket: %v", got)
	}

	insert("missing", md5OfBytes, false)
	insert("short", md5OfBytes, false)
	put("images/n/short.jpg", "byte")
	insert("other", md5OfBytes, false)
	put("images/n/other.jpg", "Bytes")
	put("images/n/a.jpg", "of nobody")
	put("images/n/z.jpg", "of nobody")
	damage := []string{
		check.Bytes + " images/n/missing.jpg", check.Bytes + " images/n/other.jpg", check.Bytes + " images/n/short.jpg",
	}
	if got := runBucket(t, db, store, check.BucketOptions{RecordsOnly: true}); len(got) > 0 {
		t.Errorf("by the records alone: %v", got)
	}
	lease = -time.Hour
	insert("cutoff", md5OfBytes, true)
	cutOff := check.Staged + " cutoff"
	if got := runBucket(t, db, store, check.BucketOptions{RecordsOnly: true}); !slices.Equal(got, []string{cutOff}) {
		t.Errorf("by the records alone: %v, want %v", got, cutOff)
	}
	if n, err := db.BeginAbandoned(t.Context(), time.Now(), 9); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	orphans := []string{check.Recorded + " images/n/a.jpg", check.Recorded + " images/n/z.jpg"}
	if got := runBucket(t, db, store, check.BucketOptions{MinAge: time.Hour}); !slices.Equal(got, damage) {
		t.Errorf("while a server runs: %v, want %v", got, damage)
	}
	for _, repair := range []bool{false, true} {
		if got, want := runBucket(t, db, store, check.BucketOptions{Repair: repair}), append(slices.Clone(damage), orphans...); !slices.Equal(got, want) {
			t.Errorf("repair %v: %v, want %v", repair, got, want)
		}
	}
	if got := runBucket(t, db, store, check.BucketOptions{}); !slices.Equal(got, damage) {
		t.Errorf("after the repair: %v, want %v", got, damage)
	}
	if _, err := store.Stat(t.Context(), "lost+found/images/n/a.jpg"); err != nil {
		t.Errorf("the object of nobody is not in lost+found: %v", err)
	}
}

func newBucket(t *testing.T) (*sqlite.DB, *s3.Store) {
	t.Helper()
	dir := t.TempDir()
	sqlitetest.Copy(t, filepath.Join(dir, "postern.db"), sqlite.Open)
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "postern.db"))
	if err != nil {
		t.Fatal(err)
	}
	staging, err := storage.OpenStaging(dir)
	if err != nil {
		t.Fatal(err)
	}
	store, err := s3.New(s3test.InProcess(t).Options, staging)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close(); db.Close() })
	return db, store
}

// runBucket returns what a check finds, in the order of invariants and names.
func runBucket(t *testing.T, db *sqlite.DB, store *s3.Store, o check.BucketOptions) (found []string) {
	t.Helper()
	o.Bucket, o.Records, o.Now = store, db, time.Now
	o.Report = func(f check.Finding) { found = append(found, f.Invariant+" "+f.Subject) }
	if _, err := check.RunBucket(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}
