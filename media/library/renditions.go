package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"postern/media"
	"postern/media/notify"
	"postern/media/process"
)

// WantsRenditions reports whether there is a rendition smaller than the item.
func (p Policy) WantsRenditions(it *media.Item) bool {
	return p.Renditions && it.Width > media.RenditionWidths[0]
}

// RenditionWorker makes the renditions of items, off a queue that a crash does not
// empty. Run is for one goroutine.
type RenditionWorker struct {
	Library  *Library
	Database media.RenditionRecords
}

const (
	renditionBatch    = 16
	renditionAttempts = 5    // an item that fails as often is left alone
	maxFault          = 1000 // bytes of what is kept of a failure

	maxRenditionWait = time.Minute // until the queue sees what another process has added
)

// Run works the queue off until ctx ends. A job that fails is tried again
// after a minute, then after two, four and eight.
func (z *RenditionWorker) Run(ctx context.Context) {
	for ctx.Err() == nil {
		notify.Wait(ctx, z.once(ctx), z.Library.renditionSignal)
	}
}

// once works off what is due and says how long to sleep.
func (z *RenditionWorker) once(ctx context.Context) time.Duration {
	if z.Library.store.Remote() {
		return z.onceRemote(ctx)
	}
	for ctx.Err() == nil {
		jobs, next, err := z.Database.RenditionJobs(ctx, z.Library.Now(), renditionBatch)
		switch {
		case err != nil:
			z.Library.log.Error("read the queue of renditions", "error", err)
			return notify.RetryWait
		case len(jobs) == 0 && next.IsZero():
			return maxRenditionWait
		case len(jobs) == 0:
			return min(max(next.Sub(z.Library.Now()), 0), maxRenditionWait)
		}
		for _, job := range jobs {
			if err := z.settle(ctx, job); err != nil {
				z.Library.log.Error("settle a job of the queue of renditions", "item", job.Item.ID, "error", err)
				return notify.RetryWait
			}
		}
	}
	return 0
}

// onceRemote is once where other gateways work the same queue off: each job is claimed.
func (z *RenditionWorker) onceRemote(ctx context.Context) time.Duration {
	l := z.Library
	for ctx.Err() == nil {
		job, next, err := z.Database.ClaimRenditionJob(ctx, l.Now(), l.Now().Add(l.times.lease))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if next.After(l.Now()) {
				return min(next.Sub(l.Now()), l.times.look)
			}
			return l.times.look
		case err != nil:
			l.log.Error("claim a job of the queue of renditions", "error", err)
			return notify.RetryWait
		}
		if err := z.settleRemote(ctx, job); err != nil {
			l.log.Error("settle a job of the queue of renditions", "item", job.Item.ID, "error", err)
			return notify.RetryWait
		}
	}
	return 0
}

// settleRemote does one claimed job, or puts it off. One that nobody has released has
// ended a gateway.
func (z *RenditionWorker) settleRemote(ctx context.Context, job media.RenditionJob) error {
	err := errors.New("attempts were cut off")
	if job.Attempts <= renditionAttempts {
		err = z.make(ctx, job)
	}
	return z.putOff(ctx, job, job.Attempts, err, func(until time.Time, fault string) error {
		return z.Database.ReleaseRenditionJob(ctx, job.Item.Number, job.Attempts, until, fault)
	})
}

// settle does one job, or puts it off.
func (z *RenditionWorker) settle(ctx context.Context, job media.RenditionJob) error {
	if err := z.claim(ctx, job); err != nil {
		return err
	}
	return z.putOff(ctx, job, job.Attempts+1, z.make(ctx, job), func(until time.Time, fault string) error {
		return z.Database.PostponeRenditionJob(ctx, job.Item.Number, until, fault)
	})
}

