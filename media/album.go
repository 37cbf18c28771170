package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	status, err := l.database.AlbumStatus(ctx, a.ID, r.now)
	if err == nil {
		err = r.album(v, a, status)
	}
	if err != nil {
		return Album{}, fmt.Errorf("album %s: %w", a.Slug, err)
	}
	return a, nil
}

// AlbumsOf returns what the query asks for as of now, newest first.
func (l *Library) AlbumsOf(ctx context.Context, q AlbumQuery) ([]AlbumCard, error) {
	q.Now = l.now()
	return l.accounts.AlbumsOf(ctx, q)
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
		err = errNotOwner
	}
	return a, err
}

// albumOfUser resolves an album that belongs to a user, by its slug or else by
// its exact title; "" is none. The error is ErrAlbum when there is none such,
// and ErrAlbumTitle when several have that title.
func (l *Library) albumOfUser(ctx context.Context, name string, userID int64) (int64, error) {
	if name == "" {
		return 0, nil
	}
	a, err := l.accounts.AlbumBySlug(ctx, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && a.UserID != userID {
		return l.albumTitled(ctx, name, userID)
	}
	return a.ID, err
}

func (l *Library) albumTitled(ctx context.Context, name string, userID int64) (int64, error) {
	title, err := albumTitle(name)
	if err != nil || userID == 0 {
		return 0, ErrAlbum
	}
	found, err := l.accounts.AlbumsTitled(ctx, userID, title, 2)
	switch {
	case err != nil:
		return 0, err
	case len(found) == 0:
		return 0, ErrAlbum
	case len(found) > 1:
		return 0, ErrAlbumTitle
	}
	return found[0].ID, nil
}

func albumTitle(title string) (string, error) {
	title = cutRunes(strings.Join(strings.Fields(title), " "), MaxTitle)
	if title == "" {
		return "", ErrNoTitle
	}
	return title, nil
}
