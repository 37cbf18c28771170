package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// choosesExtension finds code that makes an extension of its own, or one of a MIME type.
var choosesExtension = regexp.MustCompile(`"\.(jpe?g|png|gif|webp|avif|heic|jxl|mp4|mov|webm)"|path\.Base\([^)]*(MIME|mime)`)

// TestExtensionsHaveOneHome holds that a file's extension comes from media.ExtensionFor.
func TestExtensionsHaveOneHome(t *testing.T) {
	for _, root := range []string{"media/library", "media/process", "media/maintenance", "records", "storage", "importer/bring", "importer/movein", "archive", "setup", "server", "handlers"} {
		forEachSource(t, root, func(path, line string) {
			if choosesExtension.MatchString(line) && !strings.HasPrefix(path, "records/searchtest/") { // tests of both databases
				t.Errorf("%s chooses an extension: %s", path, line)
			}
		})
	}
}

// forEachSource calls f with each line of Go below a folder, tests left out.
func forEachSource(t *testing.T, root string, f func(path, line string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for line := range strings.Lines(string(text)) {
			f(filepath.ToSlash(path), strings.TrimSpace(line))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
