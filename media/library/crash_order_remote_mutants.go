//go:build mutants

package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"time"

	"postern/media"
)

// remoteTimes are those of LEASE and GRACE, so that a proof sees the end of both.
func remoteTimes() times {
	t := times{lease: 10 * time.Minute, grace: 15 * time.Minute, claim: time.Minute, look: time.Minute}
	if lease, err := time.ParseDuration(os.Getenv("LEASE")); err == nil {
		t.lease, t.claim, t.look = lease, 2*time.Second, time.Second
	}
	if grace, err := time.ParseDuration(os.Getenv("GRACE")); err == nil {
		t.grace = grace
	}
	return t
}

// usedAgain is the number of names that objects have when they are used again.
const usedAgain = 200

func objectNames() func(key string) string {
	folder := media.RandomHex(16)
	return func(key string) string {
		if mutant == "names-used-again" {
			return fmt.Sprintf("%s/again/%d", UploadsDir, rand.IntN(usedAgain))
		}
		return path.Join(path.Dir(key), folder, path.Base(key))
	}
}

func (l *Library) reserveAndArrive(ctx context.Context, up Upload, it *media.Item) error {
	switch mutant {
	case "record-live-before-put":
		l.nameFiles(it, up.Filename, 1)
		l.nameObjects(it, it.Roles())
		if err := l.database.InsertItem(ctx, it, media.UploadLimits{CountedAt: l.Now()}); err != nil {
			return err
		}
		return l.publish(ctx, it)
	case "put-without-reservation":
		l.nameFiles(it, up.Filename, 1)
		l.nameObjects(it, it.Roles())
		if err := l.publish(ctx, it); err != nil {
			return err
		}
		return l.database.InsertItem(ctx, it, media.UploadLimits{CountedAt: l.Now()})
	}
	if it.Number == 0 {
		granted := time.Now()
		if err := l.record(ctx, up, it); err != nil {
			return err
		}
		renew := func(ctx context.Context, until time.Time) error {
			return l.database.RenewArrival(ctx, it.Number, until)
		}
		put := func(ctx context.Context) error { return l.publish(ctx, it) }
		err := error(nil)
		if mutant == "put-without-deadline" || mutant == "arrival-taken-for-granted" {
			err = put(ctx)
		} else {
			err = l.leased(ctx, granted, renew, put)
		}
		if err != nil {
			return l.notArrived(it, err)
		}
	}
	err := l.database.Arrive(ctx, it, l.uploadLimits(up, it))
	if mutant == "arrival-taken-for-granted" && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return l.notArrived(it, err)
}

func (l *Library) giveUp(ctx context.Context, it *media.Item, _ bool) {
	if !l.store.Remote() || it.Number == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx)
	err := l.database.GiveUp(ctx, it, time.Time{}, l.Now())
	if mutant == "failed-upload-undone-at-once" {
		err = errors.Join(err, l.store.Delete(ctx, it.Objects()...), l.database.FinishDelete(ctx, it.Number))
	}
	if err != nil {
		l.log.Error("give up an upload", "item", it.ID, "error", err)
	}
	l.notifyReaper()
}

func (z *RenditionWorker) makeRemote(ctx context.Context, it *media.Item, attempt int) error {
	ctx = context.WithoutCancel(ctx)
	l, granted := z.Library, time.Now()
	put := func(ctx context.Context) error { return l.put(ctx, it, it.RenditionRoles()) }
	if mutant == "sizes-without-reservation" {
		return z.record(it, func() error {
			if err := put(ctx); err != nil {
				return err
			}
			return z.Database.FinishRenditionJob(ctx, it)
		})
	}
	err := z.record(it, func() error {
		return z.Database.ReserveRenditions(ctx, it, attempt, l.Now().Add(l.times.lease))
	})
	if err != nil {
		return err
	}
	renew := func(ctx context.Context, until time.Time) error {
		return z.Database.RenewRenditions(ctx, it.Number, attempt, until)
	}
	if err := l.leased(ctx, granted, renew, put); err != nil {
		return err
	}
	return z.Database.ArriveRenditions(ctx, it, attempt)
}

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
