package crash

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// idle are system calls of the Go runtime that neither files nor connections
// notice.
var idle = []string{
	"futex", "epoll_pwait", "epoll_ctl", "nanosleep", "clock_nanosleep", "sched_yield", "tgkill", "getpid", "gettid",
	"rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigaltstack", "madvise", "mmap", "munmap", "mprotect",
	"clone", "clone3", "exit", "restart_syscall", "timer_settime", "timer_create", "timer_delete", "getrandom",
}

// Syscalls ends the server with SIGKILL at the first, second, ... of each
// system call that one upload and one deletion make. The count is each
// thread's own, and so the server gets one processor only.
func Syscalls(ctx context.Context, o Options) (*Report, error) {
	o.Env = append(slices.Clone(o.Env), "GOMAXPROCS=1")
	r, err := newRun(o, filepath.Join(o.Dir, "data"))
	if err != nil {
		return nil, err
	}
	defer r.journal.close()
	names := o.Only
	if names == nil {
		if names, err = r.callsOfOne(ctx); err != nil {
			return &r.report, err
		}
	}
	for _, action := range []action{r.uploadOne, r.removeOne} {
		for _, name := range names {
			if err := r.killAtEach(ctx, name, action); err != nil {
				return &r.report, err
			}
		}
	}
	return &r.report, nil
}

// action prepares something on a server and returns the function that does it.
type action func(ctx context.Context, s *server) (do func() error, err error)

func (r *run) uploadOne(ctx context.Context, s *server) (func() error, error) {
	return func() error { _, err := r.upload(ctx, s, 0); return err }, nil
}

func (r *run) removeOne(ctx context.Context, s *server) (func() error, error) {
	u, err := r.upload(ctx, s, 0)
	return func() error { return r.remove(ctx, s, u) }, err
}

// callsOfOne records an upload and a deletion and names the calls they make.
func (r *run) callsOfOne(ctx context.Context) ([]string, error) {
	calls, err := r.record(ctx, "-o")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range calls {
		if !slices.Contains(names, c.name) && !slices.Contains(idle, c.name) {
			names = append(names, c.name)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("the trace of an upload is empty")
	}
	return names, nil
}

// record traces an upload and its deletion; args are strace's, the last of
// them the option that names its output.
func (r *run) record(ctx context.Context, args ...string) ([]call, error) {
	s, err := r.start()
	if err != nil {
		return nil, err
	}
	defer s.kill()
	// The first upload makes folders, and the first connections. Small pictures
	// leave no work for after their answer, which would go on into the trace.
	if _, err := r.uploadKind(ctx, s, small, 0); err != nil {
		return nil, err
	}
	file := filepath.Join(r.o.Dir, "trace")
	t, err := s.trace(append(args, file)...)
	if err != nil {
		return nil, err
	}
	u, err := r.uploadKind(ctx, s, small, 0)
	if err == nil {
		err = r.remove(ctx, s, u)
	}
	t.detach()
	if err != nil {
		return nil, err
	}
	return readTrace(file)
}

// killAtEach raises the count until the action gets through.
func (r *run) killAtEach(ctx context.Context, name string, a action) error {
	for n := 1; len(r.report.Problems) < enough && (r.o.Calls == 0 || n <= r.o.Calls); n++ {
		killed, err := r.killAt(ctx, name, n, a)
		if err != nil || !killed {
			return err
		}
	}
	return nil
}

func (r *run) killAt(ctx context.Context, name string, n int, a action) (killed bool, err error) {
	s, err := r.start()
	if err != nil {
		return false, err
	}
	defer s.kill()
	do, err := a(ctx, s)
	if err != nil {
		return false, err
	}
	t, err := s.trace("-o", "/dev/null", "-e", "trace="+name, "-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", name, n))
	if err != nil {
		return false, err
	}
	failed := do()
	if failed == nil && !s.gone() {
		t.detach()
		return false, nil
	}
	select {
	case <-s.ended:
	case <-time.After(20 * time.Second):
		return false, fmt.Errorf("%s %d: the server lives, but: %w", name, n, failed)
	}
	<-t.ended
	r.report.Kills++
	before := len(r.report.Problems)
	err = r.verify(ctx)
	if len(r.report.Problems) > before {
		r.report.problem("this was %s number %d", name, n)
	}
	return true, err
}
