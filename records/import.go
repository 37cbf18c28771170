package records

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"postern/media"
)

var (
	_ media.Imports   = (*DB)(nil)
	_ media.KeyHashes = (*DB)(nil)
)

const oldSiteColumns = `id, url, version, salt, padding, exact,
	route_image, route_video, route_album, route_user, root_route, guest_key, linked, created_at`

func scanOldSite(scan Scan) (o media.OldSite, err error) {
	var padding int64
	err = scan(&o.ID, &o.URL, &o.Version, &o.Salt, &padding, &o.Exact,
		&o.RouteImage, &o.RouteVideo, &o.RouteAlbum, &o.RouteUser, &o.RootRoute, &o.GuestKey, &o.Linked, unixTime{&o.CreatedAt})
	o.Padding = uint64(padding)
	return o, err
}

// OldSites implements media.OldAddresses.
func (db *DB) OldSites(ctx context.Context) ([]media.OldSite, error) {
	sites, err := read(ctx, db, func(ctx context.Context, s session) ([]media.OldSite, error) {
		return queryAll(ctx, s, scanOldSite, `SELECT `+oldSiteColumns+` FROM old_sites ORDER BY id`)
	})
	return sites, wrapErr("read old sites", err)
}

// SetOldSite implements media.Imports.
func (db *DB) SetOldSite(ctx context.Context, o *media.OldSite) error {
	err := db.update(ctx, func(ctx context.Context, s session) (err error) {
		o.ID, err = insertRow(ctx, s, `
			INSERT INTO old_sites (url, version, salt, padding, exact,
				route_image, route_video, route_album, route_user, root_route, guest_key, linked, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (url) DO UPDATE SET version = excluded.version, salt = excluded.salt, padding = excluded.padding, exact = excluded.exact,
				route_image = excluded.route_image, route_video = excluded.route_video, route_album = excluded.route_album,
				route_user = excluded.route_user, root_route = excluded.root_route, guest_key = excluded.guest_key,
				linked = (excluded.linked OR old_sites.linked)
			RETURNING id`,
			o.URL, o.Version, o.Salt, int64(o.Padding), o.Exact,
			o.RouteImage, o.RouteVideo, o.RouteAlbum, o.RouteUser, o.RootRoute, o.GuestKey, o.Linked, unixTime{&o.CreatedAt})
		return err
	})
	return wrapErr("record an old site", err)
}

// OldNumber implements media.OldAddresses.
func (db *DB) OldNumber(ctx context.Context, site int64, kind media.OldKind, number int64) (int64, error) {
	target, err := read(ctx, db, func(ctx context.Context, s session) (int64, error) {
		return queryOne(ctx, s, scanNumber, `
			SELECT target FROM old_numbers WHERE site = ? AND kind = ? AND number = ?`, site, kind, number)
	})
	return target, wrapErr("look up an old number", err)
}

// OldNumbers implements media.Imports.
func (db *DB) OldNumbers(ctx context.Context, site int64, kind media.OldKind, numbers []int64) (map[int64]int64, error) {
	found, err := read(ctx, db, func(ctx context.Context, s session) (map[int64]int64, error) {
		return oldNumbers(ctx, s, site, kind, numbers)
	})
	return found, wrapErr("look up old numbers", err)
}

func oldNumbers(ctx context.Context, s session, site int64, kind media.OldKind, numbers []int64) (map[int64]int64, error) {
	list, err := numberList(numbers)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]int64)
	return found, s.each(ctx, func(scan Scan) error {
		var number, target int64
		err := scan(&number, &target)
		found[number] = target
		return err
	}, `SELECT number, target FROM old_numbers WHERE site = ? AND kind = ? AND number IN (numbers_of(?))`, site, kind, list)
}

// insertOldNumber records what has a number at an old site. The error is
// fs.ErrExist when the number has something already.
func insertOldNumber(ctx context.Context, s session, site int64, kind media.OldKind, number, target int64) error {
	_, err := s.exec(ctx, `INSERT INTO old_numbers (site, kind, number, target) VALUES (?, ?, ?, ?)`, site, kind, number, target)
	return constraintErr(err, fs.ErrExist)
}

