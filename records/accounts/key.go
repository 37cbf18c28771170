package accounts

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"postern/media"
	"postern/records/txn"
)

// keyColumns are the columns of api_keys and its users in the order of scanKey.
const keyColumns = `api_keys.id, user_id, users.name, api_keys.name, scope, digest,
	api_keys.created_at, expires_at, revoked_at, last_used_at`

func scanKey(scan txn.Scan) (k media.APIKey, err error) {
	err = scan(&k.ID, &k.UserID, &k.UserName, &k.Name, &k.Scope, &k.Digest,
		txn.Time(&k.CreatedAt), txn.Time(&k.ExpiresAt), txn.Time(&k.RevokedAt), txn.Time(&k.LastUsed))
	return k, err
}

// InsertKey implements media.Accounts.
func (db *Accounts) InsertKey(ctx context.Context, k *media.APIKey) error {
	id, err := db.tx.Insert(ctx, media.ErrNameTaken, `
		INSERT INTO api_keys (user_id, name, scope, digest, created_at, expires_at, revoked_at, last_used_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		k.UserID, k.Name, string(cmp.Or(k.Scope, media.ScopeAll)), k.Digest,
		txn.Time(&k.CreatedAt), txn.Time(&k.ExpiresAt), txn.Time(&k.RevokedAt), txn.Time(&k.LastUsed))
	if err != nil {
		return txn.Wrap("insert key", err)
	}
	k.ID = id
	return nil
}

// KeyByDigest implements media.Accounts.
func (db *Accounts) KeyByDigest(ctx context.Context, digest []byte) (media.APIKey, media.User, error) {
	var u media.User
	k, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.APIKey, error) {
		k, err := txn.QueryOne(ctx, s, scanKey, `
			SELECT `+keyColumns+` FROM api_keys JOIN users ON users.id = user_id
			WHERE digest = ?`, digest)
		if err != nil {
			return k, err
		}
		u, err = txn.QueryOne(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM users WHERE id = ?`, k.UserID)
		return k, err
	})
	return k, u, txn.Wrap("read key", err)
}

// Keys implements media.Accounts. The keys come in the order of insertion.
func (db *Accounts) Keys(ctx context.Context) ([]media.APIKey, error) {
	keys, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.APIKey, error) {
		return txn.QueryAll(ctx, s, scanKey, `
			SELECT `+keyColumns+` FROM api_keys JOIN users ON users.id = user_id
			ORDER BY api_keys.id`)
	})
	return keys, txn.Wrap("read keys", err)
}

// KeysOf implements media.Accounts.
func (db *Accounts) KeysOf(ctx context.Context, userID int64) ([]media.APIKey, error) {
	keys, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.APIKey, error) {
		return txn.QueryAll(ctx, s, scanKey, `
			SELECT `+keyColumns+` FROM api_keys JOIN users ON users.id = user_id
			WHERE user_id = ? ORDER BY api_keys.id DESC`, userID)
	})
	return keys, txn.Wrap("read keys of a user", err)
}

// RevokeKey implements media.Accounts. A key stays revoked since the first
// time.
func (db *Accounts) RevokeKey(ctx context.Context, id int64, at time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `
			UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?`, txn.Time(&at), id))
	})
	return txn.Wrap("revoke key", err)
}

// TouchKeys implements media.Accounts. Keys that are not there are passed
// over, and a last use is never set back.
func (db *Accounts) TouchKeys(ctx context.Context, used map[int64]time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(used)) { // in one order, so that no two calls wait for each other
			at := used[id]
			if _, err := s.Exec(ctx, `
				UPDATE api_keys SET last_used_at = ?1
				WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)`, txn.Time(&at), id); err != nil {
				return err
			}
		}
		return nil
	})
	return txn.Wrap("record last use of keys", err)
}
