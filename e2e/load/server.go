package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is the program under load, with a data folder of its own.
type server struct {
	cmd     *exec.Cmd
	dir     string
	address string
	key     string
}

const key = "load-load-load-load"

// serverLog gets what the server logs.
var serverLog io.Writer = io.Discard

// start builds the program and starts it without limits on what one address may
// do: all clients have the same.
func start(ctx context.Context, env ...string) (*server, error) {
	dir, err := os.MkdirTemp("", "postern-load")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, key: key}
	binary := filepath.Join(dir, "postern")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "nodynamic", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("build: %w: %s", err, out), os.RemoveAll(dir))
	}
	env = append(append(os.Environ(), "POSTERN_LISTEN=127.0.0.1:0", "POSTERN_DATA_DIR="+filepath.Join(dir, "data"),
		"POSTERN_RATE_USER=0", "POSTERN_RATE_ADDRESS=0",
		"POSTERN_LIMITS_ADDRESS_SHARE=100", "POSTERN_LIMITS_STRANGER_SHARE=100", "POSTERN_LOG_LEVEL=warn"), env...)
	for _, args := range [][]string{{"user", "add", "load"}, {"key", "add", "--user", "load", "--value", key}} {
		cmd := exec.CommandContext(ctx, binary, args...)
		cmd.Dir, cmd.Env = dir, env
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, errors.Join(fmt.Errorf("%v: %w: %s", args, err, out), os.RemoveAll(dir))
		}
	}
	return s, s.run(binary, append(env, "POSTERN_LOG_LEVEL=debug"))
}

// run starts the server and waits until it listens.
func (s *server) run(binary string, env []string) error {
	s.cmd = exec.Command(binary, "serve")
	s.cmd.Dir, s.cmd.Env = s.dir, env
	log, err := s.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	listening := regexp.MustCompile(`msg=listening address=(\S+)`)
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			s.address = m[1]
			go func() { _, _ = io.Copy(serverLog, log) }()
			return nil
		}
	}
	return errors.Join(errors.New("the server did not start"), s.stop())
}

// stop ends the server and removes its folder.
func (s *server) stop() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	return errors.Join(s.cmd.Wait(), os.RemoveAll(s.dir))
}

// memory returns the bytes of memory that the server holds now, without the pages of its
// program: how many of these the system keeps at hand is its own affair.
func (s *server) memory() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "RssAnon:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, _ := strconv.ParseInt(fields[0], 10, 64)
	return kilobytes << 10
}

// watchMemory returns the most memory that the server has held until ctx ends.
func (s *server) watchMemory(ctx context.Context) <-chan int64 {
	most := make(chan int64, 1)
	go func() {
		var top int64
		for ctx.Err() == nil {
			top = max(top, s.memory())
			time.Sleep(20 * time.Millisecond)
		}
		most <- top
	}()
	return most
}
