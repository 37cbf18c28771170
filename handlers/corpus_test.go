//go:build nodynamic

package handlers_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pictureExtensions are of files that are tried.
var pictureExtensions = []string{
	".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".avif", ".heic", ".heif", ".jxl", ".tif", ".tiff", ".ico",
}

// corpus lists the test pictures of Go and of the modules that this one needs,
// many of them by real cameras, as far as they are on this machine.
func corpus(t *testing.T) (files []string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{if not .Main}}{{.Dir}}{{end}}", "all").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	for _, dir := range append(strings.Fields(string(out)), filepath.Join(strings.TrimSpace(string(root)), "src", "image")) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains(pictureExtensions, strings.ToLower(filepath.Ext(path))) {
				return err
			}
			if info, err := d.Info(); err == nil && info.Size() < 300_000 {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// Public test pictures are taken, or refused with a reason; those of Go's own
// decoders are all taken. What is stored says nothing private.
func TestPublicTestPictures(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes a while")
	}
	s := newSite(t, everyFormat, func(set *settings) { set.Policy.MaxPixels = 1_000_000 })
	taken := 0
	files := corpus(t)
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a := s.upload(filepath.Base(path), data)
		switch {
		case a.StatusCode == 200:
			taken++
		case a.StatusCode != 400:
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		case strings.Contains(path, filepath.Join("image", "testdata")) && !strings.Contains(path, "x/image"):
			t.Errorf("%s is refused: %s", path, a.body)
		}
	}
	t.Logf("%d of %d pictures are taken", taken, len(files))
	if taken < 100 {
		t.Errorf("only %d of %d pictures are taken", taken, len(files))
	}
	if log := s.log.String(); strings.Contains(log, "panic") {
		t.Errorf("the log speaks of a panic: %s", log[strings.Index(log, "panic"):])
	}
	for name, tags := range tagsOf(t, s.dir, forbidden, s.stored()) {
		if tags != "" {
			t.Errorf("exiftool finds in %s:%s", name, tags)
		}
	}
}
