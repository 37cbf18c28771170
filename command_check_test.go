package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postern/command/console"
	"postern/setup"
)

// checkStatus runs postern check and returns what it prints and its exit
// status.
func checkStatus(t *testing.T, dir string, args ...string) (out string, status int) {
	t.Helper()
	env := func(k string) string { return map[string]string{"POSTERN_DATA_DIR": dir}[k] }
	var stdout, stderr bytes.Buffer
	err := run(context.Background(), append([]string{"check"}, args...), env, &stdout, &stderr)
	status = console.ExitStatus(err, &stderr)
	return stdout.String() + stderr.String(), status
}

func TestCheckTellsByItsStatus(t *testing.T) {
	dir := t.TempDir()
	if out, status := checkStatus(t, dir); status != 3 || !strings.Contains(out, "there is no database") {
		t.Errorf("an empty folder: %d, %s", status, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "postern.db")); err == nil {
		t.Error("a check has made a database")
	}
	if err := run(context.Background(), []string{"user", "add", "ann", "--data-dir", dir}, noVariables, new(bytes.Buffer), new(bytes.Buffer)); err != nil {
		t.Fatal(err)
	}
	if _, err := setup.LoadSecret(dir); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name, args string
		before     func() error
		status     int
		says       string
	}{
		{"a sound folder", "--deep", nil, 0, "0 items, 0 files: 0 findings"},
		{"an orphan", "", func() error {
			return os.WriteFile(filepath.Join(dir, "images.jpg"), nil, 0o644) // of no concern
		}, 0, "0 findings"},
		{"an orphan among the uploads", "", func() error {
			return os.WriteFile(mkdir(t, dir, "images")+"/a.jpg", nil, 0o644)
		}, 2, "has no record"},
		{"the same, by the records alone", "--records-only", nil, 0, "0 findings"},
		{"files by the records alone", "--records-only --deep", nil, 3, "--records-only"},
		{"the same, repaired", "--repair", nil, 1, "moved to lost+found/images/a.jpg"},
		{"the same, afterwards", "--deep --repair", nil, 0, "0 findings"},
		{"a word too many", "--forget", nil, 3, "goes with --repair"},
		{"a file that is no database", "--repair", func() error {
			return os.WriteFile(filepath.Join(dir, "postern.db"), bytes.Repeat([]byte("no database "), 500), 0o600)
		}, 2, "I7 "},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			if step.before != nil {
				if err := step.before(); err != nil {
					t.Fatal(err)
				}
			}
			if out, status := checkStatus(t, dir, strings.Fields(step.args)...); status != step.status || !strings.Contains(out, step.says) {
				t.Errorf("%s: status %d, want %d and %q:\n%s", step.name, status, step.status, step.says, out)
			}
		})
	}
}

func mkdir(t *testing.T, elements ...string) string {
	t.Helper()
	dir := filepath.Join(elements...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCheckLeavesARunningServerAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "postern.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	unlock, err := setup.LockData(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if out, status := checkStatus(t, dir); status != 3 || !strings.Contains(out, "in use") || !strings.Contains(out, "stop the server first") {
		t.Errorf("status %d: %s", status, out)
	}
}

// The system may take a moment to take a lock from a process that was killed.
func TestALockThatIsLetGoIsTaken(t *testing.T) {
	dir := t.TempDir()
	first, err := setup.LockData(dir)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, first)
	second, err := setup.LockData(dir)
	if err != nil {
		t.Fatal(err)
	}
	second()
}
