package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"postern/media"
)

// Selections are items that are read or changed together: all of them or, where the
// selection says so, those that can be. It is safe for concurrent use.
type Selections struct{ library *Library }

// SelectionEdit is a change of many items. Fields that are nil or empty stay unchanged.
type SelectionEdit struct {
	Album      *string // slug or exact title of an album; "" for none
	NewAlbum   string  // title of an album of the caller's to make for the items
	AddTags    []string
	RemoveTags []string  // in any spelling
	Expiration *string   // from now on, see ParseExpiration; "" for never
	Expired    time.Time // the end that they had before, instead, see Bounds.Again; zero for none
	NSFW       *bool
	Visibility *media.Visibility
}

// Edit changes items of one user's in one transaction. The error is a
// *media.SelectionError if one of them cannot be changed and the selection does not skip
// it, and otherwise as that of Library.EditItem; ErrNoTitle for a new album without a title.
func (s *Selections) Edit(ctx context.Context, by media.Caller, sel media.Selection, e SelectionEdit) (media.Selected, error) {
	l := s.library
	change, err := l.itemsChange(e)
	if err != nil {
		return media.Selected{}, fmt.Errorf("edit items: %w", err)
	}
	album, err := l.selectedAlbum(ctx, by, e)
	if err != nil {
		return media.Selected{}, fmt.Errorf("edit items: %w", err)
	}
	may := func(it *media.Item) media.Reason {
		switch {
		case !it.PurgeAt.IsZero() || !l.mayChange(by, it):
			return media.ReasonGone
		case album.UserID != 0 && it.UserID != album.UserID:
			return media.ReasonOwner
		case len(e.AddTags) > 0 && checkWords("", retagged(it.Tags, e)) != nil:
			return media.ReasonTags
		}
		return ""
	}
	done, err := l.changeSelection(ctx, sel, may, func(chosen media.Selected) error {
		if e.NewAlbum != "" && album.ID == 0 {
			if album, err = l.Albums.Add(ctx, by, e.NewAlbum); err != nil {
				return err
			}
		}
		if e.Album != nil || e.NewAlbum != "" {
			change.AlbumID, change.By = &album.ID, by.User.ID
		}
		return l.database.UpdateItems(l.audited(ctx, by, "item.edit", chosen.Items...), chosen.Numbers(), change, l.Now())
	})
	if err == nil && change.ExpiresAt != nil {
		l.notifyReaper()
	}
	return done, err
}

// Claim makes items of guests the caller's own. A claim is an item's ID, a dot, and the token
// of its delete link, which only who uploaded the item was given. Claims that do not hold
// are left out. The error is a *media.QuotaError if the caller's quota has no room for all of
// the items; none of them changes hands then.
func (s *Selections) Claim(ctx context.Context, by media.Caller, claims []string) error {
	l := s.library
	var sel media.Selection
	for _, claim := range claims {
		if id, token, _ := strings.Cut(claim, "."); media.ValidID(id) && l.Secret.CheckDeleteToken(id, token) {
			sel.IDs = append(sel.IDs, id)
		}
	}
	if len(sel.IDs) == 0 {
		return nil
	}
	usage, quota, err := l.Quotas.Of(ctx, by)
	if err != nil {
		return fmt.Errorf("claim items: %w", err)
	}
	sel.Skip = true
	_, err = l.changeSelection(ctx, sel, func(it *media.Item) media.Reason {
		if !it.PurgeAt.IsZero() || it.Expired(l.Now()) || !by.MayClaim(it) {
			return media.ReasonGone
		}
		return ""
	}, func(chosen media.Selected) error {
		room, held := media.UploadLimits{Quota: media.Quota{Bytes: quota.Bytes, Items: quota.Items}}, usage // they are no new uploads
		for i := range chosen.Items {
			bytes := chosen.Items[i].Bytes()
			if err := room.Check(held, bytes); err != nil {
				return err
			}
			held.Items, held.Bytes = held.Items+1, held.Bytes+bytes
		}
		return l.database.GiveItems(ctx, chosen.Numbers(), by.User.ID)
	})
	var none *media.SelectionError
	if err != nil && !errors.As(err, &none) {
		return fmt.Errorf("claim items: %w", err)
	}
	return nil
}