// OldPath implements media.OldAddresses.
func (db *DB) OldPath(ctx context.Context, site int64, path string) (media.OldPath, error) {
	p, err := read(ctx, db, func(ctx context.Context, s session) (media.OldPath, error) {
		return queryOne(ctx, s, func(scan Scan) (p media.OldPath, err error) {
			err = scan(&p.Path, &p.Kind, &p.Target, &p.Role)
			return p, err
		}, `SELECT path, kind, target, role FROM old_paths WHERE site = ? AND path = ?`, site, path)
	})
	return p, wrapErr("look up an old path", err)
}

// AddOldPaths implements media.Imports.
func (db *DB) AddOldPaths(ctx context.Context, site int64, paths []media.OldPath) error {
	err := db.update(ctx, func(ctx context.Context, s session) error { return insertOldPaths(ctx, s, site, paths) })
	return wrapErr("record old paths", err)
}

func insertOldPaths(ctx context.Context, s session, site int64, paths []media.OldPath) error {
	for _, p := range paths {
		if _, err := s.exec(ctx, `
			INSERT INTO old_paths (site, path, kind, target, role) VALUES (?, ?, ?, ?, ?) ON CONFLICT (site, path) DO NOTHING`,
			site, p.Path, p.Kind, p.Target, p.Role); err != nil {
			return err
		}
	}
	return nil
}

// ItemNumbered implements media.OldAddresses.
func (db *DB) ItemNumbered(ctx context.Context, number int64) (media.Item, error) {
	it, err := read(ctx, db, func(ctx context.Context, s session) (media.Item, error) {
		return queryItem(ctx, s, itemByNumberQuery+` AND `+present, number)
	})
	return it, wrapErr("read item by number", err)
}

// DeleteHash implements media.OldAddresses.
func (db *DB) DeleteHash(ctx context.Context, item int64) (string, error) {
	hash, err := read(ctx, db, func(ctx context.Context, s session) (string, error) {
		return queryOne(ctx, s, scanText, `SELECT hash FROM delete_hashes WHERE item = ?`, item)
	})
	return hash, wrapErr("read delete hash", err)
}

// WasImported implements media.OldAddresses.
func (db *DB) WasImported(ctx context.Context, site, item int64) (bool, error) {
	yes, err := read(ctx, db, func(ctx context.Context, s session) (bool, error) {
		return queryOne(ctx, s, scanBool, `
			SELECT EXISTS (SELECT 1 FROM old_numbers WHERE target = ? AND site = ? AND kind = ?)`, item, site, media.OldItem)
	})
	return yes, wrapErr("look up an imported item", err)
}

// ImportUser implements media.Imports.
func (db *DB) ImportUser(ctx context.Context, site, old int64, u *media.User, d media.UserDetails, password string) error {
	var id int64
	err := db.update(ctx, func(ctx context.Context, s session) (err error) {
		if id, err = insertUser(ctx, s, u); err != nil {
			return err
		}
		if _, err := s.exec(ctx, `
			INSERT INTO user_details (user_id, email, website, bio, timezone, private) VALUES (?, ?, ?, ?, ?, ?)`,
			id, d.Email, d.Website, d.Bio, d.Timezone, d.Private); err != nil {
			return err
		}
		if password != "" {
			if _, err := s.exec(ctx, `INSERT INTO passwords (user_id, hash, changed_at) VALUES (?, ?, ?)`, id, password, unixTime{&u.CreatedAt}); err != nil {
				return err
			}
		}
		return insertOldNumber(ctx, s, site, media.OldUser, old, id)
	})
	if err != nil {
		return wrapErr("import user "+u.Name, err)
	}
	u.ID = id
	return nil
}

