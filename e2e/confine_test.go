//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"confine"
)

// A process that is started to become another program goes no further than the package
// that makes it so: hardly anything of the program's is initialised, and nothing of ours.
func TestASandboxedProgramStartsBeforeTheRest(t *testing.T) {
	args := confine.Bounds{Read: []string{"/usr", "/bin", "/lib", "/lib64"}, Memory: 1 << 30, FileSize: 1 << 20, Seconds: 5}.Args("/bin/echo", []string{"it", "", "runs"})
	out, before := traceInit(t, args...)
	if out != "it  runs\n" {
		t.Fatalf("got %q", out)
	}
	_, all := traceInit(t, "--version")
	if len(before) == 0 || len(before)*10 > len(all) {
		t.Errorf("%d of %d packages are initialised in a process that becomes another, at most a tenth wanted: %v", len(before), len(all), before)
	}
	for _, path := range before {
		if path == "os" || strings.HasPrefix(path, "postern/") {
			t.Errorf("%s is initialised in a process that becomes another", path)
		}
	}
}

// traceInit runs the program under test, and returns what it prints and the packages that it
// initialises.
func traceInit(t *testing.T, args ...string) (out string, packages []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var trace bytes.Buffer
	cmd.Stderr = &trace
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, trace.String())
	}
	for line := range strings.Lines(trace.String()) {
		if rest, ok := strings.CutPrefix(line, "init "); ok {
			path, _, _ := strings.Cut(rest, " ")
			packages = append(packages, path)
		}
	}
	return string(text), packages
}

// Arguments that nobody has made start nothing.
func TestASandboxTakesNoBadArguments(t *testing.T) {
	good := confine.Bounds{Read: []string{"/usr", "/bin", "/lib", "/lib64"}, Write: []string{"/tmp"}, Memory: 1 << 30, FileSize: 1 << 20, Seconds: 5}.Args("/bin/echo", nil)
	replaced := func(at int, with string) []string {
		args := slices.Clone(good)
		args[at] = with
		return args
	}
	const memory, read, write = 1, 5, 6 // places in the arguments
	tests := []struct {
		name string
		args []string
	}{
		{"no path", good[:len(good)-1]},
		{"numbers missing", good[:3]},
		{"memory that is no number", replaced(memory, "1e9")},
		{"memory that is empty", replaced(memory, "")},
		{"memory beyond 64 bits", replaced(memory, "18446744073709551616")},
		{"more files to read than there are", replaced(read, "100")},
		{"more files to write than there are", replaced(write, "18446744073709551615")},
		{"a program that is not there", append(slices.Clone(good[:len(good)-1]), "/bin/nothing")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			const failed = 126
			out, err := exec.CommandContext(t.Context(), binary, test.args...).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != failed || !strings.HasPrefix(string(out), "confine: ") {
				t.Errorf("got %v and %q, want exit status %d", err, out, failed)
			}
		})
	}
}
