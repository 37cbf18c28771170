//go:build mutants

package library

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"postern/media"
	"postern/media/process"
	"postern/storage"
)

// mutant names the step that this program gets wrong. It is for the crash
// proofs and for nothing else.
var mutant = os.Getenv("MUTANT")

func (l *Library) recordAndPublish(ctx context.Context, up Upload, it *media.Item) error {
	if l.store.Remote() {
		return l.reserveAndArrive(ctx, up, it)
	}
	steps := []func() error{
		func() error { return l.record(ctx, up, it) },
		func() error { return l.publish(ctx, it) },
	}
	if mutant == "publish-first" {
		l.nameFiles(it, up.Filename, 1)
		steps = []func() error{steps[1], func() error { return l.database.InsertItem(ctx, it, l.uploadLimits(up, it)) }}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	up.Staged.CloseKeepFiles()
	return nil
}

func (l *Library) beginDelete(ctx context.Context, id string) (media.Item, error) {
	if mutant == "unlink-first" {
		it, err := l.database.Item(ctx, id)
		if err != nil {
			return it, err
		}
		if err := l.store.Delete(ctx, it.Objects()...); err != nil {
			return it, err
		}
	}
	return l.database.BeginDelete(ctx, id)
}

func (l *Library) finishDelete(ctx context.Context, items ...media.Item) error {
	objects, numbers := contentsOf(items)
	began := l.Now()
	bytes := func() error { return l.store.Delete(ctx, objects...) }
	records := func() error { return l.database.FinishDelete(ctx, numbers...) }
	if l.store.Remote() && mutant != "no-second-deletion" && mutant != "record-removed-first" {
		records = func() error { return l.database.FinishWithdrawal(ctx, began, l.times.grace, numbers...) }
	}
	if mutant == "record-removed-first" {
		bytes, records = records, bytes
	}
	if err := bytes(); err != nil {
		return err
	}
	return records()
}

func (l *Library) settleStaged(ctx context.Context, name string) error {
	id, role := process.ParseStagedName(name)
	it, err := l.recorded(ctx, id)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && slices.Contains(it.Roles(), role) && mutant != "record-first-without-stage" {
		return l.store.Put(ctx, storage.Move{Staged: name, Key: it.File(role).Stored()})
	}
	return l.staging.Remove(name)
}

func (z *RenditionWorker) claim(ctx context.Context, job media.RenditionJob) error {
	if mutant != "size-job-taken-first" {
		return nil
	}
	return z.Database.PostponeRenditionJob(ctx, job.Item.Number, time.Time{}, "in work")
}
