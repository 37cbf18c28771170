package crash

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"postern/postgres/pgtest"
)

var (
	long    = flag.Bool("long", false, "run the long form")
	kills   = flag.Int("kills", 0, "SIGKILLs at random instants, at least")
	answers = flag.Int("uploads", 0, "answered uploads, at least")
	workers = flag.Int("workers", 8, "requests at once")
)

// binary is the program under test.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "postern-crash")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "postern")
	if err := buildProgram(binary, "nodynamic"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := pgtest.M{M: m}.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func buildProgram(to, tags string) error {
	build := exec.Command("go", "build", "-tags", tags, "-o", to, "../..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// options are those of the short form, or of the long one.
func options(t *testing.T, short, long int) Options {
	o := Options{Binary: binary, Dir: t.TempDir(), Workers: *workers, Kills: amount(short, long), Log: t.Logf}
	if *kills > 0 {
		o.Kills = *kills
	}
	return o
}

func amount(short, much int) int {
	if *long {
		return much
	}
	return short
}

func (r *Report) check(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, ErrUnavailable) {
		t.Skip(err) // of what a machine allows, nothing can be installed
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	for _, problem := range r.Problems {
		t.Error(problem)
	}
}

func TestNothingIsLostWhenTheServerIsKilled(t *testing.T) {
	o := options(t, 6, 120)
	o.Uploads = amount(300, 12_000)
	if *answers > 0 {
		o.Uploads = *answers
	}
	r, err := Kill(t.Context(), o)
	r.check(t, err)
}

func TestNothingIsLostAtAnySystemCall(t *testing.T) {
	need(t, "strace")
	o := options(t, 0, 0)
	if !*long {
		o.Only, o.Calls = []string{"linkat", "unlinkat", "fsync"}, 2
	}
	r, err := Syscalls(t.Context(), o)
	r.check(t, err)
}

func TestSyncsComeInTheirOrder(t *testing.T) {
	need(t, "strace")
	r, err := Order(t.Context(), options(t, 0, 0))
	r.check(t, err)
}

func TestNothingIsLostWhenThePowerIsCut(t *testing.T) {
	need(t, "mkfs.ext4")
	r, err := PowerCut(t.Context(), options(t, 2, 60))
	r.check(t, err)
}

func TestAStartDoesNotWalkTheFiles(t *testing.T) {
	need(t, "strace")
	o := options(t, 0, 0)
	o.Uploads = amount(100, 12_000)
	r, err := Recovery(t.Context(), o)
	r.check(t, err)
}

func TestNothingIsMissingInABackup(t *testing.T) {
	r, err := Backup(t.Context(), options(t, 3, 30))
	r.check(t, err)
}

func TestNothingIsLostOfPostsAndRenditions(t *testing.T) {
	r, err := Community(t.Context(), options(t, 3, 40))
	r.check(t, err)
}

func TestNothingIsLostOfUploadsInParts(t *testing.T) {
	r, err := Parts(t.Context(), options(t, 2, 60))
	r.check(t, err)
}

// need finds a program. Without it a test is skipped, but on CI it fails.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing", program)
	}
	t.Skipf("%s is not installed", program)
}
