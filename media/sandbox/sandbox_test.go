//go:build linux

package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// runForever names a folder in which this binary, started anew, runs a program
// in the sandbox until it is killed.
const runForever = "SANDBOX_TEST_RUN_FOREVER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(runForever); dir != "" {
		fmt.Println("started")
		_, err := Run(context.Background(), shell(dir, "exec sleep "+forever(1, os.Getppid())))
		fmt.Println(err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// forever is a time in seconds that no other run of this test sleeps for.
func forever(test, pid int) string { return fmt.Sprintf("8640%d.%d", test, pid) }

func shell(dir, script string) Job {
	return Job{
		Path: "/bin/sh", Args: []string{"-c", script}, Dir: dir, Output: 1 << 20, Memory: 128 << 20, Time: 30 * time.Second,
	}
}

func TestProgramSeesItsFolderAlone(t *testing.T) {
	if !slices.Contains(Confines(), byLandlock) {
		t.Skip("the kernel has no Landlock")
	}
	secret := filepath.Join(t.TempDir(), "secret")
	other := filepath.Join(t.TempDir(), "other")
	for name, text := range map[string]string{secret: "hidden", other: "shared"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		does, script, want string
	}{
		{"reads its input", "cat input", "given"},
		{"reads what it is allowed to", "cat " + other, "shared"},
		{"reads another file", "cat " + secret + " 2>/dev/null", ""},
		{"reads the system's settings", "cat /etc/passwd 2>/dev/null", ""},
		{"looks at other processes", "cat /proc/1/cmdline /proc/self/environ 2>/dev/null", ""},
		{"lists the root", "ls / 2>/dev/null", ""},
		{"writes a file beside its input", "echo x 2>/dev/null >beside; cat beside 2>/dev/null", ""},
		{"writes elsewhere", "echo x 2>/dev/null >" + filepath.Dir(secret) + "/new; cat " + filepath.Dir(secret) + "/new 2>/dev/null", ""},
		{"has an environment", "echo $HOME $PATH $SANDBOX_TEST", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin only"},
	}
	t.Setenv("SANDBOX_TEST", "from outside")
	for _, test := range tests {
		t.Run(test.does, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "input"), []byte("given"), 0o644); err != nil {
				t.Fatal(err)
			}
			j := shell(dir, test.script+"; true")
			j.Env, j.ReadPaths = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SANDBOX_TEST=only"}, []string{other}
			out, err := Run(t.Context(), j)
			if got := strings.TrimSpace(string(out)); err != nil || got != test.want {
				t.Errorf("a program that %s: got %q, %v, want %q", test.does, got, err, test.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "beside")); err == nil {
				t.Errorf("a program that %s has written beside its input", test.does)
			}
		})
	}
}

func TestProgramWritesWhereItMay(t *testing.T) {
	dir := t.TempDir()
	j := shell(dir, "echo made >out")
	j.WritePaths = []string{dir}
	if _, err := Run(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "out")); string(got) != "made\n" {
		t.Errorf("output: got %q, %v", got, err)
	}
}

func TestProgramHasNoNetwork(t *testing.T) {
	if !Isolates() {
		t.Skip("the system has neither Landlock nor namespaces to give")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	j := shell(t.TempDir(), "")
	j.Path, j.Args = "/bin/bash", []string{"-c", fmt.Sprintf("exec 3<>/dev/tcp/127.0.0.1/%d && echo reached", listener.Addr().(*net.TCPAddr).Port)}
	if _, err := os.Stat(j.Path); err != nil {
		t.Skip("there is no bash to connect with")
	}
	if out, err := Run(t.Context(), j); !errors.Is(err, ErrFailed) {
		t.Errorf("got %q, %v, want no connection", out, err)
	}
}

func TestProgramIsBounded(t *testing.T) {
	tests := []struct {
		does, script string
		want         error
	}{
		{"ends well", "echo fine", nil},
		{"fails", "echo broken >&2; exit 3", ErrFailed},
		{"prints without end", "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done", ErrOutput},
		{"takes memory without end", `awk 'BEGIN { s = "xxxxxxxx"; while (1) s = s s }'`, ErrFailed},
		{"writes a file without end", "exec yes >out", ErrFailed},
		{"opens files without end", "ulimit -n 4096 && echo raised", ErrFailed},
		{"waits without end", "sleep SECONDS", ErrTime},
		{"works without end", "while :; do :; done", ErrProcessor},
		{"leaves others behind when it waits", "sleep SECONDS & sleep SECONDS & wait", ErrTime},
		{"leaves others behind when it ends", "sleep SECONDS >/dev/null 2>&1 & exit 0", nil},
		{"leaves others behind with its output", "sleep SECONDS & exit 0", nil},
	}
	for _, test := range tests {
		t.Run(test.does, func(t *testing.T) {
			dir := t.TempDir()
			j := shell(dir, strings.ReplaceAll(test.script, "SECONDS", forever(2, os.Getpid())))
			j.WritePaths = []string{dir}
			if errors.Is(test.want, ErrTime) {
				j.Time = 500 * time.Millisecond
			}
			j.Processor = time.Second
			_, err := Run(t.Context(), j)
			if !errors.Is(err, test.want) && !(test.want == nil && err != nil && strings.Contains(err.Error(), "WaitDelay")) {
				t.Errorf("a program that %s: got %v, want %v", test.does, err, test.want)
			}
			expectNone(t, test.does, forever(2, os.Getpid()))
		})
	}
}

func TestProgramEndsWithTheRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	if _, err := Run(ctx, shell(t.TempDir(), "sleep "+forever(3, os.Getpid()))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	expectNone(t, "is cancelled", forever(3, os.Getpid()))
}

func TestProgramEndsWithTheServer(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), runForever+"="+t.TempDir())
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	defer func() { _ = cmd.Process.Kill(); <-ended }()
	for deadline := time.After(patience); len(sleepers(t, forever(1, os.Getpid()))) == 0; {
		select {
		case <-ended:
			t.Fatalf("the server ended: %s", out.String())
		case <-deadline:
			t.Fatal("the program did not start")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	expectNone(t, "outlives its server", forever(1, os.Getpid()))
}

// patience is for machines that do other things.
const patience = 2 * time.Minute

// expectNone waits until no process sleeps for so long.
func expectNone(t *testing.T, does, seconds string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		left := sleepers(t, seconds)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("a program that %s: processes %v are left", does, left)
			return
		}
	}
}

// sleepers lists the processes that sleep for so long, zombies left out.
func sleepers(t *testing.T, seconds string) []string {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range names {
		if line, err := os.ReadFile(name); err == nil && strings.HasPrefix(string(line), "sleep\x00"+seconds) {
			found = append(found, name)
		}
	}
	return found
}