// Give makes items those of another user. They leave their albums, and what the password of an
// album closed becomes private. The error wraps ErrForbidden
// if the caller is no admin, and is otherwise as that of Edit.
func (s *Selections) Give(ctx context.Context, by media.Caller, sel media.Selection, to media.User) (media.Selected, error) {
	l := s.library
	if !by.MayAdminister() {
		return media.Selected{}, fmt.Errorf("give items to another user: %w", media.ErrForbidden)
	}
	return l.changeSelection(ctx, sel, func(it *media.Item) media.Reason {
		if !it.PurgeAt.IsZero() || it.Expired(l.Now()) {
			return media.ReasonGone
		}
		return ""
	}, func(chosen media.Selected) error {
		var entries []media.AuditEntry
		for _, id := range chosen.IDs() {
			entries = append(entries, media.AuditEntry{
				At: l.Now(), UserID: by.User.ID, By: by.User.Name, Action: "item.move", Subject: id, Detail: to.Name,
			})
		}
		return l.database.GiveItems(media.WithAudit(ctx, entries...), chosen.Numbers(), to.ID)
	})
}

// SetCover makes the one item of a selection the cover of its album, or leaves that without
// a chosen one. It returns the cover before, "" for none. The error is ErrOneItem for
// several, and otherwise as that of Edit.
func (s *Selections) SetCover(ctx context.Context, by media.Caller, sel media.Selection, none bool) (done media.Selected, before string, err error) {
	l := s.library
	if len(sel.IDs) > 1 {
		return media.Selected{}, "", media.ErrOneItem
	}
	done, err = l.changeSelection(ctx, sel, func(it *media.Item) media.Reason {
		if !it.PurgeAt.IsZero() || it.AlbumID == 0 || !l.mayChange(by, it) {
			return media.ReasonGone
		}
		return ""
	}, func(chosen media.Selected) error {
		it := chosen.Items[0]
		if cover, err := l.Albums.records.AlbumCover(ctx, it.AlbumID, l.Now()); err == nil {
			before = cover.ID
		}
		change := l.Albums.records.SetAlbumCover
		if none {
			change = l.Albums.records.ClearAlbumCover
		}
		return change(l.audited(ctx, by, "item.edit", it), it.Number)
	})
	return done, before, err
}

func (l *Library) itemsChange(e SelectionEdit) (media.ItemsChange, error) {
	change := media.ItemsChange{AddTags: e.AddTags, RemoveTags: e.RemoveTags, NSFW: e.NSFW, Visibility: e.Visibility}
	if !e.Expired.IsZero() {
		at := l.Policy().Expiration.Again(e.Expired, l.Now())
		change.ExpiresAt = &at
	}
	if e.Expiration == nil {
		return change, nil
	}
	at, err := media.ParseExpiration(*e.Expiration, l.Now(), l.Policy().Expiration)
	change.ExpiresAt = &at
	return change, err
}

// selectedAlbum returns the album that an edit names: one of the caller's, or by its
// slug another one that the caller may change. A new one has only its owner.
func (l *Library) selectedAlbum(ctx context.Context, by media.Caller, e SelectionEdit) (media.Album, error) {
	if e.NewAlbum != "" {
		_, err := albumTitle(e.NewAlbum)
		return media.Album{UserID: by.User.ID}, err
	}
	if e.Album == nil || *e.Album == "" {
		return media.Album{}, nil
	}
	if a, err := l.Albums.own(ctx, by, *e.Album); err == nil {
		return a, nil
	}
	id, err := l.Albums.titled(ctx, *e.Album, by.User.ID)
	return media.Album{ID: id, UserID: by.User.ID}, err
}

// retagged are the tags that an item has after an edit.
func retagged(tags []string, e SelectionEdit) []string {
	has := func(tags []string, name string) bool {
		return slices.ContainsFunc(tags, func(other string) bool { return media.FoldTag(other) == media.FoldTag(name) })
	}
	tags = slices.DeleteFunc(slices.Clone(tags), func(name string) bool { return has(e.RemoveTags, name) })
	for _, name := range e.AddTags {
		if !has(tags, name) {
			tags = append(tags, name)
		}
	}
	return tags
}

