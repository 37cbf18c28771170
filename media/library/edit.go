package library

import (
	"context"
	"fmt"
	"strings"

	"postern/media"
)

// Edit is a change of an item. Fields that are nil stay unchanged.
type Edit struct {
	Title       *string
	Description *string
	Tags        *[]string
	Album       *string // slug or exact title of an album of the item's owner; "" for none
	NewAlbum    string  // title of an album of the item's owner to make for it
	Category    *int64  // 0 for none
	Expiration  *string // from now on, see ParseExpiration; "" for never
	NSFW        *bool
	Visibility  *media.Visibility
	Lock        *media.Lock // from Keyring.NewLock; "" for none
}

// EditItem changes an item and returns it. What an admin takes out of an album with a password
// becomes private, unless the owner's word on who sees it changes, too. The error wraps fs.ErrNotExist when
// there is no such item that the caller may change, ErrAlbum, ErrAlbumTitle,
// ErrCategory, ErrExpiration, ErrLongDescription or ErrManyTags.
func (l *Library) EditItem(ctx context.Context, by media.Caller, id string, e Edit) (media.Item, error) {
	defer l.locks.lock(id)()
	it, err := l.ownItem(ctx, by, id)
	if err != nil {
		return media.Item{}, fmt.Errorf("edit item: %w", err)
	}
	ctx = l.audited(ctx, by, "item.edit", it)
	before := it
	if err := l.apply(ctx, e, &it); err != nil {
		return media.Item{}, fmt.Errorf("edit item: %w", err)
	}
	if by.ClosesOut(&before, &it) {
		it.Visibility = media.Private
	}
	if err := l.database.UpdateItem(ctx, it, l.Now()); err != nil {
		return media.Item{}, fmt.Errorf("edit item: %w", err)
	}
	if !it.ExpiresAt.IsZero() {
		l.notifyReaper()
	}
	return it, nil
}

func (l *Library) apply(ctx context.Context, e Edit, it *media.Item) error {
	// The item is not any more what its uploader asked for: the same upload
	// again is to be a new one.
	it.RequestDigest = ""
	if e.Title != nil {
		it.Title = media.CutRunes(strings.TrimSpace(*e.Title), media.MaxMediaTitle)
		it.Titled = it.Title != ""
	}
	if e.Description != nil {
		it.Description = strings.TrimSpace(*e.Description)
	}
	if e.Tags != nil {
		it.Tags = *e.Tags
	}
	if e.NSFW != nil {
		it.NSFW = *e.NSFW
	}
	if v := e.Visibility; v != nil {
		it.Visibility = *v
	}
	if e.Lock != nil {
		it.Lock = *e.Lock
	}
	if err := checkWords(it.Description, it.Tags); err != nil {
		return err
	}
	var err error
	if e.Expiration != nil {
		if it.ExpiresAt, err = media.ParseExpiration(*e.Expiration, l.Now(), l.Policy().Expiration); err != nil {
			return err
		}
	}
	if e.Category != nil {
		if it.CategoryID, err = l.category(ctx, *e.Category); err != nil {
			return err
		}
	}
	if e.NewAlbum != "" {
		return l.applyNewAlbum(ctx, e.NewAlbum, it)
	}
	if e.Album != nil {
		it.AlbumID, err = l.Albums.ofUser(ctx, *e.Album, it.UserID)
	}
	return err
}

// applyNewAlbum makes an album for an item of a user.
func (l *Library) applyNewAlbum(ctx context.Context, title string, it *media.Item) error {
	if it.UserID == 0 {
		return media.ErrAlbum
	}
	a, err := l.Albums.Add(ctx, media.Caller{User: media.User{ID: it.UserID}}, title)
	it.AlbumID = a.ID
	return err
}
