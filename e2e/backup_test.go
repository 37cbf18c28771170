package e2e

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postern/postgres/pgtest"
	"postern/storage/s3"
	"postern/storage/s3/s3test"
)

// A bucket and a PostgreSQL are copied beside their gateway, the copy is proved, and it is
// restored to another bucket and another PostgreSQL.
func TestABucketAndAPostgresComeBackFromABackup(t *testing.T) {
	t.Parallel()
	pgtest.Synced = true // else a gateway refuses it
	o, metrics, url := s3test.Versitygw(t), freeAddress(t), pgtest.Empty(t)
	env := append(bucketSettings(o), "POSTERN_DATABASE_URL="+url)
	p := start(t, t.TempDir(), append(env, "POSTERN_METRICS_LISTEN="+metrics)...)
	images := map[string]backedUp{"stays": uploadedTo(t, p, "stays"), "goes": uploadedTo(t, p, "goes")}
	to := filepath.Join(t.TempDir(), "backup")
	elsewhere := t.TempDir() // the backup runs on a machine without a gateway
	run := func(dir string, env []string, want string, args ...string) {
		t.Helper()
		if out, err := postern(t, dir, env, args...); err != nil || !strings.Contains(out, want) {
			t.Errorf("postern %v: %v, %s, want %q", args, err, out, want)
		}
	}
	run(elsewhere, env, "2 items: 4 files copied", "backup", to)
	run(elsewhere, env, "2 items: 0 files copied (0 bytes), 4 kept, 0 removed", "backup", to)

	holdKeepsObjects(t, url, o, p, images["goes"].deletion)
	images["comes"] = uploadedTo(t, p, "comes")
	run(elsewhere, env, "2 items: 2 files copied", "backup", to)
	run(elsewhere, env, "2 items, 4 files: 0 findings", "check", "--deep", to)
	if f := p.doctorWith("POSTERN_URL_SOURCE_ENABLED=false", "POSTERN_VIDEO_PROBES=false")["backup"]; f.State != "ok" || !strings.Contains(f.Found, "last one was made") {
		t.Errorf("the doctor: %+v", f)
	}
	if _, text := get(t, "http://"+metrics+"/metrics"); !strings.Contains(string(text), "\npostern_last_backup_timestamp_seconds ") {
		t.Error("the metrics do not tell of the backup")
	}

	// The way of docs/scale.md.
	other := append(bucketSettings(o), "POSTERN_S3_PREFIX=restored/", "POSTERN_DATABASE_URL="+pgtest.Empty(t))
	run(to, other, "both databases are the same", "migrate-db", "sqlite", "postgres")
	run(to, other, "4 files copied", "migrate-store", "disk", "s3")
	run(elsewhere, other, "4 files: 0 findings", "check")
	wantRestored(t, p, other, images)
	// A backup serves by itself, too.
	wantRestored(t, p, nil, images, to)
}

// backedUp is an upload that a backup has.
type backedUp struct {
	url, deletion string
	bytes         []byte // as they are served
}

func uploadedTo(t *testing.T, p *process, seed string) backedUp {
	t.Helper()
	image, err := p.upload(p.key, seed+".jpg", picture(t, seed))
	if err != nil {
		t.Fatal(err)
	}
	status, data := get(t, fmt.Sprint(image["url"]))
	if status != 200 {
		t.Fatalf("%s: %d", image["url"], status)
	}
	return backedUp{fmt.Sprint(image["url"]), fmt.Sprint(image["delete_url"]), data}
}

// wantRestored starts a server and looks for what was backed up.
func wantRestored(t *testing.T, before *process, env []string, images map[string]backedUp, dir ...string) {
	t.Helper()
	if len(dir) == 0 {
		dir = []string{t.TempDir()}
		// Where this file is, start waits for no key. Nothing reads it.
		if err := os.WriteFile(filepath.Join(dir[0], "postern.db"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := restarted(t, before, dir[0], env...)
	defer p.stop()
	for name, image := range images {
		want := 200
		if name == "goes" {
			want = 404
		}
		status, got := get(t, moved(image.url, p.url))
		if status != want || status == 200 && !bytes.Equal(got, image.bytes) {
			t.Errorf("%s: %d, %d bytes, want %d", name, status, len(got), want)
		}
	}
	// Keys and delete links of before work on.
	if _, err := p.upload(p.key, "new.jpg", picture(t, "new")); err != nil {
		t.Error(err)
	}
	if res := request(t, http.MethodDelete, moved(images["stays"].deletion, p.url)); res.StatusCode != 200 {
		t.Errorf("delete: %d", res.StatusCode)
	}
}

// holdKeepsObjects deletes an item as if a backup were running on some machine: its objects
// go when that ends.
func holdKeepsObjects(t *testing.T, url string, o s3.Options, p *process, deletion string) {
	t.Helper()
	pool, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	o.Prefix = "p/"
	bucket, err := s3.New(o, nil)
	if err != nil {
		t.Fatal(err)
	}
	objects := func() (n int) {
		for _, err := range bucket.List(t.Context(), "images/", "") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	if _, err := pool.Exec(`INSERT INTO meta VALUES ('hold elsewhere', '2999-01-01T00:00:00Z')`); err != nil {
		t.Fatal(err)
	}
	if res := request(t, http.MethodDelete, deletion); res.StatusCode != 200 {
		t.Errorf("delete: %d", res.StatusCode)
	}
	if n := objects(); n != 4 {
		t.Errorf("%d objects while deletions are held, want 4", n)
	}
	if _, err := pool.Exec(`UPDATE meta SET value = '2001-01-01T00:00:00Z' WHERE name = 'hold elsewhere'`); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the objects of the deleted item are gone", func() bool { return objects() == 2 })
}
