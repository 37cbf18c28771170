package records

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"postern/media"
)

// keyColumns are the columns of api_keys and its users in the order of scanKey.
const keyColumns = `api_keys.id, user_id, users.name, api_keys.name, scope, digest,
	api_keys.created_at, expires_at, revoked_at, last_used_at`

func scanKey(scan Scan) (k media.APIKey, err error) {
	err = scan(&k.ID, &k.UserID, &k.UserName, &k.Name, &k.Scope, &k.Digest,
		unixTime{&k.CreatedAt}, unixTime{&k.ExpiresAt}, unixTime{&k.RevokedAt}, unixTime{&k.LastUsed})
	return k, err
}

// InsertKey implements media.Accounts.
func (db *DB) InsertKey(ctx context.Context, k *media.APIKey) error {
	id, err := db.insert(ctx, media.ErrNameTaken, `
		INSERT INTO api_keys (user_id, name, scope, digest, created_at, expires_at, revoked_at, last_used_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		k.UserID, k.Name, string(cmp.Or(k.Scope, media.ScopeAll)), k.Digest,
		unixTime{&k.CreatedAt}, unixTime{&k.ExpiresAt}, unixTime{&k.RevokedAt}, unixTime{&k.LastUsed})
	if err != nil {
		return wrapErr("insert key", err)
	}
	k.ID = id
	return nil
}

// KeyByDigest implements media.Accounts.
func (db *DB) KeyByDigest(ctx context.Context, digest []byte) (media.APIKey, media.User, error) {
	var u media.User
	k, err := read(ctx, db, func(ctx context.Context, s session) (media.APIKey, error) {
		k, err := queryOne(ctx, s, scanKey, `
			SELECT `+keyColumns+` FROM api_keys JOIN users ON users.id = user_id
			WHERE digest = ?`, digest)
		if err != nil {
			return k, err
		}
		u, err = queryOne(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM users WHERE id = ?`, k.UserID)
		return k, err
	})
	return k, u, wrapErr("read key", err)
}

// Keys implements media.Accounts. The keys come in the order of insertion.
func (db *DB) Keys(ctx context.Context) ([]media.APIKey, error) {
	keys, err := read(ctx, db, func(ctx context.Context, s session) ([]media.APIKey, error) {
		return queryAll(ctx, s, scanKey, `
			SELECT `+keyColumns+` FROM api_keys JOIN users ON users.id = user_id
			ORDER BY api_keys.id`)
	})
	return keys, wrapErr("read keys", err)
}

// KeysOf implements media.Accounts.
func (db *DB) KeysOf(ctx context.Context, userID int64) ([]media.APIKey, error) {
	keys, err := read(ctx, db, func(ctx context.Context, s session) ([]media.APIKey, error) {
		return queryAll(ctx, s, scanKey, `
			SELECT `+keyColumns+` FROM api_keys JOIN users ON users.id = user_id
			WHERE user_id = ? ORDER BY api_keys.id DESC`, userID)
	})
	return keys, wrapErr("read keys of a user", err)
}

// RevokeKey implements media.Accounts. A key stays revoked since the first
// time.
func (db *DB) RevokeKey(ctx context.Context, id int64, at time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		return requireRow(s.exec(ctx, `
			UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?`, unixTime{&at}, id))
	})
	return wrapErr("revoke key", err)
}

// TouchKeys implements media.Accounts. Keys that are not there are passed
// over, and a last use is never set back.
func (db *DB) TouchKeys(ctx context.Context, used map[int64]time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		for _, id := range slices.Sorted(maps.Keys(used)) { // in one order, so that no two calls wait for each other
			at := used[id]
			if _, err := s.exec(ctx, `
				UPDATE api_keys SET last_used_at = ?1
				WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)`, unixTime{&at}, id); err != nil {
				return err
			}
		}
		return nil
	})
	return wrapErr("record last use of keys", err)
}
