package backup_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"postern/media"
	"postern/media/maintenance/backup"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
	"postern/storage"
	"postern/storage/s3"
	"postern/storage/s3/s3test"
)

// bucket is a bucket with the records of its objects.
type bucket struct {
	t      *testing.T
	db     *sqlite.DB
	server *s3test.Server
	store  *s3.Store
	to     string // of backups
}

func newBucket(t *testing.T) *bucket {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "postern.db")
	sqlitetest.Copy(t, path, sqlite.Open)
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	staging, err := storage.OpenStaging(dir)
	if err != nil {
		t.Fatal(err)
	}
	server := s3test.InProcess(t)
	store, err := s3.New(server.Options, staging)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close(); db.Close() })
	return &bucket{t, db, server, store, t.TempDir()}
}

func object(id string) string { return "images/n/" + id + ".jpg" }

// insert records an item of one file whose content is its ID; it arrives for ever if that
// is wanted.
func (b *bucket) insert(id string, arriving bool) {
	b.t.Helper()
	sum := md5.Sum([]byte(id))
	it := media.Item{
		ID: id, Kind: media.KindImage, Width: 1, Height: 1, MD5: hex.EncodeToString(sum[:]), CreatedAt: time.Now(),
		Original: media.File{Key: "images/" + id + ".jpg", Object: object(id), MIME: "image/jpeg", Size: int64(len(id))},
	}
	var limits media.UploadLimits
	if arriving {
		limits.ArriveUntil = time.Now().Add(time.Hour)
	}
	if err := b.db.InsertItem(b.t.Context(), &it, limits); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bucket) put(id, content string) {
	b.t.Helper()
	if err := b.store.PutReader(b.t.Context(), storage.Move{Key: object(id)}, strings.NewReader(content)); err != nil {
		b.t.Fatal(err)
	}
}

// run makes a backup and returns the IDs of its items and what it reports.
func (b *bucket) run() (r backup.Result, items, problems []string, err error) {
	b.t.Helper()
	ctx, draft := b.t.Context(), filepath.Join(b.t.TempDir(), "copy.db")
	if err := b.db.Backup(ctx, draft); err != nil {
		b.t.Fatal(err)
	}
	records, err := sqlite.Open(ctx, draft)
	if err != nil {
		b.t.Fatal(err)
	}
	defer records.Close()
	r, err = backup.Files(ctx, backup.Options{
		To: b.to, Copy: records,
		Open: func(ctx context.Context, key string) (io.ReadCloser, error) { return b.store.Open(ctx, key) },
		Live: func(ctx context.Context, id string) (bool, error) {
			_, err := b.db.Item(ctx, id)
			return err == nil, nil
		},
		Report: func(problem string) { problems = append(problems, problem) },
	})
	listed := records.EachItem(ctx, func(it media.Item, _ bool) error { items = append(items, it.ID); return nil })
	if listed != nil {
		b.t.Fatal(listed)
	}
	slices.Sort(items)
	slices.Sort(problems)
	return r, items, problems, err
}

func TestABucketIsCopiedWithProof(t *testing.T) {
	b := newBucket(t)
	for _, id := range []string{"good", "broken", "missing", "short", "other"} {
		b.insert(id, false)
	}
	b.insert("coming", true) // it is not in the bucket yet
	b.insert("comes", true)
	for id, content := range map[string]string{"good": "good", "broken": "broken", "short": "shor", "other": "OTHER", "comes": "comes"} {
		b.put(id, content)
	}
	// One answer breaks off, and is asked for again.
	var broke atomic.Bool
	b.server.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "broken.jpg") || broke.Swap(true) {
			return false
		}
		w.Header().Set("Content-Length", "6")
		w.Header().Set("ETag", `"0"`)
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		_, _ = io.WriteString(w, "bro")
		return true
	})
	r, items, problems, err := b.run()
	if err != nil || r.Copied != 2 || r.Problems != 3 || !broke.Load() {
		t.Errorf("%+v, %v, broken off %t", r, err, broke.Load())
	}
	if want := []string{"broken", "good", "missing", "other", "short"}; !slices.Equal(items, want) {
		t.Errorf("items %v, want %v: what was on its way is not in a backup", items, want)
	}
	for i, want := range []string{`missing.jpg" is missing`, `other.jpg" has the MD5`, `short.jpg" has 4 bytes`} {
		if i >= len(problems) || !strings.Contains(problems[i], want) {
			t.Errorf("problems %q, want %q", problems, want)
		}
	}
	for _, id := range []string{"good", "broken", "other", "short"} {
		got, err := os.ReadFile(filepath.Join(b.to, object(id)))
		if sound := id == "good" || id == "broken"; sound != (err == nil && string(got) == id) || !sound && err == nil {
			t.Errorf("%s in the backup: %q, %v", id, got, err)
		}
	}
}

// A backup that a fault ends is continued by the next one, which asks only for what lacks.
func TestABackupOfABucketGoesOn(t *testing.T) {
	b := newBucket(t)
	const n = 40
	for i := range n {
		id := fmt.Sprintf("item%02d", i)
		b.insert(id, false)
		b.put(id, id)
	}
	var asked atomic.Int32
	b.server.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if asked.Add(1) <= n/2 {
			return false
		}
		w.WriteHeader(http.StatusForbidden) // an error that is not tried again
		_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code></Error>")
		return true
	})
	if r, _, _, err := b.run(); err == nil || r.Copied == 0 {
		t.Errorf("%+v, %v: want an error in the midst", r, err)
	}
	there := 0
	for i := range n {
		if _, err := os.Stat(filepath.Join(b.to, object(fmt.Sprintf("item%02d", i)))); err == nil {
			there++
		}
	}
	b.server.Before(nil)
	b.server.Requests()
	r, items, _, err := b.run()
	if asked := len(b.server.Requests()); err != nil || len(items) != n || r.Kept != there || r.Copied != n-there || asked != n-there {
		t.Errorf("%+v, %d items, %v after %d requests: want %d kept", r, len(items), err, asked, there)
	}
}
