// Package check holds a data folder against what must be true of it, and
// mends what can be mended without losing anything.
package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"

	"postern/media"
	"postern/media/library"
)

// The invariants, as findings name them.
const (
	Bytes    = "I1" // a record's files are there, of the recorded size and, when deep, contents
	Recorded = "I2" // every file has a record
	Deleted  = "I3" // no deletion is half done
	Staged   = "I4" // no staged upload is left in staging
	Plain    = "I5" // files are plain files of one name that only the owner may write
	Named    = "I6" // keys stay inside the folder and differ by more than case
	Database = "I7" // the database is sound
	Sums     = "I8" // what is counted agrees with what is there
)

// Finding is one thing that is not as it must be.
type Finding struct {
	Invariant string
	Subject   string // a path in the data folder, or what else it is about
	Problem   string
	Repair    string // what has been done about it; "" when nothing was
}

// String is the finding in one line.
func (f Finding) String() string {
	line := fmt.Sprintf("%s %q: %s", f.Invariant, f.Subject, f.Problem)
	if f.Repair != "" {
		line += "; " + f.Repair
	}
	return line
}

// Result counts what a check has seen.
type Result struct {
	Items, Files int
	Findings     int
	Left         int // findings that were not repaired
}

// Records is what a check needs of a database besides a Library.
type Records interface {
	// EachItem calls visit for every item in the order of insertion, also for
	// those that are being deleted, until visit fails.
	EachItem(ctx context.Context, visit func(it media.Item, deleting bool) error) error
	// Faults runs the database's own checks and returns what they say, a
	// line each.
	Faults(ctx context.Context) ([]string, error)
	// Miscounts counts anew what is kept as sums, and returns what disagrees,
	// a line each. Recount corrects it.
	Miscounts(ctx context.Context) ([]string, error)
	// OldSites tells whether files may have names outside of the data folder.
	OldSites(ctx context.Context) ([]media.OldSite, error)
	Recount(ctx context.Context) error
}

// Options say what to check, and what to do about it.
type Options struct {
	Dir     string           // data folder, which nobody else has open
	Library *library.Library // over Dir; need not have recovered
	Records Records          // of Library
	Deep    bool             // read contents, too
	// RecordsOnly looks at the database and its sums, and at no files.
	RecordsOnly bool
	Repair      bool          // mend what can be mended
	Forget      bool          // with Repair: remove records whose original is gone
	Report      func(Finding) // gets each finding when what can be done is done
	Progress    func(Result)  // gets the counts after each item or file; nil: nobody asks
}

// checker is one run.
type checker struct {
	Options
	root   *os.Root
	result Result
	staged map[string]bool
	keys   keySet
	sound  bool // the database can be believed
	linked bool // files may have names outside of the data folder: they were imported so
}

// Run checks a data folder. Findings are no errors: an error means that the
// check could not be carried through.
func Run(ctx context.Context, o Options) (Result, error) {
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return Result{}, fmt.Errorf("check: %w", err)
	}
	defer root.Close()
	c := &checker{Options: o, root: root, staged: make(map[string]bool), keys: newKeySet(), sound: true}
	steps := []step{
		{"database", c.database},
		{"stage", c.staging},
		{"deletions", c.deletions},
		{"records", c.records},
		{"files", c.files},
		{"sums", c.sums},
		{"own files", c.ownFiles},
	}
	if o.RecordsOnly {
		steps = []step{{"database", c.database}, {"sums", c.sums}}
	}
	err = c.run(ctx, steps)
	return c.result, err
}

// step is one part of a check.
type step struct {
	name string
	run  func(context.Context) error
}

// run takes steps, until one cannot be carried through.
func (c *checker) run(ctx context.Context, steps []step) error {
	for _, step := range steps {
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("check %s: %w", step.name, err)
		}
	}
	return nil
}

// advanced tells how far the run is.
func (c *checker) advanced() {
	if c.Progress != nil {
		c.Progress(c.result)
	}
}

// found reports a finding. mend, which may be nil, is called when repairing
// and says what it has done.
func (c *checker) found(invariant, subject, problem string, mend func() (string, error)) {
	f := Finding{Invariant: invariant, Subject: subject, Problem: problem}
	if c.Repair && mend != nil {
		done, err := mend()
		if err != nil {
			f.Problem += fmt.Sprintf(" (repair failed: %v)", err)
		}
		f.Repair = done
	}
	c.result.Findings++
	if f.Repair == "" {
		c.result.Left++
	}
	c.Report(f)
}

// database is the check that comes first: records that cannot be believed
// must not decide about files.
func (c *checker) database(ctx context.Context) error {
	faults, err := c.Records.Faults(ctx)
	if err != nil {
		faults = append(faults, err.Error())
	}
	for _, fault := range faults {
		c.sound = false
		c.found(Database, "postern.db", fault, nil)
	}
	return ctx.Err()
}

// staging looks at staged uploads and lets recovery settle them. What is left then holds
// bytes that recovery would not decide about.
func (c *checker) staging(ctx context.Context) error {
	before, err := c.Library.Staging.Names()
	if err != nil {
		return err
	}
	var failed error
	if c.mayMend() && len(before) > 0 {
		failed = c.Library.Recover(ctx)
	}
	after, err := c.Library.Staging.Names()
	if err != nil {
		return err
	}
	for _, name := range after {
		c.staged[name] = true
	}
	for _, name := range before {
		c.found(Staged, path.Join(".stage", name), "a staged file is left", func() (string, error) {
			if c.staged[name] {
				return "", errors.Join(failed, errUnsettled)
			}
			return "published or removed, as its record says", nil
		})
	}
	return nil
}

var errUnsettled = errors.New("other bytes hold its key")

// mayMend reports whether records may decide about files.
func (c *checker) mayMend() bool { return c.Repair && c.sound }

// deletions looks at items that a crash has caught between the two steps of
// their deletion.
func (c *checker) deletions(ctx context.Context) error {
	var half []string
	err := c.Records.EachItem(ctx, func(it media.Item, deleting bool) error {
		if deleting {
			half = append(half, it.ID)
		}
		return nil
	})
	if err != nil || len(half) == 0 {
		return c.readable(err)
	}
	var failed error
	if c.mayMend() {
		failed = (&library.Reaper{Library: c.Library}).FinishDeletions(ctx)
	}
	for _, id := range half {
		c.found(Deleted, "item "+id, "its deletion is half done", func() (string, error) {
			if failed != nil || !c.sound {
				return "", failed
			}
			return "finished", nil
		})
	}
	return nil
}

// readable turns an error of reading records into a finding, after which
// nothing is mended by them.
func (c *checker) readable(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if c.sound {
		c.sound = false
		c.found(Database, "postern.db", err.Error(), nil)
	}
	return nil
}
