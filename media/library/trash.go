package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"postern/media"
	"postern/media/notify"
)

// Trash is where items wait for their removal, out of everyone's sight. It is safe for
// concurrent use.
type Trash struct{ library *Library }

// Move deletes an item in the way that can be undone: it is in the trash,
// served and listed nowhere, until Policy.Undo has passed, and is then removed
// by the reaper. Until then its end of life still counts. What an admin deletes
// of others goes at once, for they are not to have it back. The error wraps
// fs.ErrNotExist when there is no such item that the caller may change.
func (t *Trash) Move(ctx context.Context, by media.Caller, id string) (media.Item, error) {
	l := t.library
	it, err := l.ownItem(ctx, by, id)
	if err != nil {
		return media.Item{}, fmt.Errorf("move item to trash: %w", err)
	}
	if !t.CanUndo(by, it) {
		return it, l.DeleteBy(ctx, by, it)
	}
	ctx = context.WithoutCancel(ctx)
	defer l.locks.lock(id)()
	until := media.RoundUp(l.Policy().Undo.After(l.Now().UTC()))
	err = l.despiteFull(func() (err error) { it, err = l.database.MoveToTrash(ctx, id, until); return err })
	if err != nil {
		return media.Item{}, fmt.Errorf("move item to trash: %w", err)
	}
	l.notifyReaper()
	return it, nil
}

// MoveAlbum deletes the items of an album, as Selections.MoveToTrash does, and then the
// album. A large one goes in parts: of a call that was cut off, another one does the rest.
func (t *Trash) MoveAlbum(ctx context.Context, by media.Caller, slug string) error {
	l := t.library
	a, err := l.Albums.own(ctx, by, slug)
	if err != nil {
		return fmt.Errorf("delete album: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	for {
		q := media.ItemQuery{AlbumID: a.ID, UserID: a.UserID, Limit: media.MaxSelection, Filter: media.Everything(l.Now())}
		items, err := l.database.Items(ctx, q)
		if err != nil {
			return fmt.Errorf("delete album: %w", err)
		}
		sel := media.Selection{Skip: true}
		for _, it := range items {
			sel.IDs = append(sel.IDs, it.ID)
		}
		var none *media.SelectionError
		if len(items) > 0 {
			_, err = l.Selections.MoveToTrash(ctx, by, sel)
		}
		if len(items) == 0 || errors.As(err, &none) {
			return l.Albums.Delete(ctx, by, slug)
		}
		if err != nil {
			return fmt.Errorf("delete album: %w", err)
		}
	}
}

// CanUndo reports whether the caller could restore an item after Move.
func (t *Trash) CanUndo(by media.Caller, it media.Item) bool {
	return !t.library.Policy().Undo.IsZero() && by.User.ID == it.UserID
}

// Restore takes an item out of the trash. The error wraps fs.ErrNotExist when it
// is not there any more, or is not the caller's to change.
func (t *Trash) Restore(ctx context.Context, by media.Caller, id string) (media.Item, error) {
	l := t.library
	it, err := l.trashed(ctx, by, id)
	if err != nil {
		return media.Item{}, fmt.Errorf("restore item: %w", err)
	}
	defer l.locks.lock(id)()
	it, err = l.database.Restore(l.audited(ctx, by, "item.restore", it), id, l.Now())
	if err != nil {
		return media.Item{}, fmt.Errorf("restore item: %w", err)
	}
	l.afterRestore(it)
	return it, nil
}

// afterRestore tells the workers of an item that is out of the trash.
func (l *Library) afterRestore(it media.Item) {
	if it.Unprocessed {
		notify.Send(l.renditionSignal)
	}
	if it.Waits() {
		notify.Send(l.Moderation.Pending)
	}
}

// Purge removes an item in the trash permanently. The error wraps
// fs.ErrNotExist as that of Restore does.
func (t *Trash) Purge(ctx context.Context, by media.Caller, id string) error {
	l := t.library
	it, err := l.trashed(ctx, by, id)
	if err != nil {
		return fmt.Errorf("purge item: %w", err)
	}
	return l.DeleteBy(ctx, by, it)
}

// trashed returns an item that is in the trash. The error wraps fs.ErrNotExist
// when there is no such item of the caller's; what a deleted user has left is
// every admin's.
func (l *Library) trashed(ctx context.Context, by media.Caller, id string) (media.Item, error) {
	it, err := l.database.Trashed(ctx, id)
	if err == nil && !l.mayHaveBack(by, &it) {
		err = media.ErrNotOwner
	}
	return it, err
}

// mayHaveBack reports whether the caller may take an item out of the trash now.
func (l *Library) mayHaveBack(by media.Caller, it *media.Item) bool {
	return by.MayHaveBack(it) && !it.Expired(l.Now()) && l.Now().Before(it.PurgeAt)
}

// ownItem returns a live item that the caller may change.
func (l *Library) ownItem(ctx context.Context, by media.Caller, id string) (media.Item, error) {
	it, err := l.database.Item(ctx, id)
	if err == nil && !l.mayChange(by, &it) {
		err = media.ErrNotOwner
	}
	return it, err
}

func (l *Library) mayChange(by media.Caller, it *media.Item) bool {
	return by.MayChange(it.UserID) && !it.Expired(l.Now())
}

// recorded returns a live item, in the trash or not.
func (l *Library) recorded(ctx context.Context, id string) (media.Item, error) {
	it, err := l.database.Item(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		it, err = l.database.Trashed(ctx, id)
	}
	return it, err
}

// nextEnd is when the next item has to be removed; the error wraps
// fs.ErrNotExist when none has.
func (l *Library) nextEnd(ctx context.Context) (time.Time, error) {
	expiry, err := l.database.NextExpiry(ctx)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, err
	}
	purge, purgeErr := l.database.NextPurge(ctx)
	if errors.Is(purgeErr, fs.ErrNotExist) {
		return expiry, err
	}
	if purgeErr != nil {
		return time.Time{}, purgeErr
	}
	return media.Earlier(expiry, purge), nil
}
