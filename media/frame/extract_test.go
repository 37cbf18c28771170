package frame

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"postern/media/codec/wasm"

	"go.uber.org/goleak"
)

// codecs are compiled once for all tests.
var codecs string

// TestMain builds the program of ours that decoders of H.264 are loaded by.
func TestMain(m *testing.M) {
	Main()
	dir, err := os.MkdirTemp("", "postern-probe-test-")
	if err == nil {
		err = buildHelper(dir)
	}
	if err == nil {
		codecs, err = wasm.CacheFolder(filepath.Join(dir, "codecs"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}

func buildHelper(dir string) error {
	build := exec.Command("go", "build", "-o", dir, "postern/packaging/openh264")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	if err := os.Rename(filepath.Join(dir, "openh264"), filepath.Join(dir, "postern-openh264")); err != nil {
		return err
	}
	return os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

func newChain(t *testing.T, o Options) *DecoderChain {
	t.Helper()
	o.Dir = filepath.Join(t.TempDir(), "probe")
	if o.Codecs == "" {
		o.Codecs = codecs
	}
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(o.Dir); err == nil {
			t.Error("the folder is left")
		}
	})
	return l
}

// Every program of the chain shows the built-in videos. On a machine without
// one the test says so; in CI it fails.
func TestEveryProgramWorks(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	works := make(map[string]bool)
	for _, f := range l.List() {
		if f.Error != nil {
			t.Logf("%s by %s: %v", f.Codec, f.Name, f.Error)
			continue
		}
		works[f.Codec+" "+f.Name] = true
	}
	for _, p := range programs {
		found := false
		for _, name := range p.names {
			found = found || works[p.codec+" "+p.label(name)]
		}
		switch {
		case found:
		case os.Getenv("CI") == "true":
			t.Errorf("%s is not shown by %v: install %s", p.codec, p.names, p.packages)
		default:
			t.Logf("left out: %s by %v; install %s", p.codec, p.names, p.packages)
		}
	}
}
