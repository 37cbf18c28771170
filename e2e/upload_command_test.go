package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// uploaded is what "postern upload" came to.
type uploaded struct {
	status         int
	stdout, stderr string
}

// uploadCommand runs "postern upload" with an input.
func uploadCommand(t *testing.T, input []byte, env []string, args ...string) uploaded {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"upload"}, args...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(append(os.Environ(), "XDG_CONFIG_HOME="+cmd.Dir, "HOME="+cmd.Dir, "XDG_CACHE_HOME="+cmd.Dir), env...)
	cmd.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return uploaded{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// folder writes pictures with bytes of their own, and returns where.
func folder(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, picture(t, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestUploadCommand(t *testing.T) {
	p := start(t, t.TempDir(), "POSTERN_METADATA=keep")
	account := []string{"POSTERN_SERVER=" + p.url, "POSTERN_KEY=" + p.key}
	dir := folder(t, "a.jpg", "b.jpg", "sub/c.jpg")

	t.Run("a folder, in its order", func(t *testing.T) {
		got := uploadCommand(t, nil, account, "--title", "T", "--tags", "x,y", "--template", "{{.Name}} {{.Title}} {{.All.tags_string}} {{.URL}}", dir)
		lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
		if got.status != 0 || got.stderr != "" || len(lines) != 3 {
			t.Fatalf("%+v", got)
		}
		for i, name := range []string{"a.jpg", "b.jpg", "sub/c.jpg"} {
			words := strings.Fields(lines[i])
			if want := []string{filepath.Base(name), "T", "x,", "y"}; strings.Join(words[:4], " ") != strings.Join(want, " ") {
				t.Errorf("%q, want %q", lines[i], want)
			}
			if _, bytes := get(t, words[4]); string(bytes) != string(picture(t, name)) {
				t.Errorf("%s: other bytes", name)
			}
		}
	})
	t.Run("the standard input, and deleting it", func(t *testing.T) {
		got := uploadCommand(t, picture(t, "stdin"), account, "--name", "shot.jpg", "-o", "json", "-")
		var line struct {
			Source string
			Image  map[string]any
		}
		if err := json.Unmarshal([]byte(got.stdout), &line); err != nil || line.Source != "shot.jpg" || got.status != 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		if got := uploadCommand(t, nil, nil, "--delete", line.Image["delete_url"].(string)); got.status != 0 || got.stderr != "" {
			t.Errorf("delete: %+v", got)
		}
		if status, _ := get(t, line.Image["url"].(string)); status != 404 {
			t.Errorf("deleted, and answers %d", status)
		}
		if got := uploadCommand(t, nil, nil, "--delete", line.Image["delete_url"].(string)); got.status != 2 {
			t.Errorf("delete again: %+v", got)
		}
	})
	t.Run("some are refused", func(t *testing.T) {
		got := uploadCommand(t, nil, account, filepath.Join(dir, "a.jpg"), "upload_command_test.go", filepath.Join(dir, "b.jpg"))
		if got.status != 1 || got.stdout != "" {
			t.Errorf("a file that is not there: %+v", got)
		}
		text := filepath.Join(t.TempDir(), "text.jpg")
		if err := os.WriteFile(text, []byte("no picture"), 0o644); err != nil {
			t.Fatal(err)
		}
		got = uploadCommand(t, nil, account, filepath.Join(dir, "a.jpg"), text, filepath.Join(dir, "b.jpg"))
		if got.status != 2 || strings.Count(got.stdout, "\n") != 2 || !strings.Contains(got.stderr, "text.jpg") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("an account in a file, and a wrong key", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "account.toml")
		if err := os.WriteFile(file, fmt.Appendf(nil, "server = %q\nkey = %q\n", p.url, p.key), 0o600); err != nil {
			t.Fatal(err)
		}
		image := filepath.Join(dir, "a.jpg")
		if got := uploadCommand(t, nil, nil, "--account", file, image); got.status != 0 || !strings.HasPrefix(got.stdout, p.url) {
			t.Errorf("%+v", got)
		}
		got := uploadCommand(t, nil, nil, "--account", file, "--key", "wrong", "--retries", "0", "--parallel", "1", image, image, image)
		if got.status != 3 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("a wrong key: %+v", got)
		}
	})
	t.Run("nobody is there", func(t *testing.T) {
		got := uploadCommand(t, nil, nil, "--server", "http://127.0.0.1:1", "--retries", "0", filepath.Join(dir, "a.jpg"))
		if got.status != 4 || got.stdout != "" {
			t.Errorf("%+v", got)
		}
		if got := uploadCommand(t, nil, nil, filepath.Join(dir, "a.jpg")); got.status != 1 || !strings.Contains(got.stderr, "no server") {
			t.Errorf("without a server: %+v", got)
		}
	})
}

// between starts a proxy before a server. meet sees each request first, and reports
// whether it has answered it.
func between(t *testing.T, p *process, meet func(http.ResponseWriter, *http.Request) bool) *httptest.Server {
	t.Helper()
	target, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = nil
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !meet(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestUploadCommandComesBackToABusyServer(t *testing.T) {
	p := start(t, t.TempDir(), "POSTERN_METADATA=keep")
	var tries atomic.Int32
	s := between(t, p, func(w http.ResponseWriter, r *http.Request) bool {
		switch tries.Add(1) {
		case 1:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2: // the connection is cut in the middle of the file
			_, _ = io.CopyN(io.Discard, r.Body, 700)
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	})
	image := filepath.Join(folder(t, "a.jpg"), "a.jpg")
	got := uploadCommand(t, nil, []string{"POSTERN_KEY=" + p.key}, "--server", s.URL, image)
	if got.status != 0 || tries.Load() != 3 || strings.Count(got.stderr, "again in") != 2 || !strings.Contains(got.stderr, "again in 1s") {
		t.Fatalf("%d tries, %+v", tries.Load(), got)
	}
	_, path, _ := strings.Cut(strings.TrimSpace(got.stdout), "/images/")
	if _, bytes := get(t, p.url+"/images/"+path); string(bytes) != string(picture(t, "a.jpg")) {
		t.Error("other bytes have arrived")
	}
}
