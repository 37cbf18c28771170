// Package e2e tests the real binary as its users run it.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"postern/postgres/pgtest"
)

// versionFlags give the program a version as a release does.
const versionFlags = "-X postern/buildinfo.Version=1.2.3-test -X postern/buildinfo.Commit=0123abc -X postern/buildinfo.Date=2026-11-30T01:02:03Z"

// binary is the program under test.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "postern-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "postern")
	build := exec.Command("go", "build", "-tags", "nodynamic", "-ldflags", versionFlags, "-o", binary, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := pgtest.M{M: m}.Run()
	stopChromium()
	os.RemoveAll(dir)
	os.Exit(code)
}

// process is a running server.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	dir  string // data folder
	url  string
	key  string   // of the first start; "" later
	log  []string // lines until it listened
	done chan error
}

// start runs a server on a data folder and waits until it listens. Unless env says so, it
// tries no programs that show videos: that takes five times the work of the start. Those
// that are asked have all the time they need: the tests beside it may hold every core.
func start(t *testing.T, dir string, env ...string) *process {
	t.Helper()
	return startBinary(t, binary, dir, env...)
}

// startBinary does it with a binary that a test has built.
func startBinary(t *testing.T, binary, dir string, env ...string) *process {
	t.Helper()
	_, err := os.Stat(filepath.Join(dir, "postern.db"))
	fresh := errors.Is(err, fs.ErrNotExist)
	p := &process{t: t, dir: dir, done: make(chan error, 1)}
	p.cmd = exec.Command(binary, "serve")
	p.cmd.Dir = t.TempDir() // no config.toml
	p.cmd.Env = append(append(os.Environ(), "POSTERN_LISTEN=127.0.0.1:0", "POSTERN_DATA_DIR="+dir,
		"POSTERN_VIDEO_PROBES=false", "POSTERN_VIDEO_PROBE_TIME=PT5M"), env...)
	var stdout lockedBuffer
	p.cmd.Stdout = &stdout
	log, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.kill() })
	lines := bufio.NewScanner(log)
	listening := regexp.MustCompile(`msg=listening address=(\S+)`)
	for lines.Scan() {
		p.log = append(p.log, lines.Text())
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			p.url = "http://" + m[1]
			break
		}
	}
	if p.url == "" {
		t.Fatalf("the server did not start: %v", p.cmd.Wait())
	}
	go func() {
		_, _ = io.Copy(io.Discard, log)
		p.done <- p.cmd.Wait()
	}()
	if fresh {
		p.key = firstKey(t, &stdout)
	}
	return p
}

// firstKey waits for the key that a first start shows: what the process prints
// and what it logs come by two roads.
func firstKey(t *testing.T, stdout *lockedBuffer) string {
	t.Helper()
	shown := regexp.MustCompile(`(?m)^chv_[0-9a-f]{64}$`)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if key := shown.FindString(stdout.String()); key != "" {
			return key
		}
	}
	t.Fatalf("the first start showed no key: %q", stdout.String())
	return ""
}

// lockedBuffer may be read while the process writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.wait()
}

// wait waits for the end of the server and returns how it came about.
func (p *process) wait() error {
	p.t.Helper()
	err := await(p.t, "the end of the server", p.done)
	p.done <- err // for who asks next
	return err
}

// stop ends the server as a service manager does.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	_ = p.wait()
}

// command runs another command of the program on the same data.
func (p *process) command(args ...string) string {
	p.t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = p.t.TempDir()
	cmd.Env = append(os.Environ(), "POSTERN_DATA_DIR="+p.dir)
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("%v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// upload sends bytes and returns the answer's payload.
func (p *process) upload(key, filename string, data []byte, fields ...string) (map[string]any, error) {
	return p.uploadBy(http.DefaultClient, key, filename, data, fields...)
}

// uploadBy is upload by a client with connections of its own.
func (p *process) uploadBy(client *http.Client, key, filename string, data []byte, fields ...string) (map[string]any, error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		_ = w.WriteField(fields[i], fields[i+1])
	}
	part, err := w.CreateFormFile("source", filename)
	if err != nil {
		return nil, err
	}
	_, _ = part.Write(data)
	w.Close()
	r, err := http.NewRequestWithContext(context.Background(), "POST", p.url+"/api/1/upload", &body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("X-API-Key", key)
	res, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var v struct {
		Image map[string]any
		Error map[string]any
	}
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		return nil, err
	}
	if v.Image == nil {
		return nil, fmt.Errorf("answer %d: %v", res.StatusCode, v.Error)
	}
	return v.Image, nil
}

// get fetches a URL.
func get(t *testing.T, url string) (int, []byte) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, data
}

// await receives from a channel what must come.
func await[T any](t *testing.T, what string, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatalf("%s: waited in vain", what)
	}
	return v
}

// picture returns a small JPEG; each seed has bytes of its own.
func picture(t *testing.T, seed string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/small.jpg")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, seed...)
}

// need finds a program. Without it a test is skipped, but on CI it fails.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing", program)
	}
	t.Skipf("%s is not installed", program)
	return ""
}
