package e2e

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"postern/postgres/pgtest"
	"postern/storage/s3/s3test"
)

// twoGateways starts two gateways of one bucket and one database.
func twoGateways(t *testing.T, env ...string) (one, two *process) {
	t.Helper()
	pgtest.Synced = true // else a gateway refuses it
	env = append(append(bucketSettings(s3test.Versitygw(t)), "POSTERN_DATABASE_URL="+pgtest.Empty(t)), env...)
	one = start(t, t.TempDir(), env...)
	second := t.TempDir()
	// Where this file is, start waits for no key. Nothing reads it.
	if err := os.WriteFile(filepath.Join(second, "postern.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return one, restarted(t, one, second, env...)
}

// Two gateways of one bucket and one database are one server to their clients.
func TestTwoGatewaysAreOne(t *testing.T) {
	one, two := twoGateways(t, "POSTERN_RATE_USER=2")
	data := picture(t, "")
	image, err := one.upload(one.key, "a.jpg", data)
	if err != nil {
		t.Fatal(err)
	}
	there := moved(fmt.Sprint(image["url"]), two.url)
	if status, got := get(t, there); status != 200 || !bytes.Equal(got, data) {
		t.Errorf("the other gateway: %d, %d bytes, want %d", status, len(got), len(data))
	}
	again, err := two.upload(two.key, "a.jpg", data)
	if err != nil || moved(fmt.Sprint(again["url"]), two.url) != there {
		t.Errorf("the same at the other gateway: %v, %v, want %s", again["url"], err, there)
	}
	// They share what a user may do: each of them has seen one upload.
	if _, err := one.upload(one.key, "b.jpg", picture(t, "b")); err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("the third upload of two: %v, want 429", err)
	}
	// The token of one counts at the other: they have the same secret.
	deletion := moved(fmt.Sprint(image["delete_url"]), two.url)
	if res := request(t, http.MethodDelete, deletion); res.StatusCode != 200 {
		t.Errorf("delete at the other gateway: %d", res.StatusCode)
	}
	if status, _ := get(t, moved(there, one.url)); status != 404 {
		t.Errorf("after the deletion: %d, want 404", status)
	}
	t.Run("the doctor", func(t *testing.T) { examinesBoth(t, two) })
}

// examinesBoth has the doctor look at a database and a bucket that are as they should
// be, and at others.
func examinesBoth(t *testing.T, p *process) {
	fast := []string{"POSTERN_URL_SOURCE_ENABLED=false", "POSTERN_VIDEO_PROBES=false"}
	old := pgtest.Empty(t)
	pool, err := sql.Open("pgx", old)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec("CREATE TABLE meta (name text PRIMARY KEY, value text NOT NULL); INSERT INTO meta VALUES ('schema', '1')"); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ check, setting, state, found, advice string }{
		{"database", "", "ok", "PostgreSQL with schema ", ""},
		{"bucket", "", "ok", "can be reached", ""},
		{"database", "POSTERN_DATABASE_URL=" + pgtest.Empty(t), "ok", "empty", ""},
		{"database", "POSTERN_DATABASE_URL=" + old, "warning", "upgrades it", "pg_dump"},
		{"database", "POSTERN_DATABASE_URL=postgres://127.0.0.1:1/none", "problem", "refused", "database.url"},
		{"bucket", "POSTERN_S3_BUCKET=missing", "problem", "missing", "[s3]"},
		{"bucket", "POSTERN_S3_SECRET_KEY=wrong", "problem", "s3.secret_key", "[s3]"},
		{"bucket", "POSTERN_S3_ENDPOINT=127.0.0.1:1", "problem", "refused", "[s3]"},
	} {
		f := p.doctorWith(append(fast, row.setting)...)[row.check]
		if f.State != row.state || !strings.Contains(f.Found, row.found) || !strings.Contains(f.Advice, row.advice) {
			t.Errorf("%s with %q: %+v, want %s, %q, %q", row.check, row.setting, f, row.state, row.found, row.advice)
		}
	}
}

// Programs of others upload to one gateway and read from another.
func TestRealClientsOfTwoGateways(t *testing.T) {
	one, two := twoGateways(t, "POSTERN_GUEST_UPLOADS=true")
	both := &process{t: t, url: writesHereReadsThere(t, one, two), key: one.key}
	t.Run("clients of others", func(t *testing.T) { takesRealClients(t, both) })
	t.Run("a browser", func(t *testing.T) {
		b := browse(t, both.url)
		b.sendTwo()
		b.wait(`Array.from(document.querySelectorAll('#own-list img')).every(image => image.complete && image.naturalWidth > 0)`)
	})
}

// writesHereReadsThere is a proxy before two gateways: one has what is read, the other
// all else.
func writesHereReadsThere(t *testing.T, here, there *process) string {
	t.Helper()
	target := func(p *process) *url.URL {
		u, err := url.Parse(p.url)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	write, read := target(here), target(there)
	s := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		to := write
		if r.In.Method == http.MethodGet || r.In.Method == http.MethodHead {
			to = read
		}
		r.SetURL(to)
		r.Out.Host = r.In.Host // links are those of the proxy
	}})
	t.Cleanup(s.Close)
	return s.URL
}

func TestADatabaseBesideADiskIsRefused(t *testing.T) {
	cmd := exec.Command(binary, "serve")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "POSTERN_LISTEN=127.0.0.1:0", "POSTERN_DATA_DIR="+t.TempDir(), "POSTERN_DATABASE_URL=postgres://ann@host/db")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "need files in a bucket") {
		t.Errorf("%v, %s", err, out)
	}
}
