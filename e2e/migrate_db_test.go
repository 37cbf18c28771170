package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"postern/postgres/pgtest"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
)

// Records move to PostgreSQL and back by a program that is killed again and again.
func TestRecordsSurviveKillsOfTheirMove(t *testing.T) {
	t.Parallel()
	pgtest.Synced = true // else a command refuses it
	dir, back := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "postern.db")
	sqlitetest.Copy(t, path, sqlite.Open)
	sqlitetest.Fill(t, path, 10_000)
	env := []string{"POSTERN_STORE_KIND=s3", "POSTERN_S3_BUCKET=none", "POSTERN_DATABASE_URL=" + pgtest.Empty(t)}
	if out, err := postern(t, dir, env, "user", "list"); err != nil || strings.Contains(out, "ann") {
		t.Errorf("before: %v, %s", err, out)
	}
	killed(t, dir, env, "sqlite", "postgres")
	if out, err := postern(t, dir, env, "migrate-db", "sqlite", "postgres"); err != nil || !strings.Contains(out, "there already") {
		t.Errorf("once more: %v, %s", err, out)
	}
	if out, err := postern(t, dir, env, "user", "list"); err != nil || !strings.Contains(out, "ann") || !strings.Contains(out, "Bob") {
		t.Errorf("users in PostgreSQL: %v, %s", err, out)
	}
	killed(t, back, env, "postgres", "sqlite")
	secret, err := os.ReadFile(filepath.Join(dir, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(back, "secret")); err != nil || string(got) != string(secret) {
		t.Errorf("the secret is not the same, %v", err)
	}
	// What was counted and what is there agree, and PostgreSQL still has the same.
	for _, at := range []string{dir, back} {
		if out, err := postern(t, at, env, "migrate-db", "postgres", "sqlite"); err != nil || !strings.Contains(out, "there already") {
			t.Errorf("compared with %s: %v, %s", at, err, out)
		}
	}
	if out, err := postern(t, dir, env, "user", "add", "dan"); err != nil {
		t.Errorf("a new user: %v, %s", err, out)
	}
	if out, err := postern(t, dir, env, "migrate-db", "sqlite", "postgres"); err == nil || !strings.Contains(out, "has records already") {
		t.Errorf("other records: %v, %s", err, out)
	}
}

// postern runs a command on a data folder to its end.
func postern(t *testing.T, dir string, env []string, args ...string) (string, error) {
	t.Helper()
	out, err := posternCommand(t, dir, env, args...).CombinedOutput()
	return string(out), err
}

func posternCommand(t *testing.T, dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(append(os.Environ(), "POSTERN_DATA_DIR="+dir), env...)
	return cmd
}

// killed moves records by runs that are killed ever later, and by a last one.
func killed(t *testing.T, dir string, env []string, from, to string) {
	t.Helper()
	for lines := 1; ; lines += 20 {
		cmd := posternCommand(t, dir, env, "migrate-db", from, to)
		log, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		var out lockedBuffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		told, last := 0, ""
		for scanner := bufio.NewScanner(log); scanner.Scan(); {
			last = scanner.Text()
			if told++; told == lines {
				_ = cmd.Process.Kill()
			}
		}
		err = cmd.Wait()
		if err == nil {
			return
		}
		if told < lines {
			t.Fatalf("migrate-db %s %s: %v, %s", from, to, err, last)
		}
	}
}
