package records

import (
	"context"
	"time"

	"postern/media"
)

// AnyPassword implements media.Credentials.
func (db *DB) AnyPassword(ctx context.Context) (bool, error) {
	found, err := read(ctx, db, func(ctx context.Context, s session) (bool, error) {
		return queryOne(ctx, s, scanBool, `SELECT EXISTS (SELECT 1 FROM passwords)`)
	})
	return found, wrapErr("look for passwords", err)
}

// Password implements media.Credentials.
func (db *DB) Password(ctx context.Context, userID int64) (media.Password, error) {
	p, err := read(ctx, db, func(ctx context.Context, s session) (media.Password, error) {
		return queryOne(ctx, s, scanPassword, `SELECT user_id, hash, changed_at FROM passwords WHERE user_id = ?`, userID)
	})
	return p, wrapErr("read password", err)
}

func scanPassword(scan Scan) (p media.Password, err error) {
	err = scan(&p.UserID, &p.Hash, unixTime{&p.ChangedAt})
	return p, err
}

// SetPassword implements media.Credentials.
func (db *DB) SetPassword(ctx context.Context, p media.Password, except []byte) error {
	err := db.update(ctx, func(ctx context.Context, s session) error { return setPassword(ctx, s, p, except) })
	return wrapErr("set password", err)
}

func setPassword(ctx context.Context, s session, p media.Password, except []byte) error {
	_, err := s.exec(ctx, `
		INSERT INTO passwords (user_id, hash, changed_at) VALUES (?, ?, ?)
		ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`,
		p.UserID, p.Hash, unixTime{&p.ChangedAt})
	if err != nil {
		return constraintErr(err, media.ErrIDTaken)
	}
	return deleteSessionsOf(ctx, s, p.UserID, except)
}

// ReplaceHash implements media.Credentials.
func (db *DB) ReplaceHash(ctx context.Context, userID int64, old, hash string) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `UPDATE passwords SET hash = ? WHERE user_id = ? AND hash = ?`, hash, userID, old)
		return err
	})
	return wrapErr("replace hash of password", err)
}

const invitationColumns = `id, digest, coalesce(user_id, 0), admin, moderator, max_bytes, max_items, max_daily, uses, created_at, expires_at`

func scanInvitation(scan Scan) (i media.Invitation, err error) {
	err = scan(&i.ID, &i.Digest, &i.UserID, &i.Admin, &i.Moderator, &i.Quota.Bytes, &i.Quota.Items, &i.Quota.Daily,
		&i.Uses, unixTime{&i.CreatedAt}, unixTime{&i.ExpiresAt})
	return i, err
}

