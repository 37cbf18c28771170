package records

import (
	"context"
	"io/fs"

	"postern/media"
	"postern/records/txn"
)

var _ media.KeyHashes = (*DB)(nil)

const oldSiteColumns = `id, url, version, salt, padding, exact,
	route_image, route_video, route_album, route_user, root_route, guest_key, linked, created_at`

func scanOldSite(scan txn.Scan) (o media.OldSite, err error) {
	var padding int64
	err = scan(&o.ID, &o.URL, &o.Version, &o.Salt, &padding, &o.Exact,
		&o.RouteImage, &o.RouteVideo, &o.RouteAlbum, &o.RouteUser, &o.RootRoute, &o.GuestKey, &o.Linked, txn.Time(&o.CreatedAt))
	o.Padding = uint64(padding)
	return o, err
}

// OldSites implements media.OldAddresses.
func (db *DB) OldSites(ctx context.Context) ([]media.OldSite, error) {
	sites, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.OldSite, error) {
		return txn.QueryAll(ctx, s, scanOldSite, `SELECT `+oldSiteColumns+` FROM old_sites ORDER BY id`)
	})
	return sites, txn.Wrap("read old sites", err)
}

// SetOldSite implements media.Imports.
func (db *DB) SetOldSite(ctx context.Context, o *media.OldSite) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		o.ID, err = txn.InsertRow(ctx, s, `
			INSERT INTO old_sites (url, version, salt, padding, exact,
				route_image, route_video, route_album, route_user, root_route, guest_key, linked, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (url) DO UPDATE SET version = excluded.version, salt = excluded.salt, padding = excluded.padding, exact = excluded.exact,
				route_image = excluded.route_image, route_video = excluded.route_video, route_album = excluded.route_album,
				route_user = excluded.route_user, root_route = excluded.root_route, guest_key = excluded.guest_key,
				linked = (excluded.linked OR old_sites.linked)
			RETURNING id`,
			o.URL, o.Version, o.Salt, int64(o.Padding), o.Exact,
			o.RouteImage, o.RouteVideo, o.RouteAlbum, o.RouteUser, o.RootRoute, o.GuestKey, o.Linked, txn.Time(&o.CreatedAt))
		return err
	})
	return txn.Wrap("record an old site", err)
}

// OldNumber implements media.OldAddresses.
func (db *DB) OldNumber(ctx context.Context, site int64, kind media.OldKind, number int64) (int64, error) {
	target, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (int64, error) {
		return txn.QueryOne(ctx, s, txn.Value[int64], `
			SELECT target FROM old_numbers WHERE site = ? AND kind = ? AND number = ?`, site, kind, number)
	})
	return target, txn.Wrap("look up an old number", err)
}

// OldNumbers implements media.Imports.
func (db *DB) OldNumbers(ctx context.Context, site int64, kind media.OldKind, numbers []int64) (map[int64]int64, error) {
	found, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (map[int64]int64, error) {
		return oldNumbers(ctx, s, site, kind, numbers)
	})
	return found, txn.Wrap("look up old numbers", err)
}

func oldNumbers(ctx context.Context, s txn.Tx, site int64, kind media.OldKind, numbers []int64) (map[int64]int64, error) {
	list, err := txn.Numbers(numbers)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]int64)
	return found, s.Each(ctx, func(scan txn.Scan) error {
		var number, target int64
		err := scan(&number, &target)
		found[number] = target
		return err
	}, `SELECT number, target FROM old_numbers WHERE site = ? AND kind = ? AND number IN (numbers_of(?))`, site, kind, list)
}

// insertOldNumber records what has a number at an old site. The error is
// fs.ErrExist when the number has something already.
func insertOldNumber(ctx context.Context, s txn.Tx, site int64, kind media.OldKind, number, target int64) error {
	_, err := s.Exec(ctx, `INSERT INTO old_numbers (site, kind, number, target) VALUES (?, ?, ?, ?)`, site, kind, number, target)
	return txn.Conflict(err, fs.ErrExist)
}

// OldPath implements media.OldAddresses.
func (db *DB) OldPath(ctx context.Context, site int64, path string) (media.OldPath, error) {
	p, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.OldPath, error) {
		return txn.QueryOne(ctx, s, func(scan txn.Scan) (p media.OldPath, err error) {
			err = scan(&p.Path, &p.Kind, &p.Target, &p.Role)
			return p, err
		}, `SELECT path, kind, target, role FROM old_paths WHERE site = ? AND path = ?`, site, path)
	})
	return p, txn.Wrap("look up an old path", err)
}

// AddOldPaths implements media.Imports.
func (db *DB) AddOldPaths(ctx context.Context, site int64, paths []media.OldPath) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error { return insertOldPaths(ctx, s, site, paths) })
	return txn.Wrap("record old paths", err)
}

func insertOldPaths(ctx context.Context, s txn.Tx, site int64, paths []media.OldPath) error {
	for _, p := range paths {
		if _, err := s.Exec(ctx, `
			INSERT INTO old_paths (site, path, kind, target, role) VALUES (?, ?, ?, ?, ?) ON CONFLICT (site, path) DO NOTHING`,
			site, p.Path, p.Kind, p.Target, p.Role); err != nil {
			return err
		}
	}
	return nil
}

// DeleteHash implements media.OldAddresses.
func (db *DB) DeleteHash(ctx context.Context, item int64) (string, error) {
	hash, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (string, error) {
		return txn.QueryOne(ctx, s, txn.Value[string], `SELECT hash FROM delete_hashes WHERE item = ?`, item)
	})
	return hash, txn.Wrap("read delete hash", err)
}

// WasImported implements media.OldAddresses.
func (db *DB) WasImported(ctx context.Context, site, item int64) (bool, error) {
	yes, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (bool, error) {
		return txn.QueryOne(ctx, s, txn.Value[bool], `
			SELECT EXISTS (SELECT 1 FROM old_numbers WHERE target = ? AND site = ? AND kind = ?)`, item, site, media.OldItem)
	})
	return yes, txn.Wrap("look up an imported item", err)
}

// KeyHash implements media.KeyHashes.
func (db *DB) KeyHash(ctx context.Context, site, old int64) (id int64, hash string, err error) {
	hash, err = txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (string, error) {
		return txn.QueryOne(ctx, s, func(scan txn.Scan) (hash string, err error) {
			err = scan(&id, &hash)
			return hash, err
		}, `SELECT key_id, hash FROM old_numbers JOIN key_hashes ON key_id = target WHERE site = ? AND kind = ? AND number = ?`, site, media.OldKey, old)
	})
	return id, hash, txn.Wrap("read hash of a key", err)
}

// SetKeyDigest implements media.KeyHashes.
func (db *DB) SetKeyDigest(ctx context.Context, id int64, digest []byte) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.Conflict(txn.RequireRow(s.Exec(ctx, `UPDATE api_keys SET digest = ? WHERE id = ?`, digest, id)), media.ErrNameTaken)
	})
	return txn.Wrap("remember key", err)
}
