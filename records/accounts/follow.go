package accounts

import (
	"context"
	"time"

	"postern/media"
	"postern/records/txn"
)

// Follow implements media.CommunityRecords.
func (db *Accounts) Follow(ctx context.Context, follower, followed int64, at time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `INSERT INTO follows (follower, followed, created_at) VALUES (?, ?, ?)`, follower, followed, txn.Time(&at))
		return txn.Conflict(err, media.ErrNameTaken)
	})
	return txn.Wrap("follow", err)
}

// Unfollow implements media.CommunityRecords.
func (db *Accounts) Unfollow(ctx context.Context, follower, followed int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `DELETE FROM follows WHERE follower = ? AND followed = ?`, follower, followed))
	})
	return txn.Wrap("unfollow", err)
}

// Follows implements media.CommunityRecords.
func (db *Accounts) Follows(ctx context.Context, follower, followed int64) (bool, error) {
	n, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (int, error) {
		return txn.QueryOne(ctx, s, txn.Value[int], `SELECT count(*) FROM follows WHERE follower = ? AND followed = ?`, follower, followed)
	})
	return n > 0, txn.Wrap("read follower", err)
}

// Followers implements media.CommunityRecords. The latest comes first.
func (db *Accounts) Followers(ctx context.Context, user int64, offset, limit int) (media.List[media.User], error) {
	return txn.ReadList(ctx, db.tx, "list followers", scanUser, `SELECT count(*) FROM follows WHERE followed = ?`, `
		SELECT `+userColumns+` FROM (SELECT follows.created_at AS since, users.* FROM follows JOIN users ON id = follower
			WHERE followed = ?) AS users ORDER BY since DESC, id DESC LIMIT ? OFFSET ?`,
		[]any{user}, []any{user, limit, offset})
}

// Following implements media.CommunityRecords. The latest comes first.
func (db *Accounts) Following(ctx context.Context, user int64, offset, limit int) (media.List[media.User], error) {
	return txn.ReadList(ctx, db.tx, "list followed users", scanUser, `SELECT count(*) FROM follows WHERE follower = ?`, `
		SELECT `+userColumns+` FROM (SELECT follows.created_at AS since, users.* FROM follows JOIN users ON id = followed
			WHERE follower = ?) AS users ORDER BY since DESC, id DESC LIMIT ? OFFSET ?`,
		[]any{user}, []any{user, limit, offset})
}
