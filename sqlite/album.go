package sqlite

import (
	"context"

	"postern/media"
)

// albumColumns are the columns of albums in the order of scanAlbum.
const albumColumns = `id, slug, user_id, title, created_at`

func scanAlbum(scan scanner) (a media.Album, err error) {
	err = scan(&a.ID, &a.Slug, &a.UserID, &a.Title, moment{&a.CreatedAt})
	return a, err
}

// InsertAlbum implements media.Accounts. The error is media.ErrIDTaken when
// the slug is another's.
func (db *DB) InsertAlbum(ctx context.Context, a *media.Album) error {
	id, err := db.insert(ctx, media.ErrIDTaken, `
		INSERT INTO albums (slug, user_id, title, created_at) VALUES (?, ?, ?, ?)`,
		a.Slug, a.UserID, a.Title, moment{&a.CreatedAt})
	if err != nil {
		return failed("insert album "+a.Slug, err)
	}
	a.ID = id
	return nil
}

// AlbumBySlug implements media.Accounts.
func (db *DB) AlbumBySlug(ctx context.Context, slug string) (media.Album, error) {
	a, err := view(ctx, db, func(ctx context.Context, s *session) (media.Album, error) {
		return queryOne(ctx, s, scanAlbum, `
			SELECT `+albumColumns+` FROM albums WHERE slug = ?`, slug)
	})
	return a, failed("read album "+slug, err)
}

// InsertCategory implements media.Accounts. The error is media.ErrNameTaken
// when the name is another's, whatever the case of its letters.
func (db *DB) InsertCategory(ctx context.Context, c *media.Category) error {
	id, err := db.insert(ctx, media.ErrNameTaken, `
		INSERT INTO categories (name) VALUES (?)`, c.Name)
	if err != nil {
		return failed("insert category "+c.Name, err)
	}
	c.ID = id
	return nil
}

// Category implements media.Accounts.
func (db *DB) Category(ctx context.Context, id int64) (media.Category, error) {
	c, err := view(ctx, db, func(ctx context.Context, s *session) (media.Category, error) {
		return queryOne(ctx, s, scanCategory, `
			SELECT id, name FROM categories WHERE id = ?`, id)
	})
	return c, failed("read category", err)
}

func scanCategory(scan scanner) (c media.Category, err error) {
	err = scan(&c.ID, &c.Name)
	return c, err
}