// ImportKey implements media.Imports. The key gets a digest that no key has.
func (db *DB) ImportKey(ctx context.Context, site, old int64, k *media.APIKey, hash string) error {
	k.Digest = make([]byte, 32)
	rand.Read(k.Digest)
	err := db.update(ctx, func(ctx context.Context, s session) (err error) {
		k.ID, err = insertRow(ctx, s, `
			INSERT INTO api_keys (user_id, name, digest, created_at, expires_at, revoked_at, last_used_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			k.UserID, k.Name, k.Digest, unixTime{&k.CreatedAt}, unixTime{&k.ExpiresAt}, unixTime{&k.RevokedAt}, unixTime{&k.LastUsed})
		if err != nil {
			return constraintErr(err, media.ErrNameTaken)
		}
		if _, err := s.exec(ctx, `INSERT INTO key_hashes (key_id, hash) VALUES (?, ?)`, k.ID, hash); err != nil {
			return err
		}
		return insertOldNumber(ctx, s, site, media.OldKey, old, k.ID)
	})
	return wrapErr("import key", err)
}

// KeyHash implements media.KeyHashes.
func (db *DB) KeyHash(ctx context.Context, site, old int64) (id int64, hash string, err error) {
	hash, err = read(ctx, db, func(ctx context.Context, s session) (string, error) {
		return queryOne(ctx, s, func(scan Scan) (hash string, err error) {
			err = scan(&id, &hash)
			return hash, err
		}, `SELECT key_id, hash FROM old_numbers JOIN key_hashes ON key_id = target WHERE site = ? AND kind = ? AND number = ?`, site, media.OldKey, old)
	})
	return id, hash, wrapErr("read hash of a key", err)
}

// SetKeyDigest implements media.KeyHashes.
func (db *DB) SetKeyDigest(ctx context.Context, id int64, digest []byte) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		return constraintErr(requireRow(s.exec(ctx, `UPDATE api_keys SET digest = ? WHERE id = ?`, digest, id)), media.ErrNameTaken)
	})
	return wrapErr("remember key", err)
}

// ImportCategory implements media.Imports.
func (db *DB) ImportCategory(ctx context.Context, site, old int64, c *media.Category) error {
	err := db.update(ctx, func(ctx context.Context, s session) (err error) {
		c.ID, err = queryOne(ctx, s, scanNumber, `SELECT id FROM categories WHERE nocase(name) = nocase(?)`, c.Name)
		if errors.Is(err, fs.ErrNotExist) {
			c.ID, err = insertRow(ctx, s, `INSERT INTO categories (name) VALUES (?) RETURNING id`, c.Name)
		}
		if err != nil {
			return err
		}
		return insertOldNumber(ctx, s, site, media.OldCategory, old, c.ID)
	})
	return wrapErr("import category "+c.Name, err)
}

// ImportAlbum implements media.Imports.
func (db *DB) ImportAlbum(ctx context.Context, site, old int64, p *media.Post, d media.AlbumDetails) error {
	err := db.update(ctx, func(ctx context.Context, s session) (err error) {
		p.ID, err = insertRow(ctx, s, `
			INSERT INTO albums (slug, user_id, title, description, created_at, visibility, access_key, views, lock)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			p.Slug, p.UserID, p.Title, p.Description, unixTime{&p.CreatedAt}, p.Visibility, p.AccessKey, p.Views, p.Lock)
		if err != nil {
			return constraintErr(err, media.ErrIDTaken)
		}
		if _, err := s.exec(ctx, `
			INSERT INTO album_details (album, password, parent, cover, buttons) VALUES (?, '', NULL, NULL, ?)`, p.ID, d.Buttons); err != nil {
			return err
		}
		return insertOldNumber(ctx, s, site, media.OldAlbum, old, p.ID)
	})
	return wrapErr("import album "+p.Slug, err)
}

// SetAlbumPlace implements media.Imports.
func (db *DB) SetAlbumPlace(ctx context.Context, album, parent, cover int64) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `
			UPDATE album_details SET
				parent = (SELECT id FROM albums WHERE id = ? AND id <> album),
				cover = (SELECT number FROM items WHERE number = ?)
			WHERE album = ? AND parent IS NULL AND cover IS NULL`, parent, cover, album)
		return err
	})
	return wrapErr("place album", err)
}

