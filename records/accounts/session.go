package accounts

import (
	"context"
	"time"

	"postern/media"
	"postern/records/txn"
)

// InsertSession implements media.Sessions.
func (db *Accounts) InsertSession(ctx context.Context, v media.Session) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `
			INSERT INTO sessions (digest, user_id, key_id, agent, created_at, expires_at, last_used_at)
			VALUES (?, ?, nullif(CAST(? AS bigint), 0), ?, ?, ?, ?)`,
			v.Digest, v.UserID, v.KeyID, v.Agent, txn.Time(&v.CreatedAt), txn.Time(&v.ExpiresAt), txn.Time(&v.LastUsed))
		return txn.Conflict(err, media.ErrIDTaken)
	})
	return txn.Wrap("insert session", err)
}

// SessionByDigest implements media.Sessions.
func (db *Accounts) SessionByDigest(ctx context.Context, digest []byte) (v media.Session, k media.APIKey, u media.User, err error) {
	v, err = txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Session, error) {
		v, err := txn.QueryOne(ctx, s, scanSession, sessionQuery, digest)
		if err != nil {
			return v, err
		}
		if v.KeyID != 0 {
			k, err = txn.QueryOne(ctx, s, scanKey, `
				SELECT `+keyColumns+` FROM api_keys JOIN users ON users.id = user_id
				WHERE api_keys.id = ?`, v.KeyID)
			if err != nil {
				return v, err
			}
		}
		u, err = txn.QueryOne(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM users WHERE id = ?`, v.UserID)
		return v, err
	})
	return v, k, u, txn.Wrap("read session", err)
}

const sessionColumns = `digest, user_id, coalesce(key_id, 0), agent, created_at, expires_at, last_used_at`

const sessionQuery = `SELECT ` + sessionColumns + ` FROM sessions WHERE digest = ?`

func scanSession(scan txn.Scan) (v media.Session, err error) {
	err = scan(&v.Digest, &v.UserID, &v.KeyID, &v.Agent, txn.Time(&v.CreatedAt), txn.Time(&v.ExpiresAt), txn.Time(&v.LastUsed))
	return v, err
}

// RenewSession implements media.Sessions.
func (db *Accounts) RenewSession(ctx context.Context, digest []byte, used, expires time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `
			UPDATE sessions SET last_used_at = ?, expires_at = ? WHERE digest = ?`,
			txn.Time(&used), txn.Time(&expires), digest))
	})
	return txn.Wrap("renew session", err)
}

// DeleteSession implements media.Sessions.
func (db *Accounts) DeleteSession(ctx context.Context, digest []byte) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `DELETE FROM sessions WHERE digest = ?`, digest)
		return err
	})
	return txn.Wrap("delete session", err)
}

// SessionsOf implements media.Sessions.
func (db *Accounts) SessionsOf(ctx context.Context, userID int64, now time.Time) ([]media.Session, error) {
	sessions, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Session, error) {
		return txn.QueryAll(ctx, s, scanSession, `
			SELECT `+sessionColumns+` FROM sessions WHERE user_id = ? AND expires_at > ?
			ORDER BY last_used_at DESC, created_at DESC, digest`, userID, txn.Time(&now))
	})
	return sessions, txn.Wrap("read sessions of a user", err)
}

// DeleteSessionsOf implements media.Sessions.
func (db *Accounts) DeleteSessionsOf(ctx context.Context, userID int64, except []byte) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error { return deleteSessionsOf(ctx, s, userID, except) })
	return txn.Wrap("delete sessions of a user", err)
}

func deleteSessionsOf(ctx context.Context, s txn.Tx, userID int64, except []byte) error {
	if except == nil {
		except = []byte{} // NULL would be equal to nothing
	}
	_, err := s.Exec(ctx, `DELETE FROM sessions WHERE user_id = ? AND digest <> ?`, userID, except)
	return err
}

// DeleteExpiredSessions implements media.Sessions.
func (db *Accounts) DeleteExpiredSessions(ctx context.Context, now time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, deleteSessionsQuery, txn.Time(&now))
		return err
	})
	return txn.Wrap("delete expired sessions", err)
}

const deleteSessionsQuery = `DELETE FROM sessions WHERE expires_at <= ?`
