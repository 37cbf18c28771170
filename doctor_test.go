package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"postern/command"
	"postern/command/console"
	"postern/doctor"
	"postern/media/codec/wasm"
	"postern/setup"
)

// examined is what the doctor says, by check.
func examined(t *testing.T, status int, dir string, args ...string) map[string]doctor.Finding {
	t.Helper()
	got := cli(t, dir, append([]string{"doctor", "--json"}, args...)...)
	var list []doctor.Finding
	if err := json.Unmarshal([]byte(got.stdout), &list); err != nil {
		t.Fatalf("%v: %+v", err, got)
	}
	worst := 0
	found := make(map[string]doctor.Finding)
	for _, f := range list {
		found[f.Check] = f
		switch f.State {
		case doctor.Problem:
			worst = command.ExitProblems
		case doctor.Warning:
			worst = max(worst, command.ExitWarnings)
		}
	}
	if got.status != worst || status == command.ExitProblems && got.status != status {
		t.Errorf("status %d, want %d: %s", got.status, status, got.stdout)
	}
	return found
}

func wantFinding(t *testing.T, found map[string]doctor.Finding, check, state, text, advice string) {
	t.Helper()
	f := found[check]
	if f.State != state || !strings.Contains(f.Found, text) || !strings.Contains(f.Advice, advice) {
		t.Errorf("%s: %+v, want %s, %q, %q", check, f, state, text, advice)
	}
}

// quick leaves out what would ask the network and start programs.
const quick = "[url_source]\nenabled = false\n[video]\nprobes = false\n"

func TestDoctorBesideAServer(t *testing.T) {
	r := startReloadable(t, quick)
	found := examined(t, 0, r.dir, "--config", r.file)
	wantFinding(t, found, "settings", doctor.OK, "read from "+r.file, "")
	wantFinding(t, found, "base_url", doctor.Warning, r.url+" answers", "Set base_url")
	wantFinding(t, found, "proxy", doctor.OK, "none: the request came from 127.0.0.1 directly", "")
	wantFinding(t, found, "bodies", doctor.OK, "1200 MB", "")
	wantFinding(t, found, "folder", doctor.OK, "", "")
	wantFinding(t, found, "database", doctor.OK, "schema", "")
	wantFinding(t, found, "backup", doctor.OK, "none", "postern backup")
	wantFinding(t, found, "names", doctor.Skipped, "", "")
	wantFinding(t, found, "programs", doctor.Skipped, "video.probes is off", "")
	codecs := map[bool]string{true: doctor.OK, false: doctor.Warning}[wasm.Available]
	wantFinding(t, found, "codecs", codecs, "AVIF, HEIC and JPEG XL", "")

	// It says what a reload would change, and changes nothing itself.
	r.write("base_url = \"" + r.url + "\"\n" + quick)
	for range 2 {
		wantFinding(t, examined(t, command.ExitWarnings, r.dir, "--config", r.file), "server", doctor.Warning, "base_url", "postern reload")
	}
	key := strings.TrimSpace(cli(t, r.dir, "key", "add", "--user", "admin").stdout)
	if row := r.rowOf(key, "base_url"); strings.Contains(row, r.file) {
		t.Errorf("before the reload, admins see the source that is not in force: %s", row)
	}
	if got := r.reload(); got.status != 0 {
		t.Fatal(got.stderr)
	}
	if row := r.rowOf(key, "base_url"); !strings.Contains(row, r.file) {
		t.Errorf("after the reload, admins see %s", row)
	}
	wantFinding(t, examined(t, 0, r.dir, "--config", r.file), "base_url", doctor.OK, "leads to this server", "")

	// The URL of another server.
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
	r.write("base_url = \"http://" + other.Addr().String() + "\"\ntrusted_proxies = [\"0.0.0.0/0\"]\n" + quick)
	found = examined(t, command.ExitProblems, r.dir, "--config", r.file)
	wantFinding(t, found, "base_url", doctor.Problem, "refused", "Start the proxy")
	wantFinding(t, found, "proxy", doctor.Problem, "anybody can claim any address", "own address")
}