// ImportItems implements media.Imports.
func (db *DB) ImportItems(ctx context.Context, site int64, items []media.ImportedItem) ([]error, error) {
	var refused []error
	err := db.update(ctx, func(ctx context.Context, s session) error {
		refused = make([]error, len(items))
		free, err := allFree(ctx, s, site, items)
		if err != nil {
			return err
		}
		im := itemImport{db: db, session: s, site: site, tags: make(map[string]int64)}
		for i := range items {
			if !free {
				refused[i], err = importRefusal(ctx, s, site, items[i])
			}
			if refused[i] == nil && err == nil {
				err = im.insert(ctx, items[i])
			}
			if err != nil {
				return fmt.Errorf("item %d: %w", items[i].Number, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, wrapErr("import items", err)
	}
	return refused, nil
}

// itemImport adds items in one transaction. What is wrong with an item is found before,
// since a statement that fails costs the others of the transaction.
type itemImport struct {
	db      *DB
	session session
	site    int64
	tags    map[string]int64 // IDs of spellings that are there
}

func (im *itemImport) insert(ctx context.Context, in media.ImportedItem) error {
	it, s := in.Item, im.session
	number, err := insertItem(ctx, s, it, time.Time{})
	if err != nil {
		return err
	}
	if err := insertFileRows(ctx, s, number, it, it.Roles(), time.Time{}); err != nil {
		return err
	}
	if in.Unlisted {
		if _, err := s.exec(ctx, `UPDATE items SET unlisted = ? WHERE number = ?`, true, number); err != nil {
			return err
		}
	}
	if it.Unprocessed {
		if err := insertRenditionJob(ctx, s, number, it.CreatedAt); err != nil {
			return err
		}
	}
	if err := im.tag(ctx, number, it.Tags); err != nil {
		return err
	}
	if err := insertOldNumber(ctx, s, im.site, media.OldItem, in.Number, number); err != nil {
		return err
	}
	for i := range in.Paths {
		in.Paths[i].Target = number
	}
	if err := insertOldPaths(ctx, s, im.site, in.Paths); err != nil {
		return err
	}
	it.Number = number
	return im.db.index.Changed(ctx, s.Session, number)
}

// tag gives an item its tags. Each spelling is looked up once.
func (im *itemImport) tag(ctx context.Context, number int64, tags []string) error {
	for position, name := range tags {
		name = CleanText(name)
		if im.tags[name] == 0 {
			if err := insertTag(ctx, im.session, name); err != nil {
				return err
			}
			id, err := queryOne(ctx, im.session, scanNumber, `SELECT id FROM tags WHERE name = ?`, name)
			if err != nil {
				return err
			}
			im.tags[name] = id
		}
		if _, err := im.session.exec(ctx, `INSERT INTO item_tags (item, position, tag) VALUES (?, ?, ?)`, number, position, im.tags[name]); err != nil {
			return err
		}
	}
	return nil
}

// allFree reports whether the numbers, IDs and keys of all items are free, in fewer
// looks than importRefusal takes for each.
func allFree(ctx context.Context, s session, site int64, items []media.ImportedItem) (bool, error) {
	var numbers []int64
	var ids, keys, names []string
	seen := make(map[string]bool)
	once := func(kind, name string) bool {
		key := kind + name
		had := seen[key]
		seen[key] = true
		return !had
	}
	for _, in := range items {
		if !once("number ", strconv.FormatInt(in.Number, 10)) || !once("id ", CleanText(in.Item.ID)) {
			return false, nil
		}
		numbers, ids, names = append(numbers, in.Number), append(ids, in.Item.ID), append(names, in.Item.ID)
		for _, key := range in.Item.Keys() {
			folded := foldASCII(CleanText(key))
			if !once("key ", folded) {
				return false, nil
			}
			keys, names = append(keys, folded), append(names, media.KeyName(key))
		}
	}
	known, err := oldNumbers(ctx, s, site, media.OldItem, numbers)
	if err != nil || len(known) > 0 {
		return false, err
	}
	for _, look := range []struct {
		query string
		texts []string
	}{
		{`SELECT EXISTS (SELECT 1 FROM items WHERE id IN (texts_of(?)))`, ids},
		{`SELECT EXISTS (SELECT 1 FROM files WHERE nocase(key) IN (texts_of(?)))`, keys},
	} {
		list, err := textList(look.texts)
		if err != nil {
			return false, err
		}
		taken, err := queryOne(ctx, s, scanBool, look.query, list)
		if err != nil || taken {
			return false, err
		}
	}
	err = refuseRetired(ctx, s, media.ErrIDTaken, names...)
	if errors.Is(err, media.ErrIDTaken) {
		return false, nil
	}
	return err == nil, err
}

// foldASCII is nocase of a text.
func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// importRefusal says why an item cannot be added; nil for nothing.
func importRefusal(ctx context.Context, s session, site int64, in media.ImportedItem) (refused, err error) {
	known, err := oldNumbers(ctx, s, site, media.OldItem, []int64{in.Number})
	if err != nil || len(known) > 0 {
		return fs.ErrExist, err
	}
	err = refuseRetired(ctx, s, media.ErrIDTaken, in.Item.ID)
	if errors.Is(err, media.ErrIDTaken) {
		return err, nil
	}
	if err != nil {
		return nil, err
	}
	taken, err := queryOne(ctx, s, scanBool, `SELECT EXISTS (SELECT 1 FROM items WHERE id = ?)`, in.Item.ID)
	if err != nil || taken {
		return media.ErrIDTaken, err
	}
	var names []string
	for _, key := range in.Item.Keys() {
		names = append(names, media.KeyName(key))
		taken, err := queryOne(ctx, s, scanBool, `SELECT EXISTS (SELECT 1 FROM files WHERE nocase(key) = nocase(?))`, key)
		if err != nil || taken {
			return media.ErrKeyTaken, err
		}
	}
	err = refuseRetired(ctx, s, media.ErrKeyTaken, names...)
	if errors.Is(err, media.ErrKeyTaken) {
		return err, nil
	}
	return nil, err
}

// AddDeleteHashes implements media.Imports.
func (db *DB) AddDeleteHashes(ctx context.Context, site int64, hashes map[int64]string) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		for _, old := range slices.Sorted(maps.Keys(hashes)) {
			if _, err := s.exec(ctx, `
				INSERT INTO delete_hashes (item, hash)
				SELECT items.number, ? FROM old_numbers JOIN items ON items.number = target
				WHERE site = ? AND old_numbers.kind = ? AND old_numbers.number = ?
				ON CONFLICT (item) DO NOTHING`, hashes[old], site, media.OldItem, old); err != nil {
				return err
			}
		}
		return nil
	})
	return wrapErr("import delete links", err)
}

// AddLikes implements media.Imports.
func (db *DB) AddLikes(ctx context.Context, likes []media.Like) (count int, err error) {
	err = db.update(ctx, func(ctx context.Context, s session) error {
		count = 0
		for _, l := range likes {
			n, err := s.exec(ctx, `
				INSERT INTO likes (user_id, item, created_at)
				SELECT users.id, items.number, CAST(? AS bigint) FROM users, items WHERE users.id = ? AND items.number = ?
				ON CONFLICT (user_id, item) DO UPDATE SET created_at = likes.created_at`, unixTime{&l.CreatedAt}, l.UserID, l.Item)
			if err != nil {
				return err
			}
			count += int(n)
		}
		return nil
	})
	return count, wrapErr("import likes", err)
}

// AddFollows implements media.Imports.
func (db *DB) AddFollows(ctx context.Context, follows []media.Follow) (count int, err error) {
	err = db.update(ctx, func(ctx context.Context, s session) error {
		count = 0
		for _, f := range follows {
			n, err := s.exec(ctx, `
				INSERT INTO follows (follower, followed, created_at)
				SELECT a.id, b.id, CAST(? AS bigint) FROM users AS a, users AS b WHERE a.id = ? AND b.id = ? AND a.id <> b.id
				ON CONFLICT (follower, followed) DO UPDATE SET created_at = follows.created_at`, unixTime{&f.CreatedAt}, f.Follower, f.Followed)
			if err != nil {
				return err
			}
			count += int(n)
		}
		return nil
	})
	return count, wrapErr("import follows", err)
}

// BanAddress implements media.Imports.
func (db *DB) BanAddress(ctx context.Context, address, reason string, expires time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `
			INSERT INTO banned_addresses (address, reason, expires_at) VALUES (?, ?, ?) ON CONFLICT (address) DO NOTHING`,
			address, reason, unixTime{&expires})
		return err
	})
	return wrapErr("ban address", err)
}

// RetireIDs implements media.Imports.
func (db *DB) RetireIDs(ctx context.Context, ids []string) error {
	err := db.update(ctx, func(ctx context.Context, s session) error { return retire(ctx, s, time.Time{}, ids...) })
	return wrapErr("retire IDs", err)
}
