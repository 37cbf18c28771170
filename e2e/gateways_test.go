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
	"regexp"
	"slices"
	"strings"
	"testing"

	"postern/postgres"
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
	t.Parallel()
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
	// What servers of another version have left, as far as anybody looks before it is opened.
	left := func(schema, version string) (address string) {
		address = pgtest.Empty(t)
		pool, err := sql.Open("pgx", address)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		if _, err := pool.Exec("CREATE TABLE meta (name text PRIMARY KEY, value text NOT NULL); INSERT INTO meta VALUES ('schema', '" +
			schema + "'), ('version', '" + version + "')"); err != nil {
			t.Fatal(err)
		}
		return address
	}
	old, newer := left("1", "0.1.0"), left("9999", "7.8.9")
	const needed = "served by postern 7.8.9: install that version, or restore a dump"
	for _, row := range []struct {
		address, want string
		args          []string
	}{
		// No command upgrades what gateways of an older version may be using.
		{old, "older version (schema 1,", []string{"user", "list"}},
		{newer, needed, []string{"user", "list"}},
		{newer, needed, []string{"migrate", "--dry-run"}},
		{newer, needed, []string{"serve"}},
	} {
		env := append(p.cmd.Env, "POSTERN_DATABASE_URL="+row.address, "POSTERN_DATA_DIR="+t.TempDir())
		if out, err := postern(t, t.TempDir(), env, row.args...); err == nil || !strings.Contains(out, row.want) {
			t.Errorf("%v: %v, %s, want %q", row.args, err, out, row.want)
		}
	}
	plan, err := postern(t, t.TempDir(), append(p.cmd.Env, "POSTERN_DATABASE_URL="+old), "migrate", "--dry-run")
	if err != nil || !strings.Contains(plan, "has schema 1 and gets") || !strings.Contains(plan, "0002_triggers") || !strings.Contains(plan, "pg_dump") {
		t.Errorf("migrate --dry-run: %v, %s", err, plan)
	}
	i := slices.IndexFunc(p.cmd.Env, func(v string) bool { return strings.HasPrefix(v, "POSTERN_DATABASE_URL=") })
	_, address, _ := strings.Cut(p.cmd.Env[i], "=")
	if version, err := postgres.NotedVersion(t.Context(), address); err != nil || version != "1.2.3-test" {
		t.Errorf("the version that serves a PostgreSQL: %q, %v", version, err)
	}
	for _, row := range []struct{ check, setting, state, found, advice string }{
		{"database", "", "ok", "PostgreSQL with schema ", ""},
		{"bucket", "", "ok", "can be reached", ""},
		{"database", "POSTERN_DATABASE_URL=" + pgtest.Empty(t), "ok", "empty", ""},
		{"database", "POSTERN_DATABASE_URL=" + old, "warning", "upgrades it", "pg_dump"},
		{"database", "POSTERN_DATABASE_URL=" + newer, "problem", needed, ""},
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
	t.Parallel()
	one, two := twoGateways(t, "POSTERN_GUEST_UPLOADS=true", "POSTERN_METADATA=keep")
	both := &process{t: t, url: writesHereReadsThere(t, one, two), key: one.key}
	t.Run("clients of others", func(t *testing.T) { takesRealClients(t, both) })
	t.Run("a browser", func(t *testing.T) {
		b := browse(t, both.url)
		b.sendTwo()
		b.wait(`Array.from(document.querySelectorAll('#own-list img')).every(image => image.complete && image.naturalWidth > 0)`)
	})
	t.Run("a proxy that keeps parts together", func(t *testing.T) { staysAtOneGateway(t, one, two) })
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

// Gateways that are started at the same moment on nothing make one admin and show one key.
func TestGatewaysMayStartAtOnceOnNothing(t *testing.T) {
	t.Parallel()
	pgtest.Synced = true // else a gateway refuses it
	env := append(append(os.Environ(), bucketSettings(s3test.Versitygw(t))...), "POSTERN_LISTEN=127.0.0.1:0",
		"POSTERN_DATABASE_URL="+pgtest.Empty(t), "POSTERN_VIDEO_PROBES=false")
	var said [3]lockedBuffer
	var dirs [len(said)]string
	for i := range said {
		cmd := exec.Command(binary, "serve")
		dirs[i] = t.TempDir()
		cmd.Dir, cmd.Env = dirs[i], append(env, "POSTERN_DATA_DIR="+dirs[i])
		cmd.Stdout, cmd.Stderr = &said[i], &said[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
	}
	listening, key := regexp.MustCompile(`msg=listening address=(\S+)`), regexp.MustCompile(`(?m)^chv_[0-9a-f]{64}$`)
	var all strings.Builder
	gateways := make([]*process, len(said))
	for i := range said {
		eventually(t, "a gateway listens", func() bool { return listening.MatchString(said[i].String()) })
		all.WriteString(said[i].String())
		if m := listening.FindStringSubmatch(said[i].String()); m != nil {
			gateways[i] = &process{t: t, url: "http://" + m[1]}
		}
	}
	keys := key.FindAllString(all.String(), -1)
	if len(keys) != 1 || t.Failed() {
		t.Fatalf("%d keys are shown, want 1:\n%s", len(keys), all.String())
	}
	var url string
	for i, p := range gateways {
		image, err := p.upload(keys[0], "a.jpg", picture(t, "at once"))
		if err != nil {
			t.Fatalf("gateway %d: %v", i, err)
		}
		if path := moved(fmt.Sprint(image["url"]), ""); i > 0 && path != url {
			t.Errorf("gateway %d has stored %s, want the twin %s", i, path, url)
		} else {
			url = path
		}
	}
	if out, err := postern(t, dirs[0], env, "user", "list", "--json"); err != nil || strings.Count(out, `"name":`) != 1 {
		t.Errorf("users: %v, %s", err, out)
	}
}

// A start that would risk uploads says what to change.
func TestAStartNamesWhatIsWrongWithADatabase(t *testing.T) {
	t.Parallel()
	pgtest.Synced = true // so that fsync is on
	url := pgtest.Empty(t)
	latin := pgtest.Empty(t, "SQL_ASCII")
	none := strings.Replace(url, "///", "///no", 1)
	for _, test := range []struct{ name, setting, want string }{
		{"files on a disk", "POSTERN_STORE_KIND=disk", "need files in a bucket"},
		{"answers before the commit", "POSTERN_DATABASE_URL=" + url + "&synchronous_commit=off", "synchronous_commit = off and can lose uploads"},
		{"another encoding", "POSTERN_DATABASE_URL=" + latin, "ENCODING 'UTF8'"},
		{"no such database", "POSTERN_DATABASE_URL=" + none, "does not exist"},
		{"no such user", "POSTERN_DATABASE_URL=" + strings.Replace(url, "user=postgres", "user=nobody_at_all", 1), "nobody_at_all"},
		{"nothing there", "POSTERN_DATABASE_URL=postgres://ann:secret@127.0.0.1:1/db", "refused"},
		{"no URL", "POSTERN_DATABASE_URL=db.example.org", "postgres://user@host/name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.Command(binary, "serve")
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "POSTERN_LISTEN=127.0.0.1:0", "POSTERN_DATA_DIR="+t.TempDir(), "POSTERN_DATABASE_URL="+url,
				"POSTERN_STORE_KIND=s3", "POSTERN_S3_BUCKET=none", "POSTERN_S3_ENDPOINT=127.0.0.1:1", test.setting)
			if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), test.want) || strings.Contains(string(out), "secret@") {
				t.Errorf("%v, %s, want %q", err, out, test.want)
			}
		})
	}
}
