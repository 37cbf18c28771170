package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// An import goes on beside a running server, and after it was killed at any moment.
func TestImportCommandOutlivesKills(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "POSTERN_METADATA=keep")
	const files = 60
	var names []string
	for i := range files {
		names = append(names, fmt.Sprintf("Album %d/%03d.jpg", i%3, i))
	}
	dir := folder(t, names...)
	run := func() *exec.Cmd {
		cmd := exec.Command(binary, "import", "folder", dir, "--user", "admin", "--metadata", "keep")
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "POSTERN_DATA_DIR="+p.dir)
		return cmd
	}
	for kill := range 4 {
		cmd := run()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(patience); lines(t, p.dir) < 20*(kill+1)+kill; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the import does not go on: %d lines", lines(t, p.dir))
			}
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	out, err := run().CombinedOutput()
	m := regexp.MustCompile(`(?m)^(\d+) imported, (\d+) there from an earlier run, (\d+) duplicates, 0 left$`).FindSubmatch(out)
	if err != nil || m == nil || string(m[1]) == "0" {
		t.Fatalf("the last run: %v\n%s", err, out)
	}
	if out, err := run().CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "0 imported, ") {
		t.Errorf("once more: %v\n%s", err, out)
	}
	exported := filepath.Join(t.TempDir(), "export")
	p.command("export", exported)
	text, err := os.ReadFile(filepath.Join(exported, "items.jsonl"))
	if err != nil || strings.Count(string(text), "\n") != files {
		t.Errorf("%d items, %v, want %d", strings.Count(string(text), "\n"), err, files)
	}
	for i, name := range names {
		path := regexp.MustCompile(`"original_name":"` + filepath.Base(name) + `".*"path":"([^"]+)"`).FindSubmatch(text)
		if path == nil {
			t.Errorf("%s is missing", name)
			continue
		}
		if status, got := get(t, p.url+"/"+string(path[1])); status != 200 || string(got) != string(picture(t, names[i])) {
			t.Errorf("%s: %d, %d bytes", name, status, len(got))
		}
	}
	// A start clears what the kills have left in staging.
	p.stop()
	again := start(t, p.dir)
	again.stop()
	again.command("check", "--deep")
}

// lines counts the lines of the journals of imports.
func lines(t *testing.T, data string) (n int) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(data, "imports", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n += strings.Count(string(text), "\n")
	}
	return n
}
