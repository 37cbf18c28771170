//go:build !mutants

package library

import (
	"context"
	"path"
	"time"

	"postern/media"
)

// This file holds the steps whose order decides what is left beside a remote store
// when a gateway dies or stops, or when what it asked for is carried out late. `make
// cluster` runs the proofs against programs that get one of them wrong.

// remoteTimes are those of every server.
func remoteTimes() times {
	return times{lease: 10 * time.Minute, grace: 15 * time.Minute, claim: time.Minute, look: time.Minute}
}

// objectNames names the objects of some files as none was ever named: a folder with a
// new name is in their path. The last element stays the file's name.
func objectNames() func(key string) string {
	folder := media.RandomHex(16)
	return func(key string) string { return path.Join(path.Dir(key), folder, path.Base(key)) }
}

// reserveAndArrive commits a record that nobody sees, puts the files under its lease
// and makes the item live. A *TwinError leaves it arriving: another call goes on there.
func (l *Library) reserveAndArrive(ctx context.Context, up Upload, it *media.Item) error {
	if it.Number == 0 {
		granted := time.Now()
		if err := l.record(ctx, up, it); err != nil {
			return err
		}
		renew := func(ctx context.Context, until time.Time) error {
			return l.database.RenewArrival(ctx, it.Number, until)
		}
		err := l.leased(ctx, granted, renew, func(ctx context.Context) error { return l.publish(ctx, it) })
		if err != nil {
			return l.notArrived(it, err)
		}
	}
	return l.notArrived(it, l.database.Arrive(ctx, it, l.uploadLimits(up, it)))
}

// giveUp ends an item that has not arrived, unless it has after all. Its objects are
// the reaper's: what seems to have failed may still be carried out. One that others of the
// same bytes were before is no upload of the day, as it is none with a disk.
func (l *Library) giveUp(ctx context.Context, it *media.Item, repeated bool) {
	if !l.store.Remote() || it.Number == 0 {
		return
	}
	var counted time.Time
	if repeated {
		counted = l.Now()
	}
	if err := l.database.GiveUp(context.WithoutCancel(ctx), it, counted, l.Now()); err != nil {
		l.log.Error("give up an upload", "item", it.ID, "error", err)
	}
	l.notifyReaper()
}

// makeRemote makes the renditions of a claimed job: reserved, put, recorded as put.
func (z *RenditionWorker) makeRemote(ctx context.Context, it *media.Item, attempt int) error {
	ctx = context.WithoutCancel(ctx)
	l, granted := z.Library, time.Now()
	err := z.record(it, func() error {
		return z.Database.ReserveRenditions(ctx, it, attempt, l.Now().Add(l.times.lease))
	})
	if err != nil {
		return err
	}
	renew := func(ctx context.Context, until time.Time) error {
		return z.Database.RenewRenditions(ctx, it.Number, attempt, until)
	}
	err = l.leased(ctx, granted, renew, func(ctx context.Context) error { return l.put(ctx, it, it.RenditionRoles()) })
	if err != nil {
		return err
	}
	return z.Database.ArriveRenditions(ctx, it, attempt)
}

// withdrawFiles deletes what was put for live items and never recorded, once nothing
// can be put late any more.
func (l *Library) withdrawFiles(ctx context.Context) error {
	for {
		objects, err := l.database.WithdrawFiles(ctx, l.Now().Add(-l.times.grace), reapBatch)
		if err != nil || len(objects) == 0 {
			return err
		}
		if err := l.store.Delete(ctx, objects...); err != nil {
			return err
		}
		if err := l.database.ForgetFiles(ctx, objects...); err != nil {
			return err
		}
	}
}
