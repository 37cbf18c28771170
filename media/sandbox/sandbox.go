// Package sandbox runs programs on foreign bytes, with as little of the machine
// in their reach as the system allows.
//
// A program gets an environment, a folder and pipes of its own, and dies with
// everything it started when its time is over. On Linux it also gets bounds on
// memory, processor time, files and processes, sees only system libraries and
// its folder (Landlock), and is alone with itself (namespaces of users,
// processes, network and IPC). What the kernel does not offer is left out.
//
// To set that up, the running program starts itself anew (package confine).
package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

var (
	// ErrFailed reports a program that did not end well.
	ErrFailed = errors.New("program failed")
	// ErrOutput reports a program that printed more than it may.
	ErrOutput = errors.New("program printed too much")
	// ErrTime reports a program that was not done in time.
	ErrTime = errors.New("program took too long")
	// ErrProcessor reports a program that has used up its processor time.
	ErrProcessor = errors.New("program took too much of the processor")
)

// Job is a program to run.
type Job struct {
	Path  string    // of the program, absolute
	Args  []string  // without its name
	Env   []string  // all of the environment
	Dir   string    // where it runs, and which it may read
	Stdin io.Reader // nil for none

	ReadPaths  []string // further files and folders that it may read
	WritePaths []string // files and folders that it may write, and read

	Output    int64         // bytes that it may print, and that a file may get
	Expected  int64         // bytes that it should print; 0 if unknown
	Memory    int64         // bytes of data
	Time      time.Duration // on the clock
	Processor time.Duration // of the processor, in seconds rounded up, on Linux alone; 0 for Time
}

// processor is the time of the processor, in the whole seconds that systems count.
func (j Job) processor() time.Duration {
	limit := j.Processor
	if limit == 0 {
		limit = j.Time
	}
	return (limit + time.Second - 1).Truncate(time.Second)
}

// Run runs a program and returns what it printed. The error wraps ErrFailed and
// the *exec.ExitError of a program that ended by itself, ErrOutput, ErrTime,
// ErrProcessor, or that of ctx; in every case nothing of the program runs
// any more, except what has left its process group on a system without process
// namespaces. Run is safe for concurrent use.
func Run(ctx context.Context, j Job) ([]byte, error) {
	timed, cancel := context.WithTimeout(ctx, j.Time)
	defer cancel()
	cmd := command(timed, j)
	out := &output{left: j.Output, expected: min(j.Expected, j.Output), full: cancel}
	told := &tail{}
	cmd.Env, cmd.Dir, cmd.Stdin = append([]string{}, j.Env...), j.Dir, j.Stdin
	cmd.Stdout, cmd.Stderr = out, told
	cmd.WaitDelay = time.Second // for pipes that a process that got away holds open
	err := cmd.Run()
	killGroup(cmd)
	switch {
	case out.left < 0:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrOutput, j.Output)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case timed.Err() != nil:
		return nil, fmt.Errorf("%w: %v", ErrTime, j.Time)
	case err != nil && outOfTime(cmd.ProcessState, j.processor()):
		return nil, fmt.Errorf("%w: %v", ErrProcessor, j.processor())
	case err != nil:
		return nil, fmt.Errorf("%w: %w: %s", ErrFailed, err, told)
	}
	return out.b, nil
}

// outOfTime reports whether a program was killed at its limit of processor time. The
// system counts that by its ticks, and what it tells afterwards more exactly.
func outOfTime(s *os.ProcessState, limit time.Duration) bool {
	const killed = -1
	return s != nil && s.ExitCode() == killed && s.UserTime()+s.SystemTime() > limit*3/4
}

// output keeps what a program prints, and stops it when that is too much.
type output struct {
	b              []byte
	left, expected int64
	full           func()
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	if o.left -= int64(len(p)); o.left < 0 {
		o.b = nil
		o.full()
		return 0, ErrOutput
	}
	if o.b == nil {
		o.b = make([]byte, 0, max(o.expected, int64(len(p))))
	}
	o.b = append(o.b, p...)
	return len(p), nil
}

// tail keeps the first words of complaint.
type tail struct{ b bytes.Buffer }

const maxComplaint = 512

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.b.Write(p[:min(len(p), maxComplaint-t.b.Len())])
	return len(p), nil
}

func (t *tail) String() string { return strings.Join(strings.Fields(t.b.String()), " ") }

// Isolates reports whether something of a sandbox keeps programs from the rest of the system,
// beside limits.
func Isolates() bool {
	parts := Confines()
	return slices.Contains(parts, byLandlock) || slices.Contains(parts, byNamespaces)
}

// Parts of a sandbox that keep programs from the rest of the system.
const (
	byLandlock   = "Landlock"
	byNamespaces = "namespaces"
)

// Group lets the end of a command's context be that of all that it started, save
// what has left its process group. Nothing else confines it: it is for programs
// of the operator's. The command is one of exec.CommandContext and not yet
// started.
func Group(cmd *exec.Cmd) {
	cmd.SysProcAttr = inGroup()
	cmd.Cancel = func() error {
		killGroup(cmd)
		return os.ErrProcessDone
	}
}
