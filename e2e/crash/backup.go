package crash

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Backup makes Kills backups under concurrent uploads, deletions and expiries,
// each over the one before. One in three is cut off by SIGKILL at first, and is
// made again. The last one is made when nothing is uploaded: the file of the database
// lacks then what is in its log. Each copy is checked and served, and holds everything
// that was answered before the backup began and not deleted until it ended.
func Backup(ctx context.Context, o Options) (*Report, error) {
	run, err := newRun(o, filepath.Join(o.Dir, "data"))
	if err != nil {
		return nil, err
	}
	defer run.journal.close()
	s, err := run.start()
	if err != nil {
		return nil, err
	}
	defer s.kill()
	for run.report.Kills < o.Kills && len(run.report.Problems) < enough {
		if err := run.backupAmongUploads(ctx, s); err != nil {
			return &run.report, err
		}
	}
	return &run.report, run.backup(ctx, func() {})
}

// amongUploads is how many are answered before each backup.
const amongUploads = 100

func (r *run) backupAmongUploads(ctx context.Context, s *server) error {
	r.report.Kills++
	work, stop := context.WithCancel(ctx)
	defer stop()
	l := r.load(work, s)
	if err := l.waitFor(amongUploads); err != nil {
		return err
	}
	if r.report.Kills%3 == 2 {
		r.cutBackupOff(r.copied())
	}
	return r.backup(ctx, func() {
		stop()
		l.wait()
	})
}

// copied is the folder of the backups.
func (r *run) copied() string { return filepath.Join(r.o.Dir, "backup") }

// backup makes a backup, calls made, and looks at what the copy holds.
func (r *run) backup(ctx context.Context, made func()) error {
	before, err := r.journal.read()
	if err != nil {
		return err
	}
	out, failed := r.command("backup", r.copied())
	after, err := r.journal.read()
	if err != nil {
		return err
	}
	made()
	if failed != nil {
		r.report.problem("backup %d: %v\n%s", r.report.Kills, failed, firstLines(out, 5))
		return nil
	}
	r.o.Log("backup %d: %s", r.report.Kills, strings.TrimSpace(out))
	return r.verifyCopy(ctx, r.copied(), between(before, after))
}

// cutBackupOff kills a backup at some point of its work.
func (r *run) cutBackupOff(to string) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_ = r.commandContext(ctx, "backup", to).Run()
}

// between returns what a copy has to hold that was made between two readings of
// the journal.
func between(before, after uploads) uploads {
	for seed, u := range after {
		earlier := before[seed]
		if earlier == nil || earlier.path == "" {
			delete(after, seed) // may be there or not
			continue
		}
		u.deleted = earlier.deleted
	}
	return after
}

// verifyCopy serves a copy of the data folder and checks it.
func (r *run) verifyCopy(ctx context.Context, dir string, known uploads) error {
	if _, err := os.Stat(filepath.Join(dir, "postern.db.new")); err == nil {
		r.report.problem("backup %d has left a staged file", r.report.Kills)
	}
	data, env := r.data, r.o.Env
	r.data, r.o.Env = dir, nil // it is a data folder, whatever it was made of
	defer func() { r.data, r.o.Env = data, env }()
	r.checkDeep()
	s, err := r.start()
	if err != nil {
		r.report.problem("backup %d: a copy does not start: %v", r.report.Kills, err)
		return nil
	}
	defer s.kill()
	r.report.Uploads, r.report.Deletions = known.acknowledged()
	for _, problem := range s.compare(ctx, known) {
		r.report.problem("backup %d: %s", r.report.Kills, problem)
	}
	return nil
}
