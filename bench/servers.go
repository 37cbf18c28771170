package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	cmd     *exec.Cmd
	pids    []int
	url     string        // with a slash at its end
	key     string        // of Postern's first user
	started time.Duration // from the start of the program to its first answer
}

// stop ends the program and waits for it.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

// cpu is the CPU time so far of the server and of the programs that it has run.
func (s *server) cpu() (time.Duration, error) { return cpuOfProcesses(s.pids...) }

// settle waits until the server does nothing any more.
func (s *server) settle(ctx context.Context) error {
	const quiet, little = 500 * time.Millisecond, 5 * time.Millisecond
	since, last := time.Now(), time.Duration(0)
	return await(ctx, func() bool {
		now, err := s.cpu()
		children, _ := childrenOf(s.pids[0])
		if err != nil || now-last > little || len(children) > 0 {
			since, last = time.Now(), now
		}
		return time.Since(since) > quiet
	})
}

// installation is a data folder of Postern, which is served with the settings' defaults,
// the durable ones, but for rates.
type installation struct {
	*bench
	data, key string
	path      string // PATH, where programs are found
}

// install builds the program for a fresh data folder. It finds no programs but those.
func (b *bench) install(name string, programs ...string) (*installation, error) {
	i := &installation{bench: b, data: filepath.Join(b.dir, name), path: filepath.Join(b.dir, name+"-programs")}
	if err := errors.Join(os.RemoveAll(i.data), os.RemoveAll(i.path), os.MkdirAll(i.path, 0o755)); err != nil {
		return nil, err
	}
	for _, program := range programs {
		path, err := exec.LookPath(program)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", program, errNotInstalled)
		}
		if err := os.Symlink(path, filepath.Join(i.path, program)); err != nil {
			return nil, err
		}
	}
	return i, b.buildProgram("postern", ".")
}

func (i *installation) start() (*server, error) {
	cmd := exec.CommandContext(i.ctx, filepath.Join(i.dir, "postern"), "serve")
	cmd.Dir = i.dir // no config.toml
	cmd.Env = append(os.Environ(), "PATH="+i.path, "POSTERN_LISTEN=127.0.0.1:0", "POSTERN_DATA_DIR="+i.data,
		"POSTERN_LOG_LEVEL=info", "POSTERN_RATE_USER=0", "POSTERN_RATE_ADDRESS=0")
	var shown, log lockedBuffer
	cmd.Stdout, cmd.Stderr = &shown, &log
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, pids: []int{cmd.Process.Pid}}
	address, err := awaitMatch(i.ctx, &log, `msg=listening address=(\S+)`)
	if s.url = "http://" + address + "/"; err == nil {
		err = awaitAnswer(i.ctx, s.url+"healthz")
	}
	s.started = time.Since(begun)
	if err == nil && i.key == "" {
		i.key, err = awaitMatch(i.ctx, &shown, `(?m)^(chv_[0-9a-f]{64})$`)
	}
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("start Postern: %w\n%s", err, log.String())
	}
	s.key = i.key
	return s, nil
}

// serve starts a server with a fresh data folder, which finds those programs.
func (b *bench) serve(programs ...string) (*server, error) {
	site, err := b.install("data", programs...)
	if err != nil {
		return nil, err
	}
	return site.start()
}

// beside lets use have two servers: Postern without programs, and nginx, which is nil
// where it is not installed.
func (b *bench) beside(use func(postern, nginx *server) error) error {
	postern, err := b.serve()
	if err != nil {
		return err
	}
	defer postern.stop()
	nginx, err := b.startNginx()
	if err == nil {
		defer nginx.stop()
	} else if !errors.Is(err, errNotInstalled) {
		return err
	}
	return use(postern, nginx)
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
	dir, files := filepath.Join(b.dir, "nginx"), b.nginxFiles()
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

// nginxFiles is the folder that nginx serves.
func (b *bench) nginxFiles() string { return filepath.Join(b.dir, "nginx", "files") }

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
		case <-time.After(2 * time.Millisecond):
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
