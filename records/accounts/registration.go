package accounts

import (
	"context"
	"time"

	"postern/media"
	"postern/records/txn"
)

// Register implements media.Credentials.
func (db *Accounts) Register(ctx context.Context, u *media.User, hash string, since time.Time) error {
	var id int64
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if err := s.Lock(ctx, "registrations"); err != nil {
			return err
		}
		waiting, err := txn.QueryOne(ctx, s, txn.Value[int], `
			SELECT count(*) FROM users WHERE state = 'waiting' AND created_at >= ?`, txn.Time(&since))
		if err != nil {
			return err
		}
		if waiting >= media.MaxWaiting {
			return media.ErrManyWaiting
		}
		if id, err = InsertUser(ctx, s, u); err != nil {
			return err
		}
		return setPassword(ctx, s, media.Password{UserID: id, Hash: hash, ChangedAt: u.CreatedAt}, nil)
	})
	if err == nil {
		u.ID = id
	}
	return txn.Wrap("register", err)
}

// Approve implements media.Credentials.
func (db *Accounts) Approve(ctx context.Context, userID int64) error {
	return db.settle(ctx, "approve user", `UPDATE users SET state = '' WHERE id = ? AND state = 'waiting'`, userID)
}

// Refuse implements media.Credentials.
func (db *Accounts) Refuse(ctx context.Context, userID int64) error {
	return db.settle(ctx, "refuse user", `
		DELETE FROM users WHERE id = ?1 AND state = 'waiting'
			AND NOT EXISTS (SELECT 1 FROM items WHERE user_id = ?1) AND NOT EXISTS (SELECT 1 FROM albums WHERE user_id = ?1)`, userID)
}

func (db *Accounts) settle(ctx context.Context, step, statement string, userID int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, statement, userID))
	})
	return txn.Wrap(step, err)
}
