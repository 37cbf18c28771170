// Package crash proves that nothing that was answered is lost, whenever the
// server ends, nor missing from a backup. It runs the real binary, ends it in
// several ways, and holds what is there afterwards against a journal that it has
// kept outside:
//
//   - Kill: SIGKILL at random instants under concurrent uploads, deletions and
//     expiries.
//   - Syscalls: SIGKILL at every system call of one upload and one deletion.
//   - PowerCut: a file system that loses at once what was not synced.
//   - Order: the syncs of one upload and one deletion, in their order.
//   - Recovery: what a start after SIGKILL looks at.
//   - Community: SIGKILL under posts, comments and votes, and while further
//     sizes are made.
//   - Parts: SIGKILL while uploads come in parts, which go on afterwards.
//   - Backup: copies made under the same load as of Kill.
//
// None of them knows anything of the program but its interface and its data
// folder.
package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"
)

// Options say what to run and how much of it.
type Options struct {
	Binary  string   // program under test
	Env     []string // that it runs with, besides the harness's own
	Dir     string   // empty folder for everything that a run writes
	Workers int      // that send requests at once
	Kills   int      // at least
	Uploads int      // at least, answered ones
	Calls   int      // of each system call at most; 0: all
	Only    []string // system calls; nil: all that one upload makes

	Gateways int                  // that run at once on one bucket; 0: one
	Crash    []func() error       // end what they rest on, such as a database, and start it again
	Delay    func() time.Duration // before a PUT is carried out; nil: one in twenty up to maxDelay
	Refuse   time.Duration        // how long one PUT in ten is refused, slowly, before it is carried out
	Beyond   bool                 // objects without a record are counted: PUTs come later than servers carry them out
	Log      func(format string, args ...any)
}

// Report is what a run has seen.
type Report struct {
	Kills, Uploads, Deletions, Checks int
	Crashes                           int           // of what the server rests on
	Orphans                           int           // objects without a record, where they are counted
	Startup                           time.Duration // the longest, recovery included
	Problems                          []string      // what should not have been
}

func (r *Report) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// String is the report's figures in one line.
func (r *Report) String() string {
	return fmt.Sprintf("%d kills and %d of what is below, %d uploads and %d deletions answered, %d checks, longest start %v, %d problems",
		r.Kills, r.Crashes, r.Uploads, r.Deletions, r.Checks, r.Startup.Round(time.Millisecond), len(r.Problems))
}

// enough is the number of problems after which a run ends: a broken program
// breaks the same way again and again.
const enough = 3

// Kill ends the server with SIGKILL at random instants, one time in eight
// while it starts, until there were as many kills and answered uploads as asked
// for. After each, everything is verified.
func Kill(ctx context.Context, o Options) (*Report, error) {
	run, err := newRun(o, filepath.Join(o.Dir, "data"))
	if err != nil {
		return nil, err
	}
	defer run.journal.close()
	perKill := max(o.Uploads/max(o.Kills, 1), 20)
	for run.more(o) {
		if err := run.killOnce(ctx, perKill); err != nil {
			return &run.report, err
		}
	}
	if len(run.report.Problems) == 0 {
		err = run.afterExpiry(ctx)
	}
	return &run.report, err
}

func (r *run) more(o Options) bool {
	return len(r.report.Problems) < enough && (r.report.Kills < o.Kills || r.report.Uploads < o.Uploads)
}

func (r *run) killOnce(ctx context.Context, perKill int) error {
	r.report.Kills++
	if rand.IntN(8) == 0 {
		if err := r.killWhileStarting(); err != nil {
			return err
		}
		return r.verify(ctx)
	}
	s, err := r.start()
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	l := r.load(work, s)
	err = l.waitFor(perKill/2 + rand.IntN(perKill+1))
	time.Sleep(time.Duration(rand.IntN(50_000)) * time.Microsecond)
	s.kill()
	stop()
	l.wait()
	if err != nil {
		return err
	}
	if r.report.Kills%20 == 0 {
		r.o.Log("%v", &r.report)
	}
	return r.verify(ctx)
}

// killWhileStarting ends the server in or near its recovery.
func (r *run) killWhileStarting() error {
	s, err := r.launch()
	if err != nil {
		return err
	}
	time.Sleep(time.Duration(rand.IntN(60_000)) * time.Microsecond)
	s.kill()
	return nil
}

// afterExpiry waits until all that expires has, and looks whether the reaper
// has followed.
func (r *run) afterExpiry(ctx context.Context) error {
	time.Sleep(maxLife + 2*time.Second)
	s, err := r.start()
	if err != nil {
		return err
	}
	defer s.kill()
	const grace = 20 * time.Second
	for deadline := time.Now().Add(grace); ; time.Sleep(100 * time.Millisecond) {
		left := r.expiredFiles()
		if left == 0 {
			return r.verifyStarted(ctx, s)
		}
		if time.Now().After(deadline) {
			r.report.problem("%d files of expired uploads are still there", left)
			return nil
		}
	}
}
