package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// server is a running program that takes uploads.
type server struct {
	cmd  *exec.Cmd
	pids []int
	url  string
	key  string // of Postern's first user
}

// stop ends the program and waits for it.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

// startPostern builds the program and serves a fresh data folder with the
// settings' defaults, which are the durable ones.
func (b *bench) startPostern() (*server, error) {
	binary, data := filepath.Join(b.dir, "postern"), filepath.Join(b.dir, "data")
	if err := b.buildProgram("postern", "."); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(data); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(b.ctx, binary, "serve")
	cmd.Dir = b.dir // no config.toml
	cmd.Env = append(os.Environ(), "POSTERN_LISTEN=127.0.0.1:0", "POSTERN_DATA_DIR="+data, "POSTERN_LOG_LEVEL=info")
	var shown, log lockedBuffer
	cmd.Stdout, cmd.Stderr = &shown, &log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, pids: []int{cmd.Process.Pid}}
	address, err := awaitMatch(b.ctx, &log, `msg=listening address=(\S+)`)
	if err == nil {
		s.key, err = awaitMatch(b.ctx, &shown, `(?m)^(chv_[0-9a-f]{64})$`)
	}
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("start Postern: %w\n%s", err, log.String())
	}
	s.url = "http://" + address + "/api/1/upload"
	return s, nil
}

// buildProgram builds a package into the work folder as make build does.
func (b *bench) buildProgram(name, pkg string) error {
	build := exec.CommandContext(b.ctx, "go", "build", "-trimpath", "-tags", "nodynamic", "-ldflags", "-s -w", "-o", filepath.Join(b.dir, name), pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return nil
}

const nginxConfig = `
daemon off;
user root;
worker_processes auto;
pid %[1]s/nginx.pid;
error_log %[1]s/nginx.log;
events {}
http {
	access_log off;
	client_max_body_size 0;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	keepalive_requests 1000000;
	server {
		listen %[2]s;
		root %[1]s/files;
		location / { dav_methods PUT; create_full_put_path on; }
	}
}
`

// startNginx serves WebDAV PUT into the same file system.
func (b *bench) startNginx() (*server, error) {
	if b.tools.nginx == "" {
		return nil, errNotInstalled
	}
	dir := filepath.Join(b.dir, "nginx")
	files := filepath.Join(dir, "files")
	if err := errors.Join(os.RemoveAll(files), os.MkdirAll(files, 0o755)); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, dir, address), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(b.ctx, b.tools.nginx, "-p", dir, "-c", config)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, url: "http://" + address + "/"}
	if err := awaitAnswer(b.ctx, s.url); err != nil {
		s.stop()
		return nil, fmt.Errorf("start nginx: %w", err)
	}
	workers, err := childrenOf(cmd.Process.Pid)
	s.pids = append(workers, cmd.Process.Pid)
	return s, err
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// startPatience is how long a program may take until it serves.
const startPatience = 20 * time.Second

func awaitMatch(ctx context.Context, b *lockedBuffer, pattern string) (string, error) {
	expression := regexp.MustCompile(pattern)
	var found string
	err := await(ctx, func() bool {
		m := expression.FindStringSubmatch(b.String())
		if m != nil {
			found = m[1]
		}
		return m != nil
	})
	return found, err
}

func awaitAnswer(ctx context.Context, url string) error {
	return await(ctx, func() bool {
		r, err := http.Get(url)
		if err == nil {
			r.Body.Close()
		}
		return err == nil
	})
}

func await(ctx context.Context, ready func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for !ready() {
		select {
		case <-ctx.Done():
			return errors.New("does not serve")
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// lockedBuffer may be read while a process writes to it.
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

// drain reads an answer to its end, so that its connection is used again.
func drain(r *http.Response, want int) error {
	defer r.Body.Close()
	if r.StatusCode != want {
		text, _ := bufio.NewReader(r.Body).ReadString('\n')
		return fmt.Errorf("%s: %s", r.Status, text)
	}
	_, err := io.Copy(io.Discard, r.Body)
	return err
}