// MoveToTrash deletes items as Trash.Move does: items that the caller could not
// restore are removed permanently. The error is like that of Edit.
func (s *Selections) MoveToTrash(ctx context.Context, by media.Caller, sel media.Selection) (media.Selected, error) {
	l := s.library
	ctx = context.WithoutCancel(ctx)
	now := l.Now().UTC()
	return l.endSelection(ctx, sel, func(it *media.Item) media.Reason {
		if !it.PurgeAt.IsZero() || !l.mayChange(by, it) {
			return media.ReasonGone
		}
		return ""
	}, func(chosen media.Selected) error {
		var kept, ended []int64
		for _, it := range chosen.Items {
			if l.Trash.CanUndo(by, it) {
				kept = append(kept, it.Number)
			} else {
				ended = append(ended, it.Number)
			}
		}
		// An item whose time in the trash is over at once is the reaper's.
		if len(ended) > 0 {
			if err := l.database.MoveItemsToTrash(l.audited(ctx, by, "item.delete", chosen.Items...), ended, now); err != nil || len(kept) == 0 {
				return err
			}
		}
		return l.database.MoveItemsToTrash(ctx, kept, media.RoundUp(l.Policy().Undo.After(now)))
	})
}

// Purge removes items in the trash permanently. The error is as that of Edit.
func (s *Selections) Purge(ctx context.Context, by media.Caller, sel media.Selection) (media.Selected, error) {
	l := s.library
	ctx = context.WithoutCancel(ctx)
	return l.endSelection(ctx, sel, l.trashedBy(by), func(chosen media.Selected) error {
		return l.database.PurgeItems(l.audited(ctx, by, "item.delete", chosen.Items...), chosen.Numbers(), l.Now())
	})
}

func (l *Library) endSelection(ctx context.Context, sel media.Selection, may func(*media.Item) media.Reason,
	end func(media.Selected) error) (media.Selected, error) {
	var done media.Selected
	err := l.despiteFull(func() (err error) {
		done, err = l.changeSelection(ctx, sel, may, end)
		return err
	})
	if err == nil {
		l.notifyReaper()
	}
	return done, err
}

// Restore takes items out of the trash. The error is as that of Edit.
func (s *Selections) Restore(ctx context.Context, by media.Caller, sel media.Selection) (media.Selected, error) {
	l := s.library
	done, err := l.changeSelection(ctx, sel, l.trashedBy(by), func(chosen media.Selected) error {
		return l.database.RestoreItems(l.audited(ctx, by, "item.restore", chosen.Items...), chosen.Numbers(), l.Now())
	})
	for _, it := range done.Items {
		l.afterRestore(it)
	}
	return done, err
}

func (l *Library) trashedBy(by media.Caller) func(*media.Item) media.Reason {
	return func(it *media.Item) media.Reason {
		if it.PurgeAt.IsZero() || !l.mayHaveBack(by, it) {
			return media.ReasonGone
		}
		return ""
	}
}

// Find returns the items of a selection that are not in the trash and that the viewer
// may see. The error is as that of Edit.
func (s *Selections) Find(ctx context.Context, v media.Viewer, sel media.Selection) (media.Selected, error) {
	l := s.library
	if err := sel.Tidy(); err != nil {
		return media.Selected{}, err
	}
	rule := l.Rule()
	return l.choose(ctx, sel, func(it *media.Item) media.Reason {
		if !it.PurgeAt.IsZero() || rule.Item(v, it) != nil {
			return media.ReasonGone
		}
		return ""
	})
}

// changeSelection changes the items of a selection that may be changed. What another process
// changes meanwhile is looked at again, once.
func (l *Library) changeSelection(ctx context.Context, sel media.Selection, may func(*media.Item) media.Reason,
	change func(media.Selected) error) (media.Selected, error) {
	if err := sel.Tidy(); err != nil {
		return media.Selected{}, err
	}
	// All selections lock their items in the same order.
	for _, id := range slices.Sorted(slices.Values(sel.IDs)) {
		defer l.locks.lock(id)()
	}
	for again := false; ; again = true {
		done, err := l.choose(ctx, sel, may)
		if err == nil {
			err = change(done)
		}
		if err == nil {
			return done, nil
		}
		if again || !errors.Is(err, fs.ErrNotExist) {
			return media.Selected{}, err
		}
	}
}

// choose reads the items of a selection, and leaves out those that may not be changed.
func (l *Library) choose(ctx context.Context, sel media.Selection, may func(*media.Item) media.Reason) (media.Selected, error) {
	found, err := l.database.ItemsNamed(ctx, sel.IDs)
	if err != nil {
		return media.Selected{}, err
	}
	return sel.Choose(found, may)
}
