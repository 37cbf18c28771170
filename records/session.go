package records

import (
	"context"
	"time"

	"postern/media"
)

// InsertSession implements media.Sessions.
func (db *DB) InsertSession(ctx context.Context, v media.Session) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `
			INSERT INTO sessions (digest, user_id, key_id, agent, created_at, expires_at, last_used_at)
			VALUES (?, ?, nullif(CAST(? AS bigint), 0), ?, ?, ?, ?)`,
			v.Digest, v.UserID, v.KeyID, v.Agent, unixTime{&v.CreatedAt}, unixTime{&v.ExpiresAt}, unixTime{&v.LastUsed})
		return constraintErr(err, media.ErrIDTaken)
	})
	return wrapErr("insert session", err)
}

// SessionByDigest implements media.Sessions.
func (db *DB) SessionByDigest(ctx context.Context, digest []byte) (v media.Session, k media.APIKey, u media.User, err error) {
	v, err = read(ctx, db, func(ctx context.Context, s session) (media.Session, error) {
		v, err := queryOne(ctx, s, scanSession, sessionQuery, digest)
		if err != nil {
			return v, err
		}
		if v.KeyID != 0 {
			k, err = queryOne(ctx, s, scanKey, `
				SELECT `+keyColumns+` FROM api_keys JOIN users ON users.id = user_id
				WHERE api_keys.id = ?`, v.KeyID)
			if err != nil {
				return v, err
			}
		}
		u, err = queryOne(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM users WHERE id = ?`, v.UserID)
		return v, err
	})
	return v, k, u, wrapErr("read session", err)
}

const sessionColumns = `digest, user_id, coalesce(key_id, 0), agent, created_at, expires_at, last_used_at`

const sessionQuery = `SELECT ` + sessionColumns + ` FROM sessions WHERE digest = ?`

func scanSession(scan Scan) (v media.Session, err error) {
	err = scan(&v.Digest, &v.UserID, &v.KeyID, &v.Agent, unixTime{&v.CreatedAt}, unixTime{&v.ExpiresAt}, unixTime{&v.LastUsed})
	return v, err
}

// RenewSession implements media.Sessions.
func (db *DB) RenewSession(ctx context.Context, digest []byte, used, expires time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		return requireRow(s.exec(ctx, `
			UPDATE sessions SET last_used_at = ?, expires_at = ? WHERE digest = ?`,
			unixTime{&used}, unixTime{&expires}, digest))
	})
	return wrapErr("renew session", err)
}

// DeleteSession implements media.Sessions.
func (db *DB) DeleteSession(ctx context.Context, digest []byte) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `DELETE FROM sessions WHERE digest = ?`, digest)
		return err
	})
	return wrapErr("delete session", err)
}

// SessionsOf implements media.Sessions.
func (db *DB) SessionsOf(ctx context.Context, userID int64, now time.Time) ([]media.Session, error) {
	sessions, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Session, error) {
		return queryAll(ctx, s, scanSession, `
			SELECT `+sessionColumns+` FROM sessions WHERE user_id = ? AND expires_at > ?
			ORDER BY last_used_at DESC, created_at DESC, digest`, userID, unixTime{&now})
	})
	return sessions, wrapErr("read sessions of a user", err)
}

// DeleteSessionsOf implements media.Sessions.
func (db *DB) DeleteSessionsOf(ctx context.Context, userID int64, except []byte) error {
	err := db.update(ctx, func(ctx context.Context, s session) error { return deleteSessionsOf(ctx, s, userID, except) })
	return wrapErr("delete sessions of a user", err)
}

func deleteSessionsOf(ctx context.Context, s session, userID int64, except []byte) error {
	if except == nil {
		except = []byte{} // NULL would be equal to nothing
	}
	_, err := s.exec(ctx, `DELETE FROM sessions WHERE user_id = ? AND digest <> ?`, userID, except)
	return err
}

// DeleteExpiredSessions implements media.Sessions.
func (db *DB) DeleteExpiredSessions(ctx context.Context, now time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, deleteSessionsQuery, unixTime{&now})
		return err
	})
	return wrapErr("delete expired sessions", err)
}

const deleteSessionsQuery = `DELETE FROM sessions WHERE expires_at <= ?`
