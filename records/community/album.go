package community

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"postern/media"
	"postern/records/items"
	"postern/records/txn"
	"postern/records/visibility"
)

// albumColumns are the columns of albums in the order of scanAlbum.
const albumColumns = `albums.id, slug, user_id, title, albums.created_at, visibility, access_key, albums.lock, arranged, ` + visibility.AlbumWithheld

func scanAlbum(scan txn.Scan) (a media.Album, err error) {
	err = scan(&a.ID, &a.Slug, &a.UserID, &a.Title, txn.Time(&a.CreatedAt), &a.Visibility, &a.AccessKey, &a.Lock, &a.Arranged, &a.Withheld)
	return a, err
}

// InsertAlbum implements media.Accounts. The error is media.ErrIDTaken when
// the slug is another's.
func (db *Community) InsertAlbum(ctx context.Context, a *media.Album) error {
	a.Visibility = cmp.Or(a.Visibility, media.Hidden)
	id, err := db.tx.Insert(ctx, media.ErrIDTaken, `
		INSERT INTO albums (slug, user_id, title, created_at, visibility, access_key, lock) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		a.Slug, a.UserID, a.Title, txn.Time(&a.CreatedAt), a.Visibility, a.AccessKey, a.Lock)
	if err != nil {
		return txn.Wrap("insert album "+a.Slug, err)
	}
	a.ID = id
	return nil
}

// AlbumBySlug implements media.Accounts.
func (db *Community) AlbumBySlug(ctx context.Context, slug string) (media.Album, error) {
	a, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Album, error) {
		return txn.QueryOne(ctx, s, scanAlbum, `
			SELECT `+albumColumns+` FROM albums WHERE slug = ?`, slug)
	})
	return a, txn.Wrap("read album "+slug, err)
}

// Album implements media.Albums.
func (db *Community) Album(ctx context.Context, id int64) (media.Album, error) {
	a, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Album, error) {
		return txn.QueryOne(ctx, s, scanAlbum, `
			SELECT `+albumColumns+` FROM albums WHERE id = ?`, id)
	})
	return a, txn.Wrap("read album", err)
}

// AlbumsOf implements media.Albums.
func (db *Community) AlbumsOf(ctx context.Context, q media.AlbumQuery) ([]media.AlbumCard, error) {
	query, args := albumsOfQuery(q)
	cards, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.AlbumCard, error) {
		return txn.QueryAll(ctx, s, scanAlbumCard, query, args...)
	})
	return cards, txn.Wrap("read albums", err)
}

func albumsOfQuery(q media.AlbumQuery) (query string, args []any) {
	place, between, order := media.Cursor{}, "", "DESC"
	switch {
	case q.After.Number != 0:
		place, between = q.After, "AND (created_at, id) < (?4, ?5)"
	case q.Before.Number != 0:
		place, between, order = q.Before, "AND (created_at, id) > (?4, ?5)", "ASC"
	}
	args = []any{q.UserID, txn.Time(&q.Now), max(q.Limit, 0)}
	if between != "" {
		args = append(args, txn.Time(&place.CreatedAt), place.Number)
	}
	return fmt.Sprintf(albumCardsQuery, between, order), args
}

// albumCardsQuery looks only into the albums of the page that it returns.
const albumCardsQuery = `
	SELECT ` + albumColumns + `,
		albums.items - (SELECT count(*) FROM items WHERE album_id = albums.id AND ` + visibility.Present + ` AND expires_at <= ?2),
		coalesce(cover.key, ''), coalesce(cover.mime, ''), coalesce(cover.size, 0), coalesce(cover.width, 0), coalesce(cover.height, 0)
	FROM albums LEFT JOIN files AS cover ON cover.role = 'thumb' AND cover.item = coalesce((
		SELECT number FROM album_details AS chosen JOIN items ON number = chosen.cover WHERE chosen.album = albums.id AND album_id = albums.id
			AND ` + visibility.Present + ` AND (expires_at IS NULL OR expires_at > ?2) AND (status = 'approved' OR ` + visibility.OwnCover + `)), (
		SELECT number FROM items WHERE album_id = albums.id AND ` + visibility.Present + `
			AND (expires_at IS NULL OR expires_at > ?2) AND status = 'approved'
		ORDER BY items.created_at DESC, number DESC LIMIT 1), (
		SELECT number FROM items WHERE album_id = albums.id AND ` + visibility.Present + `
			AND (expires_at IS NULL OR expires_at > ?2) AND ` + visibility.OwnCover + `
		ORDER BY items.created_at DESC, number DESC LIMIT 1))
	WHERE albums.id IN (SELECT id FROM albums WHERE user_id = ?1 %[1]s ORDER BY created_at %[2]s, id %[2]s LIMIT ?3)
	ORDER BY albums.created_at DESC, albums.id DESC`

// AlbumsTitled implements media.Albums.
func (db *Community) AlbumsTitled(ctx context.Context, userID int64, title string, limit int) ([]media.Album, error) {
	albums, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Album, error) {
		return txn.QueryAll(ctx, s, scanAlbum, `
			SELECT `+albumColumns+` FROM albums WHERE user_id = ? AND title = ? LIMIT ?`, userID, title, limit)
	})
	return albums, txn.Wrap("read albums by title", err)
}

func scanAlbumCard(scan txn.Scan) (c media.AlbumCard, err error) {
	err = scan(&c.ID, &c.Slug, &c.UserID, &c.Title, txn.Time(&c.CreatedAt), &c.Visibility, &c.AccessKey, &c.Lock, &c.Arranged, &c.Withheld, &c.Items,
		&c.Cover.Key, &c.Cover.MIME, &c.Cover.Size, &c.Cover.Width, &c.Cover.Height)
	return c, err
}

// SetAlbumCover implements media.Albums.
func (db *Community) SetAlbumCover(ctx context.Context, item int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `
			INSERT INTO album_details (album, password, cover, buttons)
			SELECT album_id, '', number, '' FROM items WHERE number = ? AND album_id IS NOT NULL AND `+visibility.Present+`
			ON CONFLICT (album) DO UPDATE SET cover = excluded.cover`, item))
	})
	return txn.Wrap("set cover", err)
}

// AlbumCover implements media.Albums.
func (db *Community) AlbumCover(ctx context.Context, album int64, now time.Time) (media.Item, error) {
	it, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Item, error) {
		return items.QueryOne(ctx, s, albumCoverQuery, album, txn.Time(&now))
	})
	return it, txn.Wrap("read cover", err)
}

const albumCoverQuery = `
	SELECT ` + items.ListColumns + ` FROM items WHERE number = (SELECT cover FROM album_details WHERE album = ?1)
		AND +album_id = ?1 AND ` + visibility.Present + ` AND (expires_at IS NULL OR expires_at > ?2) AND status = 'approved'`

// ClearAlbumCover implements media.Albums.
func (db *Community) ClearAlbumCover(ctx context.Context, item int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `UPDATE album_details SET cover = NULL WHERE album = (SELECT album_id FROM items WHERE number = ?)`, item)
		return err
	})
	return txn.Wrap("clear cover", err)
}

// ReplaceLock implements media.Albums.
func (db *Community) ReplaceLock(ctx context.Context, old, fresh media.Lock) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if _, err := s.Exec(ctx, `UPDATE albums SET lock = ? WHERE lock = ? AND lock <> ''`, fresh, old); err != nil {
			return err
		}
		_, err := s.Exec(ctx, `UPDATE items SET lock = ? WHERE lock = ? AND lock <> ''`, fresh, old)
		return err
	})
	return txn.Wrap("replace lock", err)
}

// DeleteAlbum implements media.Albums. What is in a large one goes out of it
// in batches before it goes itself.
func (db *Community) DeleteAlbum(ctx context.Context, id int64) error {
	_, err := DeleteThreads(ctx, db.tx, `album_id = ?`, id)
	if err == nil {
		err = db.tx.InBatches(ctx, txn.InBatch(`
			UPDATE items SET album_id = NULL, `+visibility.StayClosed+` WHERE number IN (SELECT number FROM items WHERE album_id = ? LIMIT ?)`, id))
	}
	if err == nil {
		err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
			// What has come into the album since the last batch.
			if _, err := s.Exec(ctx, `UPDATE items SET album_id = NULL, `+visibility.StayClosed+` WHERE album_id = ?`, id); err != nil {
				return err
			}
			return txn.RequireRow(s.Exec(ctx, `DELETE FROM albums WHERE id = ?`, id))
		})
	}
	return txn.Wrap("delete album", err)
}
