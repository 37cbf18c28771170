package backup_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/maintenance/backup"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
)

// A file that the disk does not give back is named, and keeps no other out of the backup. The
// kernel has one: the memory of a process cannot be read at its beginning.
func TestAFileThatCannotBeRead(t *testing.T) {
	const from = "/proc/self"
	path, to := filepath.Join(t.TempDir(), "copy.db"), t.TempDir()
	sqlitetest.Copy(t, path, sqlite.Open)
	records, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	dir := fmt.Sprintf("task/%d/", os.Getpid())
	name, err := os.ReadFile(filepath.Join(from, dir, "comm"))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"mem", "comm"} {
		sum := md5.Sum(name)
		it := media.Item{
			ID: key, Kind: media.KindImage, Width: 1, Height: 1, MD5: hex.EncodeToString(sum[:]), CreatedAt: time.Now(),
			Original: media.File{Key: dir + key, MIME: "image/jpeg", Size: int64(len(name))},
		}
		if err := records.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
	}
	run := func() (r backup.Result, problems string) {
		t.Helper()
		r, err := backup.Files(t.Context(), backup.Options{
			From: from, To: to, Copy: records,
			Live:   func(context.Context, string) (bool, error) { return true, nil },
			Report: func(problem string) { problems += problem + "\n" },
		})
		if err != nil {
			t.Fatal(err)
		}
		return r, problems
	}
	mem := filepath.Join(to, dir, "mem")
	r, problems := run()
	if r.Problems != 1 || r.Copied != 1 || !strings.Contains(problems, `mem" cannot be read`) || !strings.Contains(problems, "not copied") {
		t.Errorf("%+v, %s", r, problems)
	}
	if _, err := os.Stat(mem); err == nil {
		t.Error("a file that cannot be read is in the backup")
	}
	if got, err := os.ReadFile(filepath.Join(to, dir, "comm")); err != nil || string(got) != string(name) {
		t.Errorf("the other file: %q, %v", got, err)
	}
	if err := os.WriteFile(mem, []byte("of before"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, problems = run()
	if got, err := os.ReadFile(mem); err != nil || string(got) != "of before" || !strings.Contains(problems, "earlier backup stays") {
		t.Errorf("%+v, %s: the copy of before is %q, %v", r, problems, got, err)
	}
}
