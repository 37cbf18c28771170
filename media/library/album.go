package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"postern/media"
)

// Album returns the album with a slug, if the viewer may see it. The error
// wraps fs.ErrNotExist, or is ErrForbidden for a private one without its key.
func (l *Library) Album(ctx context.Context, v media.Viewer, slug string) (media.Album, error) {
	a, err := l.accounts.AlbumBySlug(ctx, slug)
	if err != nil {
		return media.Album{}, err
	}
	return l.showAlbum(ctx, v, a)
}

// AlbumOf returns the album that an item is in, as Album does; the error wraps
// fs.ErrNotExist for none.
func (l *Library) AlbumOf(ctx context.Context, v media.Viewer, it media.Item) (media.Album, error) {
	a, err := l.accounts.Album(ctx, it.AlbumID)
	if err != nil {
		return media.Album{}, err
	}
	return l.showAlbum(ctx, v, a)
}

func (l *Library) showAlbum(ctx context.Context, v media.Viewer, a media.Album) (media.Album, error) {
	r := l.Rule()
	status, err := l.database.AlbumStatus(ctx, a.ID, r.Now)
	if err == nil {
		err = r.Album(v, a, status)
	}
	if err != nil {
		return media.Album{}, fmt.Errorf("album %s: %w", a.Slug, err)
	}
	return a, nil
}

// AlbumsOf returns what the query asks for as of now, newest first.
func (l *Library) AlbumsOf(ctx context.Context, q media.AlbumQuery) ([]media.AlbumCard, error) {
	q.Now = l.Now()
	return l.accounts.AlbumsOf(ctx, q)
}

// AddAlbum makes an album of the caller's. The error is ErrNoTitle when the
// title is empty; what is too long of it is cut.
func (l *Library) AddAlbum(ctx context.Context, by media.Caller, title string) (media.Album, error) {
	title, err := albumTitle(title)
	if err != nil {
		return media.Album{}, err
	}
	a := media.Album{UserID: by.User.ID, Title: title, CreatedAt: l.Now().UTC().Truncate(time.Second)}
	for {
		a.Slug = media.NewID()
		err := l.accounts.InsertAlbum(ctx, &a)
		if errors.Is(err, media.ErrIDTaken) {
			continue
		}
		return a, err
	}
}

// RenameAlbum changes an album's title. The error wraps fs.ErrNotExist when
// there is no such album that the caller may change, or is ErrNoTitle.
func (l *Library) RenameAlbum(ctx context.Context, by media.Caller, slug, title string) error {
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
func (l *Library) DeleteAlbum(ctx context.Context, by media.Caller, slug string) error {
	a, err := l.ownAlbum(ctx, by, slug)
	if err != nil {
		return fmt.Errorf("delete album: %w", err)
	}
	return l.accounts.DeleteAlbum(ctx, a.ID)
}

func (l *Library) ownAlbum(ctx context.Context, by media.Caller, slug string) (media.Album, error) {
	a, err := l.accounts.AlbumBySlug(ctx, slug)
	if err == nil && !by.MayChange(a.UserID) {
		err = media.ErrNotOwner
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
		return 0, media.ErrAlbum
	}
	found, err := l.accounts.AlbumsTitled(ctx, userID, title, 2)
	switch {
	case err != nil:
		return 0, err
	case len(found) == 0:
		return 0, media.ErrAlbum
	case len(found) > 1:
		return 0, media.ErrAlbumTitle
	}
	return found[0].ID, nil
}

func albumTitle(title string) (string, error) {
	title = media.CutRunes(strings.Join(strings.Fields(title), " "), media.MaxTitle)
	if title == "" {
		return "", media.ErrNoTitle
	}
	return title, nil
}
