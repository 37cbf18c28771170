package accounts

import (
	"context"
	"time"

	"postern/media"
	"postern/records/txn"
)

// AnyPassword implements media.Credentials.
func (db *Accounts) AnyPassword(ctx context.Context) (bool, error) {
	found, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (bool, error) {
		return txn.QueryOne(ctx, s, txn.Value[bool], `SELECT EXISTS (SELECT 1 FROM passwords)`)
	})
	return found, txn.Wrap("look for passwords", err)
}

// Password implements media.Credentials.
func (db *Accounts) Password(ctx context.Context, userID int64) (media.Password, error) {
	p, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Password, error) {
		return txn.QueryOne(ctx, s, scanPassword, `SELECT user_id, hash, changed_at FROM passwords WHERE user_id = ?`, userID)
	})
	return p, txn.Wrap("read password", err)
}

func scanPassword(scan txn.Scan) (p media.Password, err error) {
	err = scan(&p.UserID, &p.Hash, txn.Time(&p.ChangedAt))
	return p, err
}

// SetPassword implements media.Credentials.
func (db *Accounts) SetPassword(ctx context.Context, p media.Password, except []byte) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error { return setPassword(ctx, s, p, except) })
	return txn.Wrap("set password", err)
}

func setPassword(ctx context.Context, s txn.Tx, p media.Password, except []byte) error {
	_, err := s.Exec(ctx, `
		INSERT INTO passwords (user_id, hash, changed_at) VALUES (?, ?, ?)
		ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`,
		p.UserID, p.Hash, txn.Time(&p.ChangedAt))
	if err != nil {
		return txn.Conflict(err, media.ErrIDTaken)
	}
	if err := deleteLinksOf(ctx, s, p.UserID); err != nil {
		return err
	}
	return deleteSessionsOf(ctx, s, p.UserID, except)
}

// deleteLinksOf ends the links by which a user chooses a new password; user 0 has none.
func deleteLinksOf(ctx context.Context, s txn.Tx, userID int64) error {
	_, err := s.Exec(ctx, `DELETE FROM invitations WHERE user_id = ?`, userID)
	return err
}

// ReplaceHash implements media.Credentials.
func (db *Accounts) ReplaceHash(ctx context.Context, userID int64, old, hash string) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `UPDATE passwords SET hash = ? WHERE user_id = ? AND hash = ?`, hash, userID, old)
		return err
	})
	return txn.Wrap("replace hash of password", err)
}

const invitationColumns = `id, digest, coalesce(user_id, 0), admin, moderator, max_bytes, max_items, max_daily, uses, created_at, expires_at`

func scanInvitation(scan txn.Scan) (i media.Invitation, err error) {
	err = scan(&i.ID, &i.Digest, &i.UserID, &i.Admin, &i.Moderator, &i.Quota.Bytes, &i.Quota.Items, &i.Quota.Daily,
		&i.Uses, txn.Time(&i.CreatedAt), txn.Time(&i.ExpiresAt))
	return i, err
}

