package records

import (
	"cmp"
	"context"
	"fmt"

	"postern/media"
)

// albumColumns are the columns of albums in the order of scanAlbum.
const albumColumns = `albums.id, slug, user_id, title, albums.created_at, visibility, access_key, albums.lock`

func scanAlbum(scan Scan) (a media.Album, err error) {
	err = scan(&a.ID, &a.Slug, &a.UserID, &a.Title, unixTime{&a.CreatedAt}, &a.Visibility, &a.AccessKey, &a.Lock)
	return a, err
}

// InsertAlbum implements media.Accounts. The error is media.ErrIDTaken when
// the slug is another's.
func (db *DB) InsertAlbum(ctx context.Context, a *media.Album) error {
	a.Visibility = cmp.Or(a.Visibility, media.Hidden)
	id, err := db.insert(ctx, media.ErrIDTaken, `
		INSERT INTO albums (slug, user_id, title, created_at, visibility, access_key, lock) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		a.Slug, a.UserID, a.Title, unixTime{&a.CreatedAt}, a.Visibility, a.AccessKey, a.Lock)
	if err != nil {
		return wrapErr("insert album "+a.Slug, err)
	}
	a.ID = id
	return nil
}

// AlbumBySlug implements media.Accounts.
func (db *DB) AlbumBySlug(ctx context.Context, slug string) (media.Album, error) {
	a, err := read(ctx, db, func(ctx context.Context, s session) (media.Album, error) {
		return queryOne(ctx, s, scanAlbum, `
			SELECT `+albumColumns+` FROM albums WHERE slug = ?`, slug)
	})
	return a, wrapErr("read album "+slug, err)
}

// Album implements media.Albums.
func (db *DB) Album(ctx context.Context, id int64) (media.Album, error) {
	a, err := read(ctx, db, func(ctx context.Context, s session) (media.Album, error) {
		return queryOne(ctx, s, scanAlbum, `
			SELECT `+albumColumns+` FROM albums WHERE id = ?`, id)
	})
	return a, wrapErr("read album", err)
}

// AlbumsOf implements media.Albums.
func (db *DB) AlbumsOf(ctx context.Context, q media.AlbumQuery) ([]media.AlbumCard, error) {
	query, args := albumsOfQuery(q)
	cards, err := read(ctx, db, func(ctx context.Context, s session) ([]media.AlbumCard, error) {
		return queryAll(ctx, s, scanAlbumCard, query, args...)
	})
	return cards, wrapErr("read albums", err)
}

func albumsOfQuery(q media.AlbumQuery) (query string, args []any) {
	place, between, order := media.Cursor{}, "", "DESC"
	switch {
	case q.After.Number != 0:
		place, between = q.After, "AND (created_at, id) < (?4, ?5)"
	case q.Before.Number != 0:
		place, between, order = q.Before, "AND (created_at, id) > (?4, ?5)", "ASC"
	}
	args = []any{q.UserID, unixTime{&q.Now}, max(q.Limit, 0)}
	if between != "" {
		args = append(args, unixTime{&place.CreatedAt}, place.Number)
	}
	return fmt.Sprintf(albumCardsQuery, between, order), args
}

// albumCardsQuery looks only into the albums of the page that it returns.
const albumCardsQuery = `
	SELECT ` + albumColumns + `,
		albums.items - (SELECT count(*) FROM items WHERE album_id = albums.id AND ` + present + ` AND expires_at <= ?2),
		coalesce(cover.key, ''), coalesce(cover.mime, ''), coalesce(cover.size, 0), coalesce(cover.width, 0), coalesce(cover.height, 0)
	FROM albums LEFT JOIN files AS cover ON cover.role = 'thumb' AND cover.item = coalesce((
		SELECT number FROM album_details AS chosen JOIN items ON number = chosen.cover WHERE chosen.album = albums.id AND album_id = albums.id
			AND ` + present + ` AND (expires_at IS NULL OR expires_at > ?2) AND status = 'approved'), (
		SELECT number FROM items WHERE album_id = albums.id AND ` + present + `
			AND (expires_at IS NULL OR expires_at > ?2) AND status = 'approved'
		ORDER BY items.created_at DESC, number DESC LIMIT 1))
	WHERE albums.id IN (SELECT id FROM albums WHERE user_id = ?1 %[1]s ORDER BY created_at %[2]s, id %[2]s LIMIT ?3)
	ORDER BY albums.created_at DESC, albums.id DESC`

// AlbumsTitled implements media.Albums.
func (db *DB) AlbumsTitled(ctx context.Context, userID int64, title string, limit int) ([]media.Album, error) {
	albums, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Album, error) {
		return queryAll(ctx, s, scanAlbum, `
			SELECT `+albumColumns+` FROM albums WHERE user_id = ? AND title = ? LIMIT ?`, userID, title, limit)
	})
	return albums, wrapErr("read albums by title", err)
}

func scanAlbumCard(scan Scan) (c media.AlbumCard, err error) {
	err = scan(&c.ID, &c.Slug, &c.UserID, &c.Title, unixTime{&c.CreatedAt}, &c.Visibility, &c.AccessKey, &c.Lock, &c.Items,
		&c.Cover.Key, &c.Cover.MIME, &c.Cover.Size, &c.Cover.Width, &c.Cover.Height)
	return c, err
}

// SetAlbumCover implements media.Albums.
func (db *DB) SetAlbumCover(ctx context.Context, item int64) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		return requireRow(s.exec(ctx, `
			INSERT INTO album_details (album, password, cover, buttons)
			SELECT album_id, '', number, '' FROM items WHERE number = ? AND album_id IS NOT NULL AND `+present+`
			ON CONFLICT (album) DO UPDATE SET cover = excluded.cover`, item))
	})
	return wrapErr("set cover", err)
}

// ReplaceLock implements media.Albums.
func (db *DB) ReplaceLock(ctx context.Context, old, fresh media.Lock) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		if _, err := s.exec(ctx, `UPDATE albums SET lock = ? WHERE lock = ? AND lock <> ''`, fresh, old); err != nil {
			return err
		}
		_, err := s.exec(ctx, `UPDATE items SET lock = ? WHERE lock = ? AND lock <> ''`, fresh, old)
		return err
	})
	return wrapErr("replace lock", err)
}

// DeleteAlbum implements media.Albums. What is in a large one goes out of it
// in batches before it goes itself.
func (db *DB) DeleteAlbum(ctx context.Context, id int64) error {
	_, err := db.deleteThreads(ctx, `album_id = ?`, id)
	if err == nil {
		err = db.inBatches(ctx, inBatch(`
			UPDATE items SET album_id = NULL WHERE number IN (SELECT number FROM items WHERE album_id = ? LIMIT ?)`, id))
	}
	if err == nil {
		err = db.update(ctx, func(ctx context.Context, s session) error {
			return requireRow(s.exec(ctx, `DELETE FROM albums WHERE id = ?`, id))
		})
	}
	return wrapErr("delete album", err)
}
