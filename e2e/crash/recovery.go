package crash

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Recovery starts the server on a folder of at least Uploads items after a
// SIGKILL, and again under strace: a start looks at what a crash has left, and
// at no folder of the files, however many there are. Report.Startup is without
// strace.
func Recovery(ctx context.Context, o Options) (*Report, error) {
	r, err := newRun(o, filepath.Join(o.Dir, "data"))
	if err != nil {
		return nil, err
	}
	defer r.journal.close()
	if err := r.killAmidLoad(ctx, o.Uploads); err != nil {
		return &r.report, err
	}
	staged, err := r.staged()
	if err != nil {
		return &r.report, err
	}
	traced, err := r.traceStart()
	if err != nil {
		return &r.report, err
	}
	r.checkStart(traced, staged)

	if err := r.killAmidLoad(ctx, amongUploads); err != nil {
		return &r.report, err
	}
	err = r.verify(ctx) // a start without strace
	o.Log("%d staged files were left to a start that made %d calls on the files", staged, traced.onFiles)
	return &r.report, err
}

func (r *run) killAmidLoad(ctx context.Context, uploads int) error {
	r.report.Kills++
	s, err := r.start()
	if err != nil {
		return err
	}
	r.report.Startup = 0 // there was little to recover
	work, stop := context.WithCancel(ctx)
	l := r.load(work, s)
	err = l.waitFor(uploads)
	s.kill()
	stop()
	l.wait()
	return err
}

// staged counts what a crash has left in staging.
func (r *run) staged() (int, error) {
	entries, err := os.ReadDir(filepath.Join(r.data, stage))
	return len(entries), err
}

// startTrace is what a start did to the files of uploads.
type startTrace struct {
	listed  []string // calls that list a folder of them
	onFiles int      // calls of any kind
}

// traceStart starts the server under strace until it listens.
func (r *run) traceStart() (t startTrace, err error) {
	file := filepath.Join(r.o.Dir, "start")
	s := r.newServer()
	// With -D the server is the child, and strace the one that is beside.
	args := []string{"-D", "-f", "-y", "-o", file, "-e", "trace=%file,getdents64,listen", "--", r.o.Binary, "serve"}
	s.cmd = exec.Command("strace", args...)
	s.cmd.Dir, s.cmd.Env = r.o.Dir, r.environment()
	if err := s.launch(); err != nil {
		return t, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err := s.listening(); err != nil {
		return t, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err := s.stop(); err != nil {
		return t, err
	}
	return r.readStart(file)
}

// readStart reads a trace up to the moment at which the server listened: what
// the reaper does from then on is beside the requests.
func (r *run) readStart(file string) (t startTrace, err error) {
	f, err := os.Open(file)
	if err != nil {
		return t, err
	}
	defer f.Close()
	data, err := filepath.EvalSymlinks(r.data)
	if err != nil {
		return t, err
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if strings.Contains(line, " listen(") {
			return t, nil
		}
		if !strings.Contains(line, filepath.Join(data, "images")) && !strings.Contains(line, `"images`) {
			continue
		}
		t.onFiles++
		if strings.Contains(line, "getdents") {
			t.listed = append(t.listed, line)
		}
	}
	return t, errors.Join(errors.New("the trace of a start shows no end"), lines.Err())
}

// callsOfStaged is more than a staged upload needs to be published: its folders are
// made and opened one by one.
const callsOfStaged = 40

func (r *run) checkStart(t startTrace, staged int) {
	r.want(len(t.listed) == 0, "a start lists folders of files: %.3q", t.listed)
	r.want(t.onFiles <= staged*callsOfStaged, "a start with %d staged files makes %d calls on the files", staged, t.onFiles)
}
