package crash

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"time"
)

// server is a running server.
type server struct {
	cmd    *exec.Cmd
	log    io.ReadCloser
	url    string
	ended  chan struct{} // closed when the process is gone
	client *http.Client
}

func (r *run) environment() []string {
	return append(append(os.Environ(), r.o.Env...),
		"POSTERN_LISTEN=127.0.0.1:0", "POSTERN_DATA_DIR="+r.data, "POSTERN_VIDEO_PROBES=false",
		"POSTERN_EXPIRATION_MIN=PT1S", "POSTERN_DUPLICATES=allow", "POSTERN_METADATA=keep", "POSTERN_RATE_USER=0", "POSTERN_RATE_ADDRESS=0",
		"POSTERN_IMGPILE_ENABLED=true", "POSTERN_IMGPILE_PUBLIC_RATE=0", "POSTERN_IMGPILE_USER_RATE=0", "POSTERN_IMGPILE_MAX_DAILY=0")
}

// launch starts the server without waiting for it.
func (r *run) launch() (*server, error) {
	s := r.newServer()
	return s, s.launch()
}

func (r *run) newServer() *server { return r.newServerIn(r.data) }

// newServerIn is one with a data folder of its own, which a bucket and a database of
// their own make one of several gateways.
func (r *run) newServerIn(data string) *server {
	s := &server{ended: make(chan struct{}), client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 16},
		Timeout:   time.Minute,
	}}
	s.cmd = r.commandContext(context.Background(), "serve") // no config.toml
	s.cmd.Env = append(s.cmd.Env, "POSTERN_DATA_DIR="+data)
	return s
}

func (s *server) launch() (err error) {
	if s.log, err = s.cmd.StderrPipe(); err != nil {
		return err
	}
	return s.cmd.Start()
}

var listens = regexp.MustCompile(`msg=listening address=(\S+)`)

// listening waits until the server says where it listens.
func (s *server) listening() error {
	var said string
	lines := bufio.NewScanner(s.log)
	for lines.Scan() {
		if m := listens.FindStringSubmatch(lines.Text()); m != nil {
			s.url = "http://" + m[1]
			go s.drain()
			return nil
		}
		said += lines.Text() + "\n"
	}
	return fmt.Errorf("%w\n%s", s.cmd.Wait(), said)
}

func (s *server) drain() {
	_, _ = io.Copy(io.Discard, s.log)
	_ = s.cmd.Wait()
	close(s.ended)
}

// kill ends the server at once and waits until it is gone.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	if s.url == "" {
		_ = s.cmd.Wait()
		return
	}
	<-s.ended
	s.client.CloseIdleConnections()
}

// stop ends the server as a service manager does.
func (s *server) stop() error {
	s.client.CloseIdleConnections()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(time.Minute):
		return errors.New("it runs on")
	}
}

// gone reports whether the process has ended.
func (s *server) gone() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// command runs another command of the program on the data folder.
func (r *run) command(args ...string) (string, error) {
	out, err := r.commandContext(context.Background(), args...).CombinedOutput()
	return string(out), err
}

// commandContext is a command that is killed when ctx ends.
func (r *run) commandContext(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.o.Binary, args...)
	cmd.Dir = r.o.Dir
	cmd.Env = r.environment()
	return cmd
}
