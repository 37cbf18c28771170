package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"postern/config"
	"postern/server"
)

// reloadable is a server with a file of settings, which may be changed.
type reloadable struct {
	t         *testing.T
	dir, file string
	url       string
	log       *logUntil
}

// startReloadable runs a server until the end of the test.
func startReloadable(t *testing.T, settings string) *reloadable {
	t.Helper()
	r := &reloadable{t: t, dir: t.TempDir(), file: filepath.Join(t.TempDir(), "config.toml")}
	r.write(settings)
	listening, done := make(chan struct{}), make(chan error, 1)
	r.log = &logUntil{text: "msg=listening", found: func() { close(listening) }}
	ctx, stop := context.WithCancel(t.Context())
	vars := map[string]string{"POSTERN_DATA_DIR": r.dir, "POSTERN_LISTEN": "127.0.0.1:0"}
	go func() {
		done <- run(ctx, []string{"--config", r.file}, func(k string) string { return vars[k] }, new(bytes.Buffer), r.log)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case err := <-done:
		done <- nil
		t.Fatalf("the server did not start: %v", err)
	case <-listening:
	}
	r.url = "http://" + regexp.MustCompile(`msg=listening address=(\S+)`).FindStringSubmatch(r.log.String())[1]
	return r
}

func (r *reloadable) write(settings string) {
	r.t.Helper()
	if err := os.WriteFile(r.file, []byte(settings), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// upload sends a BMP of one pixel as a guest, and returns the status.
func (r *reloadable) upload(key, forwarded string) int {
	r.t.Helper()
	status, _ := r.send(key, forwarded)
	return status
}

// send is upload with the answer.
func (r *reloadable) send(key, forwarded string) (status int, answer string) {
	r.t.Helper()
	bmp := "BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x18\x00" + strings.Repeat("\x00", 28)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("source", "a.bmp")
	if err != nil {
		r.t.Fatal(err)
	}
	_, _ = io.WriteString(part, bmp)
	_ = w.WriteField("key", key)
	w.Close()
	req, err := http.NewRequest("POST", r.url+"/api/1/upload", &body)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("X-Forwarded-For", forwarded)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	return res.StatusCode, string(text)
}

func (r *reloadable) want(what, key string, status int) {
	r.t.Helper()
	if got := r.upload(key, "203.0.113.7"); got != status {
		r.t.Errorf("%s: %d, want %d", what, got, status)
	}
}

// reload is the command, as one runs it beside the server.
func (r *reloadable) reload() ran {
	r.t.Helper()
	return cli(r.t, r.dir, "reload", "--config", r.file)
}

func TestSettingsAreTakenInWhileTheServerRuns(t *testing.T) {
	r := startReloadable(t, "")
	r.want("without guests", "", 400)
	r.write("trusted_proxies = [\"127.0.0.0/8\"]\nlog_level = \"debug\"\nlog_format = \"json\"\n[guest]\nuploads = true\nkey = \"for-guests\"\n[limits]\nqueue = 3\n")
	got := r.reload()
	for _, want := range []string{"in force now: ", "trusted_proxies", "log_level", "guest.uploads", "guest.key", "; after a restart: log_format, limits.queue\n"} {
		if got.status != 0 || !strings.Contains(got.stdout, want) {
			t.Errorf("reload: %+v, want %s", got, want)
		}
	}
	r.want("with guests", "for-guests", 200)
	r.want("with a wrong key", "for-nobody", 400)
	if !strings.Contains(r.log.String(), "address=203.0.113.7") {
		t.Error("the proxy is not trusted")
	}
	r.write("[guest]\nuploads = true\nkey = \"for-guests\"\n[limits]\nmax_file = \"10 B\"\n")
	if got := r.reload(); got.status != 0 {
		t.Errorf("reload: %+v", got)
	}
	r.want("of a large file", "for-guests", 400)
	r.write("[guest]\nuploads = true\nkey = \"for-guests\"\n[rate]\nguest = 1\n")
	if got := r.reload(); got.status != 0 {
		t.Errorf("reload: %+v", got)
	}
	r.want("the first", "for-guests", 200)
	r.want("beyond the rate", "for-guests", 429)
	if got := r.reload(); got.status != 0 || got.stdout != "nothing has changed\n" {
		t.Errorf("reload of the same: %+v", got)
	}
	r.want("still beyond the rate", "for-guests", 429)
	r.takesInTheRest()
}

// takesInTheRest goes on with moderation, expiry, quotas and the level of the log.
func (r *reloadable) takesInTheRest() {
	t := r.t
	t.Helper()
	r.write("log_level = \"debug\"\nduplicates = \"allow\"\n[guest]\nuploads = true\n[moderation]\nmode = \"manual\"\n" +
		"[expiration]\ndefault = \"PT10M\"\n[quota]\nmax_items = 1\n")
	if got := r.reload(); got.status != 0 || strings.Contains(got.stdout, "restart") {
		t.Errorf("reload: %+v", got)
	}
	status, text := r.send("", "")
	var answer struct {
		Image struct {
			Date       string `json:"date_gmt"`
			Expiration string `json:"expiration_date_gmt"`
			Approved   int    `json:"is_approved"`
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != 200 {
		t.Fatalf("%d, %v, %s", status, err, text)
	}
	sent, err := time.Parse(time.DateTime, answer.Image.Date)
	if want := sent.Add(10 * time.Minute).Format(time.DateTime); err != nil || answer.Image.Expiration != want || answer.Image.Approved != 0 {
		t.Errorf("%+v, %v, want a pending one until %s", answer.Image, err, want)
	}
	key := strings.TrimSpace(cli(t, r.dir, "key", "add", "--user", "admin").stdout)
	r.want("the first of a quota of one", key, 200)
	if status, text := r.send(key, ""); status != 400 || !strings.Contains(text, "quota of files") {
		t.Errorf("beyond the quota: %d, %s", status, text)
	}
	res, err := http.Get(r.url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	// The line of a request comes after its answer.
	for deadline := time.Now().Add(5 * time.Minute); !strings.Contains(r.log.String(), "path=/healthz"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("what is logged at debug is not logged")
		}
	}
	// Scripts learn that uploads are refused, and why.
	r.write("[limits]\ndisk_floor = \"1000000 GB\"\n")
	if got := r.reload(); got.status != 0 {
		t.Errorf("reload: %+v", got)
	}
	got := cli(t, "", "health", "--listen", strings.TrimPrefix(r.url, "http://"))
	if got.status != 1 || got.stdout != "" || !strings.Contains(got.stderr, "not ready (503") || !strings.Contains(got.stderr, "disk") {
		t.Errorf("health of a server on a full disk: %+v", got)
	}
}

func TestWrongSettingsChangeNothing(t *testing.T) {
	r := startReloadable(t, "[guest]\nuploads = true\n")
	for name, settings := range map[string]string{
		"a key that is unknown": "[guest]\nuploads = false\nuplods = true\n",
		"a value that is wrong": "[guest]\nuploads = false\n[rate]\nguest = -1\n",
		"no TOML at all":        "[guest\n",
	} {
		r.write(settings)
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(20 * time.Second)
		for strings.Count(r.log.String(), "the settings stay as they were") == 0 && time.Now().Before(deadline) {
			time.Sleep(5 * time.Millisecond)
		}
		r.want(name, "", 200)
		// The command is as picky about the file as the server.
		if got := r.reload(); got.status == 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	r.write("[guest]\nuploads = false\n")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); r.upload("", "") == 200; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the hangup changed nothing")
		}
	}
}

func TestReloadWithoutAServer(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), strings.Repeat("long", 30))} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if got := cli(t, dir, "reload"); got.status != 1 || !strings.Contains(got.stderr, "no server runs on this data folder") {
			t.Errorf("%+v", got)
		}
	}
}

func TestASocketBelowALongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	vars := map[string]string{"POSTERN_LISTEN": "127.0.0.1:0", "POSTERN_DATA_DIR": dir}
	if _, err := serving(t, vars, "", func() {
		if got := cli(t, dir, "reload", "--listen", "127.0.0.1:0"); got.status != 0 || got.stdout != "nothing has changed\n" {
			t.Errorf("%+v", got)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(dir, server.ControlFile)); err == nil {
		t.Error("the socket outlives the server")
	}
}

func TestLiveSettingsAreSettings(t *testing.T) {
	var keys []string
	var c config.Config
	_ = config.EachKey(&c, func(key string, _ reflect.Value) error { keys = append(keys, key); return nil })
	for _, name := range append(slices.Clone(config.LiveSettings), config.RestartSettings...) {
		if !slices.ContainsFunc(keys, func(key string) bool {
			return key == name || strings.HasSuffix(name, ".") && strings.HasPrefix(key, name)
		}) {
			t.Errorf("%s is no setting", name)
		}
	}
}

// A file of settings that is gone is no file of defaults.
func TestSettingsStayWithoutTheirFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("config.toml", []byte("[guest]\nuploads = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	log, err := serving(t, map[string]string{"POSTERN_DATA_DIR": dir, "POSTERN_LISTEN": "127.0.0.1:0"}, "", func() {
		if err := os.Remove("config.toml"); err != nil {
			t.Error(err)
		}
		if got := cli(t, dir, "reload"); got.status != 1 || !strings.Contains(got.stderr, "config.toml is gone") {
			t.Errorf("without the file: %+v", got)
		}
		if err := os.WriteFile("config.toml", []byte("[guest]\nuploads = false\n"), 0o600); err != nil {
			t.Error(err)
		}
		if got := cli(t, dir, "reload"); got.stdout != "in force now: guest.uploads\n" {
			t.Errorf("with a new one: %+v", got)
		}
	})
	if err != nil {
		t.Errorf("%v\n%s", err, log)
	}
}
