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

// Albums are the albums of users. It is safe for concurrent use.
type Albums struct {
	records media.Accounts
	lists   media.ItemLists
	rule    func() media.Rule
}

// Get returns the album with a slug, if the viewer may see it. The error
// wraps fs.ErrNotExist, or is ErrForbidden for a private one without its key.
func (s *Albums) Get(ctx context.Context, v media.Viewer, slug string) (media.Album, error) {
	a, err := s.records.AlbumBySlug(ctx, slug)
	if err != nil {
		return media.Album{}, err
	}
	return s.show(ctx, v, a)
}

// Lock returns the lock of an album, "" for none, to viewers who may otherwise see it.
func (s *Albums) Lock(ctx context.Context, v media.Viewer, slug string) (media.Lock, error) {
	v.Opened = func(media.Lock) bool { return true }
	a, err := s.Get(ctx, v, slug)
	return a.Lock, err
}

// ReplaceLock keeps another lock of the same password.
func (s *Albums) ReplaceLock(ctx context.Context, old, fresh media.Lock) error {
	return s.records.ReplaceLock(ctx, old, fresh)
}

// Of returns the album that an item is in, as Get does; the error wraps
// fs.ErrNotExist for none.
func (s *Albums) Of(ctx context.Context, v media.Viewer, it media.Item) (media.Album, error) {
	a, err := s.records.Album(ctx, it.AlbumID)
	if err != nil {
		return media.Album{}, err
	}
	return s.show(ctx, v, a)
}

func (s *Albums) show(ctx context.Context, v media.Viewer, a media.Album) (media.Album, error) {
	r := s.rule()
	status, err := s.lists.AlbumStatus(ctx, a.ID, r.Now)
	if err == nil {
		err = r.Album(v, a, status)
	}
	if err != nil {
		return media.Album{}, fmt.Errorf("album %s: %w", a.Slug, err)
	}
	return a, nil
}

// List returns the albums of the query as of now, newest first.
func (s *Albums) List(ctx context.Context, q media.AlbumQuery) ([]media.AlbumCard, error) {
	q.Now = s.rule().Now
	return s.records.AlbumsOf(ctx, q)
}

// Add makes an album of the caller. The error is ErrNoTitle if the
// title is empty; a title that is too long is cut.
func (s *Albums) Add(ctx context.Context, by media.Caller, title string) (media.Album, error) {
	title, err := albumTitle(title)
	if err != nil {
		return media.Album{}, err
	}
	a := media.Album{UserID: by.User.ID, Title: title, CreatedAt: s.rule().Now.UTC().Truncate(time.Second)}
	for {
		a.Slug = media.NewID()
		err := s.records.InsertAlbum(ctx, &a)
		if errors.Is(err, media.ErrIDTaken) {
			continue
		}
		return a, err
	}
}

// Details returns the details of an album. The error is like that of Get.
func (s *Albums) Details(ctx context.Context, v media.Viewer, slug string) (media.Post, error) {
	r := s.rule()
	p, err := s.records.PostBySlug(ctx, slug, v.User.ID, r.Now)
	if err == nil {
		err = r.Album(v, p.Album, p.Moderation)
	}
	if err != nil {
		return media.Post{}, fmt.Errorf("album %s: %w", slug, err)
	}
	return p, nil
}

// Change changes an album. A private one gets an access key; any other visibility removes
// the key. The error wraps fs.ErrNotExist when there is no such album that the caller may
// change, or is ErrNoTitle or ErrLongDescription.
func (s *Albums) Change(ctx context.Context, by media.Caller, slug string, change media.PostChange) error {
	a, err := s.own(ctx, by, slug)
	if err != nil {
		return fmt.Errorf("change album: %w", err)
	}
	if change.Title != nil && (*change.Title != "" || a.Title != "") { // the API makes albums without a title
		title, err := albumTitle(*change.Title)
		if err != nil {
			return err
		}
		change.Title = &title
	}
	if d := change.Description; d != nil && len(*d) > media.MaxDescription {
		return media.ErrLongDescription
	}
	change.AccessKey = media.AccessKeyFor(a, change.Visibility)
	return s.records.UpdatePost(s.audited(ctx, by, "album.edit", a), a.ID, change)
}

// Cover returns the item that was made the cover of an album, if all may see it. The error
// wraps fs.ErrNotExist for none.
func (s *Albums) Cover(ctx context.Context, a media.Album) (media.Item, error) {
	return s.records.AlbumCover(ctx, a.ID, s.rule().Now)
}

// Delete removes an album and leaves its items. What its password closed becomes private. The
// error wraps fs.ErrNotExist when there is no such album that the caller may change.
func (s *Albums) Delete(ctx context.Context, by media.Caller, slug string) error {
	a, err := s.own(ctx, by, slug)
	if err != nil {
		return fmt.Errorf("delete album: %w", err)
	}
	return s.records.DeleteAlbum(s.audited(ctx, by, "album.delete", a), a.ID)
}

// DeleteEmpty is Delete for an album without items. Any other stays.
func (s *Albums) DeleteEmpty(ctx context.Context, by media.Caller, slug string) error {
	a, err := s.own(ctx, by, slug)
	if err != nil {
		return fmt.Errorf("delete album: %w", err)
	}
	q := media.ItemQuery{AlbumID: a.ID, UserID: a.UserID, Filter: media.Everything(s.rule().Now)}
	if n, err := s.lists.CountItems(ctx, q); err != nil || n > 0 {
		return err
	}
	return s.Delete(ctx, by, slug)
}

// audited is Library.audited for an album.
func (s *Albums) audited(ctx context.Context, by media.Caller, action string, a media.Album) context.Context {
	if !by.ActsFor(a.UserID) {
		return ctx
	}
	return media.AuditEach(ctx, by, s.rule().Now, action, a.Slug)
}

func (s *Albums) own(ctx context.Context, by media.Caller, slug string) (media.Album, error) {
	a, err := s.records.AlbumBySlug(ctx, slug)
	if err == nil && !by.MayChange(a.UserID) {
		err = media.ErrNotOwner
	}
	return a, err
}

// Named is the ID of an album that belongs to a user, by its slug or else by its
// exact title; "" is none. The error is ErrAlbum when there is none such, and
// ErrAlbumTitle when several have that title.
func (s *Albums) Named(ctx context.Context, name string, userID int64) (int64, error) {
	return s.ofUser(ctx, name, userID)
}

// Default returns the album that a user has chosen for uploads.
func (s *Albums) Default(ctx context.Context, u media.User) (media.Album, error) {
	return s.records.Album(ctx, u.DefaultAlbum)
}

// ofUser resolves an album that belongs to a user, by its slug or else by
// its exact title; "" is none. The error is ErrAlbum when there is none such,
// and ErrAlbumTitle when several have that title.
func (s *Albums) ofUser(ctx context.Context, name string, userID int64) (int64, error) {
	if name == "" {
		return 0, nil
	}
	a, err := s.records.AlbumBySlug(ctx, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && a.UserID != userID {
		return s.titled(ctx, name, userID)
	}
	return a.ID, err
}

func (s *Albums) titled(ctx context.Context, name string, userID int64) (int64, error) {
	title, err := albumTitle(name)
	if err != nil || userID == 0 {
		return 0, media.ErrAlbum
	}
	found, err := s.records.AlbumsTitled(ctx, userID, title, 2)
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
