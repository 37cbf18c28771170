package media

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Album returns the album with a slug, if the viewer may see it. The error
// wraps fs.ErrNotExist, or is ErrForbidden for a private one without its key.
func (l *Library) Album(ctx context.Context, v Viewer, slug string) (Album, error) {
	a, err := l.accounts.AlbumBySlug(ctx, slug)
	if err != nil {
		return Album{}, err
	}
	return l.showAlbum(ctx, v, a)
}

// AlbumOf returns the album that an item is in, as Album does; the error wraps
// fs.ErrNotExist for none.
func (l *Library) AlbumOf(ctx context.Context, v Viewer, it Item) (Album, error) {
	a, err := l.accounts.Album(ctx, it.AlbumID)
	if err != nil {
		return Album{}, err
	}
	return l.showAlbum(ctx, v, a)
}

func (l *Library) showAlbum(ctx context.Context, v Viewer, a Album) (Album, error) {
	r := l.rule()
	status, err := l.index.AlbumStatus(ctx, a.ID, r.now)
	if err == nil {
		err = r.album(v, a, status)
	}
	if err != nil {
		return Album{}, fmt.Errorf("album %s: %w", a.Slug, err)
	}
	return a, nil
}

// AlbumsOf returns the albums of a user, newest first.
func (l *Library) AlbumsOf(ctx context.Context, userID int64) ([]AlbumCard, error) {
	return l.accounts.AlbumsOf(ctx, userID, l.now())
}

// AddAlbum makes an album of the caller's. The error is ErrNoTitle when the
// title is empty; what is too long of it is cut.
func (l *Library) AddAlbum(ctx context.Context, by Caller, title string) (Album, error) {
	title, err := albumTitle(title)
	if err != nil {
		return Album{}, err
	}
	a := Album{UserID: by.User.ID, Title: title, CreatedAt: l.now().UTC().Truncate(time.Second)}
	for {
		a.Slug = NewID()
		err := l.accounts.InsertAlbum(ctx, &a)
		if errors.Is(err, ErrIDTaken) {
			continue
		}
		return a, err
	}
}

// RenameAlbum changes an album's title. The error wraps fs.ErrNotExist when
// there is no such album that the caller may change, or is ErrNoTitle.
func (l *Library) RenameAlbum(ctx context.Context, by Caller, slug, title string) error {
	a, err := l.ownAlbum(ctx, by, slug)
	if err != nil {
		return fmt.Errorf("rename album: %w", err)
	}
	if title, err = albumTitle(title); err != nil {
		return err
	}
	return l.accounts.RenameAlbum(ctx, a.ID, title)
}

// DeleteAlbum removes an album and leaves its items. The error wraps
// fs.ErrNotExist when there is no such album that the caller may change.
func (l *Library) DeleteAlbum(ctx context.Context, by Caller, slug string) error {
	a, err := l.ownAlbum(ctx, by, slug)
	if err != nil {
		return fmt.Errorf("delete album: %w", err)
	}
	return l.accounts.DeleteAlbum(ctx, a.ID)
}

func (l *Library) ownAlbum(ctx context.Context, by Caller, slug string) (Album, error) {
	a, err := l.accounts.AlbumBySlug(ctx, slug)
	if err == nil && !by.MayChange(a.UserID) {
		err = errNotYours
	}
	return a, err
}

func albumTitle(title string) (string, error) {
	title = cutRunes(strings.Join(strings.Fields(title), " "), MaxTitle)
	if title == "" {
		return "", ErrNoTitle
	}
	return title, nil
}
