package crash

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// run is one harness at work on one data folder.
type run struct {
	o       Options
	data    string // data folder
	journal *journal
	report  Report

	mu   sync.Mutex
	kept []*upload // while uploads turn over, the oldest first
}

const (
	user = "crash"
	key  = "a key for the crash proofs"
)

// newRun makes the data folder with a user and a key.
func newRun(o Options, data string) (*run, error) {
	j, err := openJournal(filepath.Join(o.Dir, "journal"))
	if err != nil {
		return nil, err
	}
	r := &run{o: o, data: data, journal: j}
	for _, args := range [][]string{
		{"user", "add", user, "--admin"}, {"key", "add", "--user", user, "--value", key},
	} {
		if out, err := r.command(args...); err != nil {
			return nil, fmt.Errorf("%v: %w\n%s", args, err, out)
		}
	}
	return r, nil
}

// start runs the server and waits until it listens.
func (r *run) start() (*server, error) { return r.startIn(r.data) }

func (r *run) startIn(data string) (*server, error) {
	s := r.newServerIn(data)
	if err := s.launch(); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.listening(); err != nil {
		return nil, err
	}
	r.report.Startup = max(r.report.Startup, time.Since(began))
	return s, nil
}

// verify starts the server again and verifies everything.
func (r *run) verify(ctx context.Context) error {
	s, err := r.start()
	if err != nil {
		r.report.problem("the server does not start: %v", err)
		return nil
	}
	defer s.kill()
	return r.verifyStarted(ctx, s)
}

// verifyStarted asks for everything in the journal, stops the server, and lets
// the program check its folder.
func (r *run) verifyStarted(ctx context.Context, s *server) error {
	known, err := r.journal.read()
	if err != nil {
		return err
	}
	r.report.Uploads, r.report.Deletions = known.acknowledged()
	for _, problem := range s.compare(ctx, known) {
		r.report.problem("after kill %d: %s", r.report.Kills, problem)
	}
	if err := s.stop(); err != nil {
		r.report.problem("the server does not stop: %v", err)
	}
	r.checkDeep()
	return nil
}

// checkDeep lets the program check its data folder.
func (r *run) checkDeep() {
	r.report.Checks++
	if out, err := r.command("check", "--deep"); err != nil {
		r.report.problem("after kill %d: check: %v\n%s", r.report.Kills, err, firstLines(out, 5))
	}
}

func firstLines(text string, most int) string {
	lines := strings.SplitN(text, "\n", most+1)
	return strings.Join(lines[:min(len(lines), most)], "\n")
}

// expiredFiles counts files of uploads that have expired: they bear their
// seeds in their names.
func (r *run) expiredFiles() (count int) {
	known, err := r.journal.read()
	if err != nil {
		return 0
	}
	for _, u := range known {
		if u.expires.IsZero() || time.Now().Before(u.expires) {
			continue
		}
		if _, err := os.Stat(filepath.Join(r.data, filepath.FromSlash(u.path))); !errors.Is(err, os.ErrNotExist) {
			count++
		}
	}
	return count
}
