// Package backup copies the files of a data folder or a bucket that may be in use, for
// a copy of its database that was made before.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"postern/media"
	"postern/media/library"
)

// Records is what a backup needs of a copy of the database.
type Records interface {
	EachItem(ctx context.Context, visit func(it media.Item, deleting bool) error) error
	BeginDelete(ctx context.Context, id string) (media.Item, error)
	FinishDelete(ctx context.Context, numbers ...int64) error
	BeginAbandoned(ctx context.Context, now time.Time, limit int) (int, error)
	WithdrawFiles(ctx context.Context, before time.Time, limit int) ([]string, error)
	ForgetFiles(ctx context.Context, objects ...string) error
}

// Options say what goes where.
type Options struct {
	From, To string
	// Open opens an object of the bucket that has the files in place of From; nil if they
	// are in From. The error wraps fs.ErrNotExist if there is none.
	Open func(ctx context.Context, key string) (io.ReadCloser, error)
	Copy Records // the copied database, which nobody else has open
	// Live reports whether an item is still live in the database that was
	// copied.
	Live   func(ctx context.Context, id string) (bool, error)
	Report func(problem string) // gets what is wrong in From
	// Progress gets the counts after each file, one call at a time. Nil: nobody asks.
	Progress func(Result)
}

// Result counts what a backup has done.
type Result struct {
	Items    int
	Copied   int   // files
	Bytes    int64 // of Copied
	Kept     int   // files that were there already
	Removed  int   // files that no record of the copy has
	Problems int
}

// backup is one run.
type backup struct {
	Options
	from, to *os.Root
	keys     map[string]bool

	mu      sync.Mutex
	result  Result
	changed map[string]bool // folders with new entries
	known   map[string]bool // folders that are there
}

// How many files are copied at once: most of the time goes by waiting for the disk, or for
// the server of the bucket.
const (
	filesAtOnce   = 4
	objectsAtOnce = 16
)

// Files copies the files of every live item in the copied database, takes
// items that are not live out of it, and removes from To the uploads that are
// in no record of it. Files that are there already, of the same size and time,
// are kept. What From lacks is reported, and no error.
//
// From may be in use as long as no bytes are removed from it that have a live
// record in the copied database.
//
// What is copied is proved by the recorded size, originals by their MD5 too. Damaged files are
// reported, and never take the place of a copy that is there: it may be the last good one. If
// there is none, the rest of a file of From is copied, and an object is not stored.
//
// An object never changes, so a copy of the recorded size is kept, and the bucket is not asked.
func Files(ctx context.Context, o Options) (Result, error) {
	b := &backup{Options: o, keys: make(map[string]bool), changed: make(map[string]bool), known: make(map[string]bool)}
	var err error
	if o.Open == nil {
		if b.from, err = os.OpenRoot(o.From); err != nil {
			return Result{}, fmt.Errorf("backup: %w", err)
		}
		defer b.from.Close()
	}
	if b.to, err = os.OpenRoot(o.To); err != nil {
		return Result{}, fmt.Errorf("backup: %w", err)
	}
	defer b.to.Close()
	for _, step := range []func(context.Context) error{b.giveUpArrivals, b.items, b.syncFolders, b.prune} {
		if err := step(ctx); err != nil {
			return b.result, fmt.Errorf("backup: %w", err)
		}
	}
	return b.result, nil
}

// giveUpArrivals ends in the copy what was on its way to a bucket. It arrives there and not
// in the copy, and nothing would end it on a disk.
func (b *backup) giveUpArrivals(ctx context.Context) error {
	const limit = 1000
	for n := limit; n == limit; {
		var err error
		if n, err = b.Copy.BeginAbandoned(ctx, endOfTime, limit); err != nil {
			return err
		}
	}
	for {
		objects, err := b.Copy.WithdrawFiles(ctx, endOfTime, limit)
		if err != nil || len(objects) == 0 {
			return err
		}
		if err := b.Copy.ForgetFiles(ctx, objects...); err != nil {
			return err
		}
	}
}

// endOfTime is later than every lease.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// items copies what the records name.
func (b *backup) items(ctx context.Context) error {
	var gone []media.Item
	copies, copying := errgroup.WithContext(ctx)
	copies.SetLimit(filesAtOnce)
	if b.Open != nil {
		copies.SetLimit(objectsAtOnce)
	}
	err := b.Copy.EachItem(ctx, func(it media.Item, deleting bool) error {
		if err := copying.Err(); err != nil {
			return err
		}
		if deleting {
			gone = append(gone, it)
			return nil
		}
		b.result.Items++
		for _, key := range it.Objects() {
			b.keys[key] = true
		}
		copies.Go(func() error {
			there, err := b.item(copying, it)
			if err == nil && !there {
				b.mu.Lock()
				gone = append(gone, it)
				b.mu.Unlock()
			}
			return err
		})
		return nil
	})
	if copied := copies.Wait(); copied != nil {
		return copied
	}
	if err != nil {
		return err
	}
	return b.forget(ctx, gone)
}

// forget takes items out of the copied database.
func (b *backup) forget(ctx context.Context, gone []media.Item) error {
	for _, it := range gone {
		if _, err := b.Copy.BeginDelete(ctx, it.ID); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := b.Copy.FinishDelete(ctx, it.Number); err != nil {
			return err
		}
		for _, key := range it.Objects() {
			delete(b.keys, key)
		}
	}
	return nil
}

// item copies the files of one item. It is not there any more when its upload
// was taken back after the database was copied.
func (b *backup) item(ctx context.Context, it media.Item) (there bool, err error) {
	for _, role := range it.Roles() {
		file := it.File(role)
		err := b.file(ctx, it, role)
		if errors.Is(err, fs.ErrNotExist) {
			if live, err := b.Live(ctx, it.ID); err != nil || !live {
				return false, err
			}
			b.problem("%s of item %s: %q is missing", role, it.ID, file.Key)
			continue
		}
		if damage := new(damagedError); errors.As(err, &damage) {
			b.problem("%s of item %s: %q %v", role, it.ID, file.Key, damage)
			continue
		}
		if err != nil {
			return false, fmt.Errorf("copy %s: %w", file.Key, err)
		}
	}
	return true, nil
}

func (b *backup) problem(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.result.Problems++
	b.Report(fmt.Sprintf(format, args...))
}

// prune removes uploads of earlier backups that have been deleted since: who
// deletes a picture does not want it in every backup to come.
func (b *backup) prune(ctx context.Context) error {
	return fs.WalkDir(b.to.FS(), library.UploadsDir, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == library.UploadsDir {
			return nil
		}
		if err := errors.Join(err, ctx.Err()); err != nil || d.IsDir() || b.keys[name] {
			return err
		}
		b.result.Removed++
		return b.to.Remove(name)
	})
}

func (b *backup) syncFolders(context.Context) error {
	for dir := range b.changed {
		if err := syncFolder(b.to, dir); err != nil {
			return err
		}
	}
	return nil
}

func syncFolder(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// makeFolder makes a folder of To and notes those with a new entry.
func (b *backup) makeFolder(dir string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known[dir] {
		return nil
	}
	if err := b.to.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for ; !b.known[dir]; dir = path.Dir(dir) {
		b.known[dir], b.changed[dir] = true, true
	}
	return nil
}