// rowOf signs in with a key and returns what the page of settings says of one.
func (r *reloadable) rowOf(key, setting string) string {
	r.t.Helper()
	ask := func(method, path, body string, cookies []*http.Cookie) (text string, got []*http.Cookie) {
		req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
		if err != nil {
			r.t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		for _, cookie := range cookies {
			req.AddCookie(cookie)
		}
		res, err := http.DefaultTransport.RoundTrip(req) // which follows no redirect
		if err != nil {
			r.t.Fatal(err)
		}
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		if err != nil {
			r.t.Fatal(err)
		}
		http.DefaultClient.CloseIdleConnections()
		return string(data), res.Cookies()
	}
	_, cookies := ask("POST", "/sign-in", "key="+key, nil)
	page, _ := ask("GET", "/admin/settings", "", cookies)
	row := regexp.MustCompile(`(?s)<code>` + setting + `</code>.*?</tr>`).FindString(page)
	if row == "" {
		r.t.Fatalf("no row of %s: %s", setting, page)
	}
	return row
}

func TestDoctorWithoutAServer(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir, file := t.TempDir(), settingsFile(t, "listen = \"127.0.0.1:0\"\n"+quick)
	found := examined(t, 0, filepath.Join(dir, "none"), "--config", file)
	wantFinding(t, found, "server", doctor.Skipped, "none runs", "Start it")
	wantFinding(t, found, "folder", doctor.Skipped, "the first start makes it", "")
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("the doctor has made %v, %v", entries, err)
	}
	found = examined(t, command.ExitProblems, dir, "--config", file, "--listen", taken.Addr().String())
	wantFinding(t, found, "server", doctor.Problem, "none could start", "Stop what uses the address")

	if got := cli(t, dir, "user", "add", "ann"); got.status != 0 {
		t.Fatal(got.stderr)
	}
	if err := os.WriteFile(filepath.Join(dir, setup.SecretFile), make([]byte, setup.SecretBytes), 0o644); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, examined(t, command.ExitProblems, dir, "--config", file), "folder", doctor.Problem, "others than its owner can read it", "chmod 600")
	if err := os.Chmod(filepath.Join(dir, setup.SecretFile), 0o600); err != nil {
		t.Fatal(err)
	}
	found = examined(t, command.ExitProblems, dir, "--config", file, "--limits-disk-floor", "1000000 GB")
	wantFinding(t, found, "disk", doctor.Problem, "uploads are refused", "disk_floor")

	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(dir, setup.DatabaseFile), later, later); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, examined(t, command.ExitProblems, dir, "--config", file), "clock", doctor.Problem, "the clock was ahead, or is behind", "Set the clock")

	if os.Geteuid() == 0 { // nobody else can give files away
		if err := os.Chown(filepath.Join(dir, setup.DatabaseFile), 12345, 12345); err != nil {
			t.Fatal(err)
		}
		found = examined(t, command.ExitProblems, dir, "--config", file)
		wantFinding(t, found, "folder", doctor.Problem, "not postern.db in it", "chown -R")
	}
}

func TestDoctorOnSettingsThatAreWrong(t *testing.T) {
	found := examined(t, command.ExitProblems, t.TempDir(), "--config", settingsFile(t, "naming = \"odd\"\nbase = \"x\"\n"))
	wantFinding(t, found, "settings", doctor.Problem, "unknown key base", "Nothing else")
	if len(found) != 1 {
		t.Errorf("%v", found)
	}
	if got := cli(t, t.TempDir(), "doctor", "--jsn"); got.status != console.ExitUnchecked {
		t.Errorf("a wrong command line: %+v", got)
	}
}

// The page fits a screen of 80 columns, and has a word of each check.
func TestTheDoctorsPageFitsAScreen(t *testing.T) {
	got := cli(t, t.TempDir(), "doctor", "--config", settingsFile(t, "listen = \"127.0.0.1:0\"\n"+quick))
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	for _, line := range lines {
		if len(line) > 80 && !regexp.MustCompile(`^ *\S+$`).MatchString(line[18:]) {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
	if len(lines) < 12 || len(lines) > 40 {
		t.Errorf("%d lines:\n%s", len(lines), got.stdout)
	}
}

// settingsFile makes a file of settings.
func settingsFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
