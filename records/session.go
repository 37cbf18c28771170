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
			INSERT INTO sessions (digest, key_id, created_at, expires_at, last_used_at) VALUES (?, ?, ?, ?, ?)`,
			v.Digest, v.KeyID, unixTime{&v.CreatedAt}, unixTime{&v.ExpiresAt}, unixTime{&v.LastUsed})
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
		k, err = queryOne(ctx, s, scanKey, `
			SELECT `+keyColumns+` FROM api_keys JOIN users ON users.id = user_id
			WHERE api_keys.id = ?`, v.KeyID)
		if err != nil {
			return v, err
		}
		u, err = queryOne(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM users WHERE id = ?`, k.UserID)
		return v, err
	})
	return v, k, u, wrapErr("read session", err)
}

const sessionQuery = `
	SELECT digest, key_id, created_at, expires_at, last_used_at FROM sessions WHERE digest = ?`

func scanSession(scan Scan) (v media.Session, err error) {
	err = scan(&v.Digest, &v.KeyID, unixTime{&v.CreatedAt}, unixTime{&v.ExpiresAt}, unixTime{&v.LastUsed})
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

// DeleteExpiredSessions implements media.Sessions.
func (db *DB) DeleteExpiredSessions(ctx context.Context, now time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, deleteSessionsQuery, unixTime{&now})
		return err
	})
	return wrapErr("delete expired sessions", err)
}

const deleteSessionsQuery = `DELETE FROM sessions WHERE expires_at <= ?`
