package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A build without the codecs says so once, and neither takes nor offers what
// needs them, whatever programs are installed beside it.
func TestABuildWithoutCodecsDoesNotPromiseTheirFormats(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "postern")
	build := exec.Command("go", "build", "-o", plain, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	promise := regexp.MustCompile(`(?i)\b(avif|heic|heif|jxl|jpeg xl)\b`)
	p := startBinary(t, plain, t.TempDir(), "POSTERN_GUEST_UPLOADS=true")
	if got := warnings(p.log); len(got) != 1 || !strings.Contains(got[0], "nodynamic") {
		t.Errorf("warnings = %q, want one that names the tag", got)
	}
	for _, path := range []string{"/", "/api-v1", "/tools", "/manifest.webmanifest"} {
		status, page := get(t, p.url+path)
		if found := promise.Find(page); status != 200 || found != nil {
			t.Errorf("%s: status %d, names %q", path, status, found)
		}
	}
	for name, input := range map[string]string{"a.avif": "a.avif", "a.heic": "small.heic", "a.jxl": "small.jxl"} {
		_, err := p.upload(p.key, name, testPicture(t, input))
		if err == nil || !strings.Contains(err.Error(), "code:614") || !strings.Contains(err.Error(), "answer 400") {
			t.Errorf("%s: %v, want error 614", name, err)
		}
	}
	if _, err := p.upload(p.key, "a.jpg", picture(t, "plain")); err != nil {
		t.Errorf("a JPEG: %v", err)
	}

	whole := start(t, t.TempDir())
	if _, page := get(t, whole.url+"/api-v1"); len(warnings(whole.log)) != 0 || !promise.Match(page) {
		t.Errorf("a build with codecs: warnings %q, promise %q", warnings(whole.log), promise.Find(page))
	}
}

func warnings(log []string) (found []string) {
	for _, line := range log {
		if strings.Contains(line, "level=WARN") {
			found = append(found, line)
		}
	}
	return found
}

// testPicture reads a test file of media/picture.
func testPicture(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "media", "picture", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
