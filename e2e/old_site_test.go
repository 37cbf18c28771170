package e2e

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/importer/chevereto/cheveretotest"
	"postern/postgres/pgtest"
	"postern/storage/s3/s3test"
)

var importKills = flag.Int("import-kills", 5, "kills of TestImportOfAnOldSiteOutlivesKills")

// oldSite is a Chevereto on the disk.
type oldSite struct {
	*cheveretotest.Site
	dir, dump string
}

// newOldSite writes a site with so many images more.
func newOldSite(t *testing.T, version string, more int) oldSite {
	t.Helper()
	s := oldSite{cheveretotest.New(version), t.TempDir(), filepath.Join(t.TempDir(), "dump.sql")}
	for name, data := range s.Files {
		path := filepath.Join(s.dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if more > 0 {
		if err := s.AddMany(more, s.dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(s.dump, s.Dump(cheveretotest.PhpMyAdmin), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// command is an import of the site.
func (s oldSite) command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"import", "chevereto", "--dump", s.dump, "--images", s.dir, "--storage", "1=" + filepath.Join(s.dir, "storage-1"),
		"--site-url", "https://old.example.org", "--json"}, args...)...)
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), env...)
	return cmd
}

// moveReport is what is looked at of the report of an import.
type moveReport struct {
	Counts map[string]struct{ Found, Imported, Already_here, Left int }
}

// run imports the site to the end; some records are always left.
func (s oldSite) run(t *testing.T, env []string, args ...string) (r moveReport) {
	t.Helper()
	cmd := s.command(t, env, args...)
	var told strings.Builder
	cmd.Stderr = &told
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Fatalf("import: %v, want status 2\n%s%s", err, out, told.String())
	}
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return r
}

// gone are names of files that are shown to nobody, or belong to nobody.
var gone = []string{"/spam.", "/waise.", "/wann.", "/spät.", "0000/00/00"}

// wantFiles asks a server for all files of the site.
func (s oldSite) wantFiles(t *testing.T, base string) {
	t.Helper()
	for name, data := range s.Files {
		hidden := false
		for _, part := range gone {
			hidden = hidden || strings.Contains(name, part)
		}
		path := strings.TrimPrefix(name, "storage-1/")
		status, got := get(t, base+"/"+(&url.URL{Path: path}).EscapedPath())
		if !hidden && (status != 200 || string(got) != string(data)) || hidden && status == 200 {
			t.Errorf("%s: %d, %d bytes of %d", path, status, len(got), len(data))
		}
	}
}

// A site moves into a PostgreSQL and a bucket, with the thumbs that it lacked.
func TestAnOldSiteMovesIntoABucket(t *testing.T) {
	t.Parallel()
	pgtest.Synced = true // else a gateway refuses it
	dir := t.TempDir()
	env := append(bucketSettings(s3test.Versitygw(t)), "POSTERN_DATABASE_URL="+pgtest.Empty(t), "POSTERN_DATA_DIR="+dir)
	site := newOldSite(t, "4.2", 0)
	r := site.run(t, env)
	if got := r.Counts["items"]; got.Imported != 19 || got.Left != 4 {
		t.Errorf("items %+v", got)
	}
	if r := site.run(t, env); r.Counts["items"].Already_here != 19 {
		t.Errorf("items of a second run %+v", r.Counts["items"])
	}
	if err := os.WriteFile(filepath.Join(dir, "postern.db"), nil, 0o600); err != nil { // so that no key is waited for
		t.Fatal(err)
	}
	p := start(t, dir, env...)
	site.wantFiles(t, p.url)
	if status, body := get(t, p.url+"/images/2024/05/01/daumenlos.th.jpg"); status != 200 || len(body) == 0 {
		t.Errorf("the thumb that was missing: %d", status)
	}
	p.stop()
	cmd := exec.Command(binary, "check")
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("check: %v\n%s", err, out)
	}
}

// An import that is killed at any moment, again and again, comes to the same end as
// one that is not. `make import-kills` kills it fifty times.
func TestImportOfAnOldSiteOutlivesKills(t *testing.T) {
	t.Parallel()
	site := newOldSite(t, "4.2", 20**importKills)
	whole, killed := t.TempDir(), t.TempDir()
	began := time.Now()
	want := site.run(t, []string{"POSTERN_DATA_DIR=" + whole}, "--link")
	took := time.Since(began)
	env := []string{"POSTERN_DATA_DIR=" + killed}
	for kill := range *importKills {
		cmd := site.command(t, env, "--link")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Each comes a little later, from before the first record to near the end.
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-time.After(took * time.Duration(kill+1) / time.Duration(*importKills+1)):
			_ = cmd.Process.Kill()
			_ = await(t, "the end of the import", ended)
		case <-ended:
		}
	}
	last := site.run(t, env, "--link")
	items, wanted := last.Counts["items"], want.Counts["items"]
	if items.Imported+items.Already_here != wanted.Imported || items.Left != wanted.Left {
		t.Errorf("items %+v, want as %+v", items, wanted)
	}
	for _, dir := range []string{whole, killed} {
		cmd := exec.Command(binary, "check", "--deep", "--data-dir", dir)
		cmd.Dir = t.TempDir()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("check: %v\n%s", err, out)
		}
	}
	if a, b := exportOf(t, whole), exportOf(t, killed); a != b {
		t.Errorf("the ends differ:\n%.2000s\n%.2000s", a, b)
	}
}

// otherName is what a path has that was taken.
var otherName = regexp.MustCompile(`-[A-Za-z0-9]{7}\.`)

// exportOf is all that a data folder tells of its items, in an order, without what is
// made of its secret.
func exportOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "export")
	cmd := exec.Command(binary, "export", to, "--data-dir", dir)
	cmd.Dir = t.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("export: %v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(to, "items.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		var l map[string]any
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if id := fmt.Sprint(l["id"]); len(id) == 7 {
			delete(l, "id")
		}
		if album, ok := l["album"].(map[string]any); ok {
			delete(album, "access_key")
			if album["lock"] != nil {
				album["lock"] = "a hash" // whose salt is chance
			}
		}
		l["path"] = otherName.ReplaceAllString(fmt.Sprint(l["path"]), ".")
		delete(l, "file")
		sorted, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(sorted))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
