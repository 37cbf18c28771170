package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postern/config"
	"postern/setup"
)

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func migrationFiles(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("sqlite/migrations/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d migrations, %v", len(names), err)
	}
	return names
}

func TestEverySchemaIsUpgradedAndCopied(t *testing.T) {
	last := len(migrationFiles(t)) - 1
	for done := 1; done <= last; done++ {
		ends := done == 1 || done == last
		if testing.Short() && !ends {
			continue
		}
		t.Run(fmt.Sprint("schema ", done), func(t *testing.T) {
			dir := oldDatabase(t, done)
			before := countRows(t, dir)
			if got := cli(t, dir, "user", "list"); got.status != 1 || !strings.Contains(got.stderr, "run `postern migrate`") {
				t.Errorf("a command on an old database: %+v", got)
			}
			plan := cli(t, dir, "migrate", "--dry-run")
			if plan.status != 0 || !strings.Contains(plan.stdout, filepath.Base(migrationFiles(t)[done])[:4]) {
				t.Errorf("--dry-run: %+v", plan)
			}
			if copies, _ := filepath.Glob(filepath.Join(dir, "*.schema-*")); len(copies) != 0 {
				t.Errorf("--dry-run left %v", copies)
			}
			if got := cli(t, dir, "migrate"); got.status != 0 || !strings.Contains(got.stdout, "up to date") {
				t.Errorf("migrate: %+v", got)
			}
			if got := cli(t, dir, "user", "list"); got.status != 0 || !strings.Contains(got.stdout, "old") {
				t.Errorf("after it: %+v", got)
			}
			wantRows(t, dir, before)
			if ends {
				// Files, counts and texts agree with what was brought over.
				if got := cli(t, dir, "check", "--video-probes=false"); got.status != 0 {
					t.Errorf("check: %+v", got)
				}
			}
			copies, _ := filepath.Glob(filepath.Join(dir, setup.DatabaseFile+".schema-*"))
			if len(copies) != 1 {
				t.Errorf("copies %v", copies)
				return
			}
			// The copy is a database of the old version: it can be put back.
			if err := os.Rename(copies[0], filepath.Join(dir, setup.DatabaseFile)); err != nil {
				t.Fatal(err)
			}
			if got := cli(t, dir, "migrate", "--dry-run"); firstLine(got.stdout) != firstLine(plan.stdout) {
				t.Errorf("the copy gets %q, want %q", got.stdout, plan.stdout)
			}
		})
	}
}

func TestAnUpgradeMakesNoCopyIfItIsTold(t *testing.T) {
	dir := oldDatabase(t, 9)
	before := countRows(t, dir)
	if got := cli(t, dir, "migrate", "--without-copy"); got.status != 0 || !strings.Contains(got.stdout, "up to date") {
		t.Errorf("migrate: %+v", got)
	}
	wantRows(t, dir, before)
	if copies, _ := filepath.Glob(filepath.Join(dir, setup.DatabaseFile+".schema-*")); len(copies) != 0 {
		t.Errorf("copies %v", copies)
	}
}

func TestAServerUpgradesOnlyWithRoomForACopy(t *testing.T) {
	dir := oldDatabase(t, 9)
	u, err := setup.PlannedUpgrade(t.Context(), dir)
	if err != nil || !u.IsDue() {
		t.Fatalf("%+v, %v", u, err)
	}
	c := config.Defaults()
	c.DataDir = dir
	if u.Size = 1 << 60; u.CheckRoom(c) == nil || !strings.Contains(u.CheckRoom(c).Error(), "--without-copy") {
		t.Errorf("without room: %v", u.CheckRoom(c))
	}
	log, err := serving(t, map[string]string{"POSTERN_DATA_DIR": dir, "POSTERN_LISTEN": "127.0.0.1:0"}, "", func() {})
	if err != nil || !strings.Contains(log, "postern.db.schema-9") {
		t.Errorf("a start: %v, %s", err, log)
	}
	if copies, _ := filepath.Glob(filepath.Join(dir, setup.DatabaseFile+".schema-*")); len(copies) != 1 {
		t.Errorf("copies: %v", copies)
	}
}

func TestANewerSchemaNamesTheVersionNeeded(t *testing.T) {
	dir := oldDatabase(t, 1)
	db, err := sql.Open("sqlite", filepath.Join(dir, setup.DatabaseFile))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA user_version = 9999"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if err := os.WriteFile(filepath.Join(dir, setup.VersionFile), []byte("7.8.9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"user", "list"}, {"migrate"}, {"migrate", "--dry-run"}, {"check"}, {"--listen", "127.0.0.1:0"}} {
		if got := cli(t, dir, args...); got.status == 0 || !strings.Contains(got.stderr, "served by postern 7.8.9: install that version") {
			t.Errorf("%v: %+v", args, got)
		}
	}
}