// InsertInvitation implements media.Credentials.
func (db *Accounts) InsertInvitation(ctx context.Context, i *media.Invitation) error {
	var id int64
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		if err := deleteLinksOf(ctx, s, i.UserID); err != nil {
			return err
		}
		id, err = txn.InsertRow(ctx, s, `
			INSERT INTO invitations (digest, user_id, admin, moderator, max_bytes, max_items, max_daily, uses, created_at, expires_at)
			VALUES (?, nullif(CAST(? AS bigint), 0), ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			i.Digest, i.UserID, i.Admin, i.Moderator, i.Quota.Bytes, i.Quota.Items, i.Quota.Daily,
			i.Uses, txn.Time(&i.CreatedAt), txn.Time(&i.ExpiresAt))
		return txn.Conflict(err, media.ErrIDTaken)
	})
	if err != nil {
		return txn.Wrap("insert invitation", err)
	}
	i.ID = id
	return nil
}

// InvitationByDigest implements media.Credentials.
func (db *Accounts) InvitationByDigest(ctx context.Context, digest []byte) (media.Invitation, error) {
	i, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Invitation, error) {
		return txn.QueryOne(ctx, s, scanInvitation, `SELECT `+invitationColumns+` FROM invitations WHERE digest = ?`, digest)
	})
	return i, txn.Wrap("read invitation", err)
}

// Invitations implements media.Credentials.
func (db *Accounts) Invitations(ctx context.Context) ([]media.Invitation, error) {
	all, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Invitation, error) {
		return txn.QueryAll(ctx, s, scanInvitation, `SELECT `+invitationColumns+` FROM invitations WHERE user_id IS NULL ORDER BY id DESC`)
	})
	return all, txn.Wrap("read invitations", err)
}

// DeleteInvitation implements media.Credentials.
func (db *Accounts) DeleteInvitation(ctx context.Context, id int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `DELETE FROM invitations WHERE id = ?`, id))
	})
	return txn.Wrap("delete invitation", err)
}

// DeleteExpiredInvitations implements media.Credentials.
func (db *Accounts) DeleteExpiredInvitations(ctx context.Context, now time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `DELETE FROM invitations WHERE uses = 0 OR expires_at <= ?`, txn.Time(&now))
		return err
	})
	return txn.Wrap("delete expired invitations", err)
}

// AcceptInvitation implements media.Credentials.
func (db *Accounts) AcceptInvitation(ctx context.Context, digest []byte, u *media.User, hash string, now time.Time) error {
	var id int64
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		if err := useInvitation(ctx, s, `user_id IS NULL`, digest, now); err != nil {
			return err
		}
		if id, err = InsertUser(ctx, s, u); err != nil || hash == "" {
			return err
		}
		return setPassword(ctx, s, media.Password{UserID: id, Hash: hash, ChangedAt: now}, nil)
	})
	if err == nil {
		u.ID = id
	}
	return txn.Wrap("accept invitation", err)
}

// AcceptReset implements media.Credentials.
func (db *Accounts) AcceptReset(ctx context.Context, digest []byte, p media.Password) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if err := useInvitation(ctx, s, `user_id = ?3`, digest, p.ChangedAt, p.UserID); err != nil {
			return err
		}
		return setPassword(ctx, s, p, nil)
	})
	return txn.Wrap("accept link for a password", err)
}

// useInvitation takes a use of an open invitation, of which one of several callers
// gets the last.
func useInvitation(ctx context.Context, s txn.Tx, condition string, digest []byte, now time.Time, args ...any) error {
	return txn.RequireRow(s.Exec(ctx, `
		UPDATE invitations SET uses = uses - 1 WHERE digest = ?1 AND uses > 0 AND expires_at > ?2 AND `+condition,
		append([]any{digest, txn.Time(&now)}, args...)...))
}

// UserByIdentity implements media.Credentials.
func (db *Accounts) UserByIdentity(ctx context.Context, id media.Identity) (media.User, error) {
	u, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.User, error) {
		return txn.QueryOne(ctx, s, scanUser, `
			SELECT `+userColumns+` FROM identities JOIN users ON users.id = user_id WHERE issuer = ? AND subject = ?`, id.Issuer, id.Subject)
	})
	return u, txn.Wrap("read user of an identity", err)
}

// InsertIdentity implements media.Credentials.
func (db *Accounts) InsertIdentity(ctx context.Context, id media.Identity, userID int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error { return insertIdentity(ctx, s, id, userID) })
	return txn.Wrap("insert identity", err)
}

func insertIdentity(ctx context.Context, s txn.Tx, id media.Identity, userID int64) error {
	_, err := s.Exec(ctx, `INSERT INTO identities (issuer, subject, user_id) VALUES (?, ?, ?)`, id.Issuer, id.Subject, userID)
	return txn.Conflict(err, media.ErrIDTaken)
}

// InsertUserWithIdentity implements media.Credentials.
func (db *Accounts) InsertUserWithIdentity(ctx context.Context, u *media.User, id media.Identity) error {
	var number int64
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		if number, err = InsertUser(ctx, s, u); err != nil {
			return err
		}
		return insertIdentity(ctx, s, id, number)
	})
	if err == nil {
		u.ID = number
	}
	return txn.Wrap("insert user "+u.Name, err)
}