// putOff has a job that failed so many times done again later, or no more. A job that is
// done, deleted or another gateway's by now needs nothing.
func (z *RenditionWorker) putOff(ctx context.Context, job media.RenditionJob, failures int, err error, record func(until time.Time, fault string) error) error {
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	var until time.Time
	switch {
	case errors.Is(err, media.ErrBusy), errors.Is(err, media.ErrFull), errors.Is(err, media.ErrUnavailable):
		until = z.Library.Now().Add(notify.RetryWait)
	case failures < renditionAttempts:
		until = z.Library.Now().Add(notify.RetryWait << (failures - 1))
	}
	z.Library.log.Warn("make the renditions of an item", "item", job.Item.ID, "again", until, "error", err)
	if err = record(until, media.CutBytes(err.Error(), maxFault)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// make makes the renditions of one item and keeps them the way of an upload: staged uploads
// first, then the record, then the keys.
func (z *RenditionWorker) make(ctx context.Context, job media.RenditionJob) error {
	l, it := z.Library, job.Item
	if err := l.volume.CheckMinFree(); err != nil {
		return err
	}
	defer l.locks.lock(it.ID)()
	if !it.Thumb.Exists() && !l.store.Remote() {
		if err := z.makeVariants(ctx, &it); err != nil {
			return fmt.Errorf("make a thumb: %w", err)
		}
	}
	if !l.Policy().WantsRenditions(&it) {
		return z.Database.FinishRenditionJob(ctx, &it)
	}
	d := process.StagedFor(it.ID, l.staging)
	defer d.Abort()
	if err := l.deriveRenditions(ctx, d, &it); err != nil {
		return fmt.Errorf("derive: %w", err)
	}
	if l.store.Remote() {
		return z.makeRemote(ctx, &it, job.Attempts)
	}
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	if err := z.record(&it, func() error { return z.Database.FinishRenditionJob(ctx, &it) }); err != nil {
		if !SurelyNotRecorded(err) {
			d.CloseKeepFiles()
		}
		return fmt.Errorf("record: %w", err)
	}
	err := l.put(ctx, &it, it.RenditionRoles())
	d.CloseKeepFiles()
	return err
}

// makeVariants makes what an imported item lacks of thumb, medium and frame, and
// publishes it as an upload.
func (z *RenditionWorker) makeVariants(ctx context.Context, it *media.Item) error {
	l := z.Library
	original, err := l.Files.Open(ctx, it.Original)
	if err != nil {
		return err
	}
	defer original.Close()
	whole := *it
	roles, err := l.StageMissing(ctx, original, it.Original.Size, &whole)
	if err != nil {
		return err
	}
	if err := l.staging.Sync(); err != nil {
		return err
	}
	err = l.underFreeKeys(&whole, it.Original.Name(), roles, func(stem string, role media.Role) string {
		return stem + media.Suffixes[role] + "." + media.ExtensionFor(whole.File(role).MIME, it.Original.Key)
	}, func() error { return z.Database.AddFiles(ctx, &whole, roles) })
	if err != nil {
		return err
	}
	*it = whole
	return l.put(ctx, it, roles)
}

// record commits the renditions under keys that nobody has.
func (z *RenditionWorker) record(it *media.Item, commit func() error) error {
	var roles []media.Role
	for _, role := range media.RenditionRoles {
		if it.File(role).MIME != "" {
			roles = append(roles, role)
		}
	}
	return z.Library.underFreeKeys(it, it.ID, roles, func(stem string, role media.Role) string {
		return stem + "_" + string(role) + "." + media.RenditionExtension(it.File(role).MIME)
	}, commit)
}

// underFreeKeys gives files of an item keys beside its original, and commits them. It
// tries other keys while commit finds that one of them is taken.
func (l *Library) underFreeKeys(it *media.Item, name string, roles []media.Role, key func(stem string, role media.Role) string, commit func() error) (err error) {
	for attempt := range maxNameAttempts {
		stem := path.Join(path.Dir(it.Original.Key), name)
		if attempt > 0 {
			stem += "-" + media.RandomHex(8)
		}
		for _, role := range roles {
			it.File(role).Key = key(stem, role)
		}
		l.nameObjects(it, roles)
		if err = commit(); !errors.Is(err, media.ErrKeyTaken) {
			break
		}
	}
	return err
}

// deriveRenditions makes the renditions of an item in staging, of what browsers show of it.
func (l *Library) deriveRenditions(ctx context.Context, d *process.StagedUpload, it *media.Item) error {
	source := it.Original
	if it.Frame.Exists() { // of a video, or of a picture that browsers do not show
		source = it.Frame
	}
	f, err := l.Files.Fetch(ctx, source)
	if err != nil {
		return err
	}
	defer f.Close()
	return l.process.Renditions(ctx, d, it, f, source.Size)
}
