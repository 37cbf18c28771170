package crash

import (
	"context"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Order traces one upload and one deletion and looks at the order of their
// steps. A file system with a journal hides a missing sync of a folder from
// every other harness; this one does not.
func Order(ctx context.Context, o Options) (*Report, error) {
	r, err := newRun(o, filepath.Join(o.Dir, "data"))
	if err != nil {
		return nil, err
	}
	defer r.journal.close()
	calls, err := r.record(ctx, "-y", "-e",
		"trace=fsync,fdatasync,link,linkat,rename,renameat,renameat2,unlink,unlinkat,write,writev,sendto", "-o")
	if err != nil {
		return &r.report, err
	}
	data, err := filepath.EvalSymlinks(r.data)
	if err != nil {
		return &r.report, err
	}
	steps := stepsOf(calls, data)
	r.checkUpload(steps)
	r.checkDeletion(steps)
	return &r.report, nil
}

// step is a call that matters, on a path in the data folder.
type step struct {
	what        string // sync, publish, unlink or answer
	path, to    string
	began, done int
}

var (
	syncArgs   = regexp.MustCompile(`^\d+<([^>]*)>`)
	linkArgs   = regexp.MustCompile(`^\d+<([^>]*)>, "([^"]*)", \d+<([^>]*)>, "([^"]*)"`)
	unlinkArgs = regexp.MustCompile(`^\d+<([^>]*)>, "([^"]*)"`)
)

func stepsOf(calls []call, data string) (steps []step) {
	inside := func(elements ...string) string {
		return strings.TrimPrefix(path.Join(elements...), data+"/")
	}
	for _, c := range calls {
		s := step{began: c.started, done: c.ended}
		switch {
		case strings.HasPrefix(c.name, "f") && syncArgs.MatchString(c.args):
			s.what, s.path = "sync", inside(syncArgs.FindStringSubmatch(c.args)[1])
		case linkArgs.MatchString(c.args):
			m := linkArgs.FindStringSubmatch(c.args)
			s.what, s.path, s.to = "publish", inside(m[1], m[2]), inside(m[3], m[4])
		case strings.HasPrefix(c.name, "unlink") && unlinkArgs.MatchString(c.args):
			m := unlinkArgs.FindStringSubmatch(c.args)
			s.what, s.path = "unlink", inside(m[1], m[2])
		case strings.Contains(c.args, `"HTTP/1.1 200`):
			s.what = "answer"
		default:
			continue
		}
		steps = append(steps, s)
	}
	return steps
}

const (
	stage  = ".stage"
	record = "postern.db-wal"
)

// checkUpload wants the staged uploads and their folder synced before the record, the
// record before the staged uploads are published, and the folder of the published
// files before the answer.
func (r *run) checkUpload(steps []step) {
	published := 0
	for i, s := range steps {
		if s.what != "publish" || !strings.HasPrefix(s.path, stage+"/") || !strings.HasPrefix(s.to, "images/") {
			continue
		}
		published++
		commit, committed := lastSync(steps, record, s.began)
		r.want(committed, "%s was published before its record was durable", s.to)
		_, synced := lastSync(steps, s.path, commit.began)
		r.want(synced, "%s was recorded before it was synced", s.path)
		_, synced = lastSync(steps, stage, commit.began)
		r.want(synced, "%s was recorded before its name was synced", s.path)
		r.want(firstSync(upToAnswer(steps[i:]), path.Dir(s.to)) >= 0, "%s was answered before its name was synced", s.to)
	}
	r.want(published > 0, "the trace shows no publication")
}

// checkDeletion wants the deletion recorded before anything is unlinked, and
// the folder synced before the record goes.
func (r *run) checkDeletion(steps []step) {
	unlinked := 0
	for i, s := range steps {
		if s.what != "unlink" || !strings.HasPrefix(s.path, "images/") {
			continue
		}
		unlinked++
		answered := lastAnswer(steps[:i])
		_, recorded := lastSync(steps[answered+1:], record, s.began)
		r.want(recorded, "%s was unlinked before that was recorded", s.path)
		folder, gone := firstSync(steps[i:], path.Dir(s.path)), firstSync(steps[i:], record)
		r.want(folder >= 0 && gone >= 0 && folder < gone, "the record of %s went before its name", s.path)
	}
	r.want(unlinked > 0, "the trace shows no unlinked file")
}

func (r *run) want(ok bool, format string, args ...any) {
	if !ok {
		r.report.problem(format, args...)
	}
}

// lastSync returns the last sync of a name that was done before a line of the
// trace.
func lastSync(steps []step, name string, line int) (step, bool) {
	for _, s := range slices.Backward(steps) {
		if s.what == "sync" && s.path == name && s.done < line {
			return s, true
		}
	}
	return step{}, false
}

func firstSync(steps []step, name string) int {
	for i, s := range steps {
		if s.what == "sync" && s.path == name {
			return i
		}
	}
	return -1
}

// upToAnswer cuts steps off at the next answer.
func upToAnswer(steps []step) []step {
	for i, s := range steps {
		if s.what == "answer" {
			return steps[:i]
		}
	}
	return steps
}

func lastAnswer(steps []step) int {
	for i := len(steps) - 1; i >= 0; i-- {
		if steps[i].what == "answer" {
			return i
		}
	}
	return -1
}
