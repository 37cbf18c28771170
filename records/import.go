package records

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"time"

	"postern/media"
	"postern/records/accounts"
	"postern/records/txn"
)

var _ media.Imports = (*DB)(nil)

// ImportUser implements media.Imports.
func (db *DB) ImportUser(ctx context.Context, site, old int64, u *media.User, d media.UserDetails, password string) error {
	var id int64
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		if id, err = accounts.InsertUser(ctx, s, u); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, `
			INSERT INTO user_details (user_id, email, website, bio, timezone, private) VALUES (?, ?, ?, ?, ?, ?)`,
			id, d.Email, d.Website, d.Bio, d.Timezone, d.Private); err != nil {
			return err
		}
		if password != "" {
			if _, err := s.Exec(ctx, `INSERT INTO passwords (user_id, hash, changed_at) VALUES (?, ?, ?)`, id, password, txn.Time(&u.CreatedAt)); err != nil {
				return err
			}
		}
		return insertOldNumber(ctx, s, site, media.OldUser, old, id)
	})
	if err != nil {
		return txn.Wrap("import user "+u.Name, err)
	}
	u.ID = id
	return nil
}

// ImportKey implements media.Imports. The key gets a digest that no key has.
func (db *DB) ImportKey(ctx context.Context, site, old int64, k *media.APIKey, hash string) error {
	k.Digest = make([]byte, 32)
	rand.Read(k.Digest)
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		k.ID, err = txn.InsertRow(ctx, s, `
			INSERT INTO api_keys (user_id, name, digest, created_at, expires_at, revoked_at, last_used_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			k.UserID, k.Name, k.Digest, txn.Time(&k.CreatedAt), txn.Time(&k.ExpiresAt), txn.Time(&k.RevokedAt), txn.Time(&k.LastUsed))
		if err != nil {
			return txn.Conflict(err, media.ErrNameTaken)
		}
		if _, err := s.Exec(ctx, `INSERT INTO key_hashes (key_id, hash) VALUES (?, ?)`, k.ID, hash); err != nil {
			return err
		}
		return insertOldNumber(ctx, s, site, media.OldKey, old, k.ID)
	})
	return txn.Wrap("import key", err)
}

// ImportCategory implements media.Imports.
func (db *DB) ImportCategory(ctx context.Context, site, old int64, c *media.Category) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		c.ID, err = txn.QueryOne(ctx, s, txn.Value[int64], `SELECT id FROM categories WHERE nocase(name) = nocase(?)`, c.Name)
		if errors.Is(err, fs.ErrNotExist) {
			c.ID, err = txn.InsertRow(ctx, s, `INSERT INTO categories (name) VALUES (?) RETURNING id`, c.Name)
		}
		if err != nil {
			return err
		}
		return insertOldNumber(ctx, s, site, media.OldCategory, old, c.ID)
	})
	return txn.Wrap("import category "+c.Name, err)
}

// ImportAlbum implements media.Imports.
func (db *DB) ImportAlbum(ctx context.Context, site, old int64, p *media.Post, d media.AlbumDetails) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		p.ID, err = txn.InsertRow(ctx, s, `
			INSERT INTO albums (slug, user_id, title, description, created_at, visibility, access_key, views, lock)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			p.Slug, p.UserID, p.Title, p.Description, txn.Time(&p.CreatedAt), p.Visibility, p.AccessKey, p.Views, p.Lock)
		if err != nil {
			return txn.Conflict(err, media.ErrIDTaken)
		}
		if _, err := s.Exec(ctx, `
			INSERT INTO album_details (album, password, parent, cover, buttons) VALUES (?, '', NULL, NULL, ?)`, p.ID, d.Buttons); err != nil {
			return err
		}
		return insertOldNumber(ctx, s, site, media.OldAlbum, old, p.ID)
	})
	return txn.Wrap("import album "+p.Slug, err)
}

// SetAlbumPlace implements media.Imports.
func (db *DB) SetAlbumPlace(ctx context.Context, album, parent, cover int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `
			UPDATE album_details SET
				parent = (SELECT id FROM albums WHERE id = ? AND id <> album),
				cover = (SELECT number FROM items WHERE number = ?)
			WHERE album = ? AND parent IS NULL AND cover IS NULL`, parent, cover, album)
		return err
	})
	return txn.Wrap("place album", err)
}

// AddDeleteHashes implements media.Imports.
func (db *DB) AddDeleteHashes(ctx context.Context, site int64, hashes map[int64]string) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		for _, old := range slices.Sorted(maps.Keys(hashes)) {
			if _, err := s.Exec(ctx, `
				INSERT INTO delete_hashes (item, hash)
				SELECT items.number, ? FROM old_numbers JOIN items ON items.number = target
				WHERE site = ? AND old_numbers.kind = ? AND old_numbers.number = ?
				ON CONFLICT (item) DO NOTHING`, hashes[old], site, media.OldItem, old); err != nil {
				return err
			}
		}
		return nil
	})
	return txn.Wrap("import delete links", err)
}

// AddLikes implements media.Imports.
func (db *DB) AddLikes(ctx context.Context, likes []media.Like) (count int, err error) {
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		count = 0
		for _, l := range likes {
			n, err := s.Exec(ctx, `
				INSERT INTO likes (user_id, item, created_at)
				SELECT users.id, items.number, CAST(? AS bigint) FROM users, items WHERE users.id = ? AND items.number = ?
				ON CONFLICT (user_id, item) DO UPDATE SET created_at = likes.created_at`, txn.Time(&l.CreatedAt), l.UserID, l.Item)
			if err != nil {
				return err
			}
			count += int(n)
		}
		return nil
	})
	return count, txn.Wrap("import likes", err)
}

// AddFollows implements media.Imports.
func (db *DB) AddFollows(ctx context.Context, follows []media.Follow) (count int, err error) {
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		count = 0
		for _, f := range follows {
			n, err := s.Exec(ctx, `
				INSERT INTO follows (follower, followed, created_at)
				SELECT a.id, b.id, CAST(? AS bigint) FROM users AS a, users AS b WHERE a.id = ? AND b.id = ? AND a.id <> b.id
				ON CONFLICT (follower, followed) DO UPDATE SET created_at = follows.created_at`, txn.Time(&f.CreatedAt), f.Follower, f.Followed)
			if err != nil {
				return err
			}
			count += int(n)
		}
		return nil
	})
	return count, txn.Wrap("import follows", err)
}

// BanAddress implements media.Imports.
func (db *DB) BanAddress(ctx context.Context, address, reason string, expires time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `
			INSERT INTO banned_addresses (address, reason, expires_at) VALUES (?, ?, ?) ON CONFLICT (address) DO NOTHING`,
			address, reason, txn.Time(&expires))
		return err
	})
	return txn.Wrap("ban address", err)
}
