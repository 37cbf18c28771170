//go:build !mutants

package library

import (
	"context"
	"errors"
	"io/fs"

	"postern/media"
	"postern/storage"
)

// This file holds the steps whose order decides what a crash can leave behind.
// `make mutants` runs the crash proofs against programs that get one of them
// wrong, and expects every one to be caught.

// recordAndPublish commits the record, which reserves the keys, before the
// staged uploads get them. A crash in between leaves staged uploads, which Recover publishes.
func (l *Library) recordAndPublish(ctx context.Context, up Upload, it *media.Item) error {
	if err := l.record(ctx, up, it); err != nil {
		return err
	}
	err := l.publish(ctx, it)
	up.Staged.closeKeepFiles()
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
	keys, numbers := contentsOf(items)
	if err := l.store.Delete(ctx, keys...); err != nil {
		return err
	}
	return l.database.FinishDelete(ctx, numbers...)
}

// settleStaged does with a staged upload what its record says.
func (l *Library) settleStaged(ctx context.Context, name string) error {
	id, role := parseStagedName(name)
	it, err := l.recorded(ctx, id)
	switch {
	case err == nil:
		for _, known := range it.Roles() {
			if role == known {
				return l.store.Put(ctx, storage.Move{Staged: name, Key: it.File(role).Key})
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
