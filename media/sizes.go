package media

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"time"

	"postern/media/picture"
	"postern/media/poster"
)

// sizeWidths are the widths in pixels of the further sizes, by sizeRoles.
var sizeWidths = [len(sizeRoles)]int{160, 320, 640, 1280, 1920}

// SizeJob is an item that waits for its further sizes.
type SizeJob struct {
	Item     Item
	Attempts int // that failed
	Due      time.Time
}

// SizeIndex is the queue of further sizes in the database. The rules of Index
// hold.
type SizeIndex interface {
	// SizeJobs returns up to limit jobs that are due at now and, where these are
	// all, when the next is due: the zero time for none. What is in the bin
	// waits there without being due.
	SizeJobs(ctx context.Context, now time.Time, limit int) (due []SizeJob, next time.Time, err error)
	// FinishSizeJob records the further sizes of a live item and ends its job.
	// The error is ErrKeyTaken when a key is another's, and wraps
	// fs.ErrNotExist when the item or its job is gone.
	FinishSizeJob(ctx context.Context, it *Item) error
	// PutOffSizeJob counts a failure; the zero time ends all attempts.
	PutOffSizeJob(ctx context.Context, item int64, until time.Time, fault string) error
}

// SizeRoles lists the roles of the further sizes that the item has, smallest
// first.
func (it *Item) SizeRoles() (roles []Role) {
	for i, role := range sizeRoles {
		if it.Sizes[i].Exists() {
			roles = append(roles, role)
		}
	}
	return roles
}

// wantsSizes reports whether there is a further size smaller than the item.
func (l *Library) wantsSizes(it *Item) bool { return l.policy.Sizes && it.Width > sizeWidths[0] }

// AllSizes lists the roles of all further sizes that an item may have,
// smallest first.
func AllSizes() []Role { return sizeRoles[:] }

// SizeWidth returns the width in pixels of a further size, 0 for other roles.
func SizeWidth(role Role) int {
	for i, r := range sizeRoles {
		if r == role {
			return sizeWidths[i]
		}
	}
	return 0
}

// Sizer makes the further sizes of items, off a queue that a crash does not
// empty. Run is for one goroutine.
type Sizer struct {
	Library *Library
	Index   SizeIndex
}

const (
	sizeBatch    = 16
	sizeAttempts = 5    // an item that fails as often is left alone
	maxFault     = 1000 // bytes of what is kept of a failure
)

// Run works the queue off until ctx ends. A job that fails is tried again
// after a minute, then after two, four and eight.
func (z *Sizer) Run(ctx context.Context) {
	for ctx.Err() == nil {
		sleep(ctx, z.once(ctx), z.Library.sizes)
	}
}

// once works off what is due and says how long to sleep.
func (z *Sizer) once(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		jobs, next, err := z.Index.SizeJobs(ctx, z.Library.now(), sizeBatch)
		switch {
		case err != nil:
			z.Library.log.Error("read the queue of sizes", "error", err)
			return retrySleep
		case len(jobs) == 0 && next.IsZero():
			return longestSleep
		case len(jobs) == 0:
			return min(max(next.Sub(z.Library.now()), 0), longestSleep)
		}
		for _, job := range jobs {
			if err := z.settle(ctx, job); err != nil {
				z.Library.log.Error("settle a job of the queue of sizes", "item", job.Item.ID, "error", err)
				return retrySleep
			}
		}
	}
	return 0
}

// settle does one job, or puts it off.
func (z *Sizer) settle(ctx context.Context, job SizeJob) error {
	if err := z.take(ctx, job); err != nil {
		return err
	}
	err := z.make(ctx, job.Item)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	var until time.Time
	switch {
	case errors.Is(err, ErrBusy), errors.Is(err, ErrFull):
		until = z.Library.now().Add(retrySleep)
	case job.Attempts+1 < sizeAttempts:
		until = z.Library.now().Add(retrySleep << job.Attempts)
	}
	z.Library.log.Warn("make the sizes of an item", "item", job.Item.ID, "again", until, "error", err)
	err = z.Index.PutOffSizeJob(ctx, job.Item.Number, until, cutBytes(err.Error(), maxFault))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted meanwhile
	}
	return err
}

// make makes the sizes of one item and keeps them the way of an upload: drafts
// first, then the record, then the keys.
func (z *Sizer) make(ctx context.Context, it Item) error {
	l := z.Library
	if err := l.volume.CheckFloor(); err != nil {
		return err
	}
	defer l.locks.lock(it.ID)()
	d := &Draft{id: it.ID, stage: l.stage, files: make(map[Role]*os.File)}
	defer d.Discard()
	if err := l.deriveSizes(ctx, d, &it); err != nil {
		return fmt.Errorf("derive: %w", err)
	}
	if err := d.sync(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	if err := z.record(ctx, &it); err != nil {
		if !surelyNotRecorded(err) {
			d.leave()
		}
		return fmt.Errorf("record: %w", err)
	}
	err := l.put(ctx, &it, it.SizeRoles())
	d.leave()
	return err
}

// record commits the sizes under keys that nobody has.
func (z *Sizer) record(ctx context.Context, it *Item) error {
	var err error
	for attempt := range maxNameAttempts {
		name := it.ID
		if attempt > 0 {
			name += "-" + randomHex(8)
		}
		for i, role := range sizeRoles {
			if f := &it.Sizes[i]; f.MIME != "" {
				f.Key = path.Join(path.Dir(it.Original.Key), name+"_"+string(role)+"."+extensionOf(f.MIME))
			}
		}
		if err = z.Index.FinishSizeJob(ctx, it); !errors.Is(err, ErrKeyTaken) {
			break
		}
	}
	return err
}

func extensionOf(mime string) string {
	if extension := path.Base(mime); extension != "jpeg" {
		return extension
	}
	return "jpg"
}

// deriveSizes decodes once, and makes each size of the next larger one.
func (l *Library) deriveSizes(ctx context.Context, d *Draft, it *Item) error {
	source := it.Original
	if it.Frame.Exists() { // of a clip, or of a picture that browsers do not show
		source = it.Frame
	}
	f, err := l.store.Open(ctx, source.Key)
	if err != nil {
		return err
	}
	defer f.Close()
	in := &seekReaderAt{r: f}
	info, err := Inspect(in, source.Size, l.policy.Location)
	if err != nil {
		return err
	}
	return l.work.do(ctx, memoryFor(info), func() error {
		m, icc, err := l.decodeUpright(ctx, in, source.Size, info, min(it.Width, sizeWidths[len(sizeWidths)-1]), 0)
		format := info.picture.Format
		if errors.Is(err, ErrUndecoded) {
			m, icc, err, format = poster.Draw(it.Width, it.Height, 0), nil, nil, picture.JPEG
		}
		if err != nil {
			return err
		}
		return l.writeSizes(ctx, d, it, m, format, icc)
	})
}

func (l *Library) writeSizes(ctx context.Context, d *Draft, it *Item, m image.Image, format picture.Format, icc []byte) error {
	for i := len(sizeRoles) - 1; i >= 0; i-- {
		if sizeWidths[i] >= it.Width {
			continue
		}
		m = picture.Fit(m, sizeWidths[i])
		if err := l.writeVariant(ctx, d, it, sizeRoles[i], m, format, icc); err != nil {
			return err
		}
	}
	return nil
}

// seekReaderAt reads a stored file at any place. It is safe for concurrent
// use.
type seekReaderAt struct {
	mu sync.Mutex
	r  io.ReadSeeker
}

func (s *seekReaderAt) ReadAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.r.Seek(off, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(s.r, p)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}
