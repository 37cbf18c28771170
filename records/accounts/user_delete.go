package accounts

import (
	"context"
	"time"

	"postern/media"
	"postern/records/community"
	"postern/records/txn"
	"postern/records/visibility"
)

// Holdings implements media.Accounts.
func (db *Accounts) Holdings(ctx context.Context, userID int64) (media.Holdings, error) {
	h, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Holdings, error) {
		return txn.QueryOne(ctx, s, scanHoldings, holdingsQuery, userID)
	})
	return h, txn.Wrap("read what a user has", err)
}

const holdingsQuery = `
	SELECT coalesce(usage.items, 0), coalesce(usage.bytes, 0),
		(SELECT CAST(coalesce(sum(items), 0) AS bigint) FROM item_counts WHERE user_id = ?1 AND trashed),
		(SELECT count(*) FROM albums WHERE user_id = ?1), (SELECT count(*) FROM comments WHERE user_id = ?1),
		(SELECT count(*) FROM api_keys WHERE user_id = ?1 AND revoked_at IS NULL), ` + lastAdmin + `
	FROM users LEFT JOIN usage ON user_id = id WHERE id = ?1`

// lastAdmin is whether a row of users is the only active admin.
const lastAdmin = `admin AND users.state = '' AND NOT EXISTS (
	SELECT 1 FROM users AS others WHERE others.admin AND others.state = '' AND others.id <> users.id)`

func scanHoldings(scan txn.Scan) (h media.Holdings, err error) {
	err = scan(&h.Items, &h.Bytes, &h.Trashed, &h.Albums, &h.Comments, &h.Keys, &h.LastAdmin)
	return h, err
}

// DeleteUser implements media.Accounts.
func (db *Accounts) DeleteUser(ctx context.Context, id int64, until time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error { return lockOut(ctx, s, id) })
	for gone := false; err == nil && !gone; {
		gone, err = db.deleteUser(ctx, id, until)
	}
	return txn.Wrap("delete user", err)
}

// lockOut ends all that a user may do, unless it is the last admin.
func lockOut(ctx context.Context, s txn.Tx, id int64) error {
	if err := s.Lock(ctx, "admins"); err != nil {
		return err
	}
	last, err := txn.QueryOne(ctx, s, txn.Value[bool], `SELECT `+lastAdmin+` FROM users WHERE id = ?`, id)
	if err != nil {
		return err
	}
	if last {
		return media.ErrLastAdmin
	}
	if _, err := s.Exec(ctx, `UPDATE users SET admin = FALSE WHERE id = ?`, id); err != nil {
		return err
	}
	if _, err := s.Exec(ctx, `DELETE FROM api_keys WHERE user_id = ?`, id); err != nil {
		return err
	}
	if _, err := s.Exec(ctx, `DELETE FROM passwords WHERE user_id = ?`, id); err != nil {
		return err
	}
	if _, err := s.Exec(ctx, `DELETE FROM identities WHERE user_id = ?`, id); err != nil {
		return err
	}
	if err := deleteLinksOf(ctx, s, id); err != nil {
		return err
	}
	return deleteSessionsOf(ctx, s, id, nil)
}

// deleteUser removes in batches what a user has and then the user, unless an
// upload that was under way has come in between.
func (db *Accounts) deleteUser(ctx context.Context, id int64, until time.Time) (gone bool, err error) {
	_, err = community.DeleteThreads(ctx, db.tx, `user_id = ?1 OR album_id IN (SELECT id FROM albums WHERE user_id = ?1)`, id)
	if err != nil {
		return false, err
	}
	for _, some := range []func(context.Context, txn.Tx) (int64, error){
		func(ctx context.Context, s txn.Tx) (int64, error) { return orphanItems(ctx, s, id, until) },
		txn.InBatch(`DELETE FROM album_votes WHERE user_id = ?1 AND album_id IN (SELECT album_id FROM album_votes WHERE user_id = ?1 LIMIT ?2)`, id),
		txn.InBatch(`DELETE FROM comment_votes WHERE user_id = ?1 AND comment_id IN (SELECT comment_id FROM comment_votes WHERE user_id = ?1 LIMIT ?2)`, id),
		txn.InBatch(`DELETE FROM albums WHERE id IN (SELECT id FROM albums WHERE user_id = ? LIMIT ?)`, id),
	} {
		if err := db.tx.InBatches(ctx, some); err != nil {
			return false, err
		}
	}
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		rows, err := s.Exec(ctx, `
			DELETE FROM users WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM items WHERE user_id = ?1)
				AND NOT EXISTS (SELECT 1 FROM albums WHERE user_id = ?1)`, id)
		gone = rows > 0
		return err
	})
	return gone, err
}

// orphanItems makes a batch of a user's items nobody's, in the trash until a time
// or, for the zero time, deleting. Items are listed no more before they lose
// their user, so that what triggers count is right at each step.
func orphanItems(ctx context.Context, s txn.Tx, user int64, until time.Time) (int64, error) {
	numbers, err := txn.QueryAll(ctx, s, txn.Value[int64], `SELECT number FROM items WHERE user_id = ? LIMIT ?`, user, txn.Batch)
	if err != nil {
		return 0, err
	}
	list, err := txn.Numbers(numbers)
	if err != nil {
		return 0, err
	}
	_, err = s.Exec(ctx, `
		UPDATE items SET album_id = NULL, `+visibility.StayClosed+`, state = CASE WHEN ?2 IS NULL THEN 'deleting' ELSE state END, purge_at = coalesce(purge_at, ?2)
		WHERE number IN (numbers_of(?1))`, list, txn.Time(&until))
	if err != nil {
		return 0, err
	}
	_, err = s.Exec(ctx, `UPDATE items SET user_id = NULL, withheld = FALSE WHERE number IN (numbers_of(?))`, list)
	return int64(len(numbers)), err
}
