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
	t.Parallel()
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

	examinesPrograms(t, p, plain)

	whole := start(t, t.TempDir())
	if _, page := get(t, whole.url+"/api-v1"); len(warnings(whole.log)) != 0 || !promise.Match(page) {
		t.Errorf("a build with codecs: warnings %q, promise %q", warnings(whole.log), promise.Find(page))
	}
}

// examinesPrograms has the doctor look for programs and names, where there are none and
// where they do not work. A build without codecs has none to try, which saves time.
func examinesPrograms(t *testing.T, p *process, plain string) {
	t.Helper()
	none, broken := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "vpxdec"), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	offline := []string{need(t, "unshare"), "--net", plain}
	if os.Geteuid() != 0 {
		offline = []string{offline[0], "--map-root-user", "--net", plain}
	}
	const noNames, noPrograms = "POSTERN_URL_SOURCE_ENABLED=false", "POSTERN_VIDEO_PROBES=false"
	for _, row := range []struct {
		program []string
		env     []string
		want    finding
	}{
		{[]string{plain}, []string{noNames, noPrograms}, finding{"codecs", "warning", "refuses AVIF", "-tags nodynamic"}},
		{[]string{plain}, []string{noNames, "POSTERN_VIDEO_PROBES=true", "PATH=" + none}, finding{"programs", "warning", "frames of h264, vp8; not used: built in for hevc", "packaging/probes.md"}},
		{[]string{plain}, []string{noNames, "POSTERN_VIDEO_PROBES=true", "PATH=" + broken}, finding{"programs", "warning", "vpxdec for vp9: program failed", "packaging/probes.md"}},
		{offline, []string{noPrograms}, finding{"names", "warning", "example.com cannot be looked up", "url_source.enabled = false"}},
	} {
		f := p.doctorBy(row.program, row.env...)[row.want.Check]
		if f.State != row.want.State || !strings.Contains(f.Found, row.want.Found) || !strings.Contains(f.Advice, row.want.Advice) {
			t.Errorf("the doctor: %+v, want %+v", f, row.want)
		}
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