// InsertInvitation implements media.Credentials.
func (db *DB) InsertInvitation(ctx context.Context, i *media.Invitation) error {
	id, err := db.insert(ctx, media.ErrIDTaken, `
		INSERT INTO invitations (digest, user_id, admin, moderator, max_bytes, max_items, max_daily, uses, created_at, expires_at)
		VALUES (?, nullif(CAST(? AS bigint), 0), ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		i.Digest, i.UserID, i.Admin, i.Moderator, i.Quota.Bytes, i.Quota.Items, i.Quota.Daily,
		i.Uses, unixTime{&i.CreatedAt}, unixTime{&i.ExpiresAt})
	if err != nil {
		return wrapErr("insert invitation", err)
	}
	i.ID = id
	return nil
}

// InvitationByDigest implements media.Credentials.
func (db *DB) InvitationByDigest(ctx context.Context, digest []byte) (media.Invitation, error) {
	i, err := read(ctx, db, func(ctx context.Context, s session) (media.Invitation, error) {
		return queryOne(ctx, s, scanInvitation, `SELECT `+invitationColumns+` FROM invitations WHERE digest = ?`, digest)
	})
	return i, wrapErr("read invitation", err)
}

// Invitations implements media.Credentials.
func (db *DB) Invitations(ctx context.Context) ([]media.Invitation, error) {
	all, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Invitation, error) {
		return queryAll(ctx, s, scanInvitation, `SELECT `+invitationColumns+` FROM invitations WHERE user_id IS NULL ORDER BY id DESC`)
	})
	return all, wrapErr("read invitations", err)
}

// DeleteInvitation implements media.Credentials.
func (db *DB) DeleteInvitation(ctx context.Context, id int64) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		return requireRow(s.exec(ctx, `DELETE FROM invitations WHERE id = ?`, id))
	})
	return wrapErr("delete invitation", err)
}

// DeleteExpiredInvitations implements media.Credentials.
func (db *DB) DeleteExpiredInvitations(ctx context.Context, now time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `DELETE FROM invitations WHERE uses = 0 OR expires_at <= ?`, unixTime{&now})
		return err
	})
	return wrapErr("delete expired invitations", err)
}

// AcceptInvitation implements media.Credentials.
func (db *DB) AcceptInvitation(ctx context.Context, digest []byte, u *media.User, hash string, now time.Time) error {
	var id int64
	err := db.update(ctx, func(ctx context.Context, s session) (err error) {
		if err := useInvitation(ctx, s, `user_id IS NULL`, digest, now); err != nil {
			return err
		}
		if id, err = insertUser(ctx, s, u); err != nil || hash == "" {
			return err
		}
		return setPassword(ctx, s, media.Password{UserID: id, Hash: hash, ChangedAt: now}, nil)
	})
	if err == nil {
		u.ID = id
	}
	return wrapErr("accept invitation", err)
}

// AcceptReset implements media.Credentials.
func (db *DB) AcceptReset(ctx context.Context, digest []byte, p media.Password) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		if err := useInvitation(ctx, s, `user_id = ?3`, digest, p.ChangedAt, p.UserID); err != nil {
			return err
		}
		return setPassword(ctx, s, p, nil)
	})
	return wrapErr("accept link for a password", err)
}

// useInvitation takes a use of an open invitation, of which one of several callers
// gets the last.
func useInvitation(ctx context.Context, s session, condition string, digest []byte, now time.Time, args ...any) error {
	return requireRow(s.exec(ctx, `
		UPDATE invitations SET uses = uses - 1 WHERE digest = ?1 AND uses > 0 AND expires_at > ?2 AND `+condition,
		append([]any{digest, unixTime{&now}}, args...)...))
}

// UserByIdentity implements media.Credentials.
func (db *DB) UserByIdentity(ctx context.Context, id media.Identity) (media.User, error) {
	u, err := read(ctx, db, func(ctx context.Context, s session) (media.User, error) {
		return queryOne(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM identities JOIN users ON users.id = user_id WHERE issuer = ? AND subject = ?`, id.Issuer, id.Subject)
	})
	return u, wrapErr("read user of an identity", err)
}

// InsertIdentity implements media.Credentials.
func (db *DB) InsertIdentity(ctx context.Context, id media.Identity, userID int64) error {
	err := db.update(ctx, func(ctx context.Context, s session) error { return insertIdentity(ctx, s, id, userID) })
	return wrapErr("insert identity", err)
}

func insertIdentity(ctx context.Context, s session, id media.Identity, userID int64) error {
	_, err := s.exec(ctx, `INSERT INTO identities (issuer, subject, user_id) VALUES (?, ?, ?)`, id.Issuer, id.Subject, userID)
	return constraintErr(err, media.ErrIDTaken)
}

// InsertUserWithIdentity implements media.Credentials.
func (db *DB) InsertUserWithIdentity(ctx context.Context, u *media.User, id media.Identity) error {
	var number int64
	err := db.update(ctx, func(ctx context.Context, s session) (err error) {
		if number, err = insertUser(ctx, s, u); err != nil {
			return err
		}
		return insertIdentity(ctx, s, id, number)
	})
	if err == nil {
		u.ID = number
	}
	return wrapErr("insert user "+u.Name, err)
}
