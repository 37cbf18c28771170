package crash

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// ErrUnavailable reports that the machine does not allow a harness to work.
var ErrUnavailable = errors.New("not possible on this machine")

// tracer is strace, attached to a running server.
type tracer struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// trace attaches strace to all threads of a server and returns once it is
// there.
func (s *server) trace(args ...string) (*tracer, error) {
	cmd := exec.Command("strace", append([]string{"-f", "-p", fmt.Sprint(s.cmd.Process.Pid)}, args...)...)
	said, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	lines := bufio.NewScanner(said)
	var first string
	for lines.Scan() {
		if strings.Contains(lines.Text(), "attached") {
			t := &tracer{cmd, make(chan struct{})}
			go t.drain(said)
			return t, nil
		}
		first += lines.Text()
	}
	_ = cmd.Wait()
	return nil, fmt.Errorf("%w: %s", ErrUnavailable, first)
}

func (t *tracer) drain(said io.Reader) {
	_, _ = io.Copy(io.Discard, said)
	_ = t.cmd.Wait()
	close(t.ended)
}

// detach ends strace and lets the server go on.
func (t *tracer) detach() {
	_ = t.cmd.Process.Signal(syscall.SIGINT)
	<-t.ended
}

// call is a system call of a trace, as far as it is told apart.
type call struct {
	name, args string
	started    int // the line in which it began
	ended      int // and that in which it returned
}

var (
	whole      = regexp.MustCompile(`^(\d+) +(\w+)\((.*)\) += (-?\d+)`)
	unfinished = regexp.MustCompile(`^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$`)
	resumed    = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>.* = (-?\d+)`)
)

// readTrace reads what strace has written with -f, in the order in which the
// calls began. Those that failed are left out.
func readTrace(name string) ([]call, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var calls []call
	open := make(map[string]call) // by thread
	for n, line := range strings.Split(string(text), "\n") {
		if m := whole.FindStringSubmatch(line); m != nil && !strings.HasPrefix(m[4], "-") {
			calls = append(calls, call{m[2], m[3], n, n})
		} else if m := unfinished.FindStringSubmatch(line); m != nil {
			open[m[1]] = call{m[2], m[3], n, n}
		} else if m := resumed.FindStringSubmatch(line); m != nil && !strings.HasPrefix(m[3], "-") {
			c := open[m[1]]
			c.ended = n
			calls = append(calls, c)
		}
	}
	slices.SortFunc(calls, func(a, b call) int { return a.started - b.started })
	return calls, nil
}
