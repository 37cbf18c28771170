//go:build !mutants

package library

import (
	"context"
	"errors"
	"io/fs"

	"postern/media"
	"postern/media/process"
	"postern/storage"
)

// This file holds the steps whose order decides what a crash can leave behind.
// `make mutants` runs the crash proofs against programs that get one of them
// wrong, and expects every one to be caught.

// recordAndPublish commits the record, which reserves the keys, before the
// staged uploads get them. A crash in between leaves staged uploads, which Recover publishes.
func (l *Library) recordAndPublish(ctx context.Context, up Upload, it *media.Item) error {
	if l.store.Remote() {
		return l.reserveAndArrive(ctx, up, it)
	}
	if err := l.record(ctx, up, it); err != nil {
		return err
	}
	err := l.publish(ctx, it)
	up.Staged.CloseKeepFiles()
	if err != nil {
		l.undo(ctx, it)
	}
	return err
}

// beginDelete marks an item as deleting before any of its bytes go.
func (l *Library) beginDelete(ctx context.Context, id string) (media.Item, error) {
	return l.database.BeginDelete(ctx, id)
}

// finishDelete removes the bytes and then the records of deleting items.
func (l *Library) finishDelete(ctx context.Context, items ...media.Item) error {
	objects, numbers := contentsOf(items)
	began := l.Now()
	if err := l.store.Delete(ctx, objects...); err != nil {
		return err
	}
	if l.store.Remote() {
		// What is still being put comes too late for this deletion.
		return l.database.FinishWithdrawal(ctx, began, l.times.grace, numbers...)
	}
	return l.database.FinishDelete(ctx, numbers...)
}

// settleStaged does with a staged file what its record says: it is published, or removed when
// no item has it.
func (l *Library) settleStaged(ctx context.Context, name string) error {
	id, role := process.ParseStagedName(name)
	it, err := l.recorded(ctx, id)
	switch {
	case err == nil:
		for _, known := range it.Roles() {
			if role == known {
				return l.store.Put(ctx, storage.Move{Staged: name, Key: it.File(role).Stored()})
			}
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return l.staging.Remove(name)
}

// claim leaves a job in the queue as it is: it ends in the commit that records
// the sizes, and not before.
func (z *RenditionWorker) claim(context.Context, media.RenditionJob) error { return nil }
