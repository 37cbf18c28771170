package records

import (
	"context"
	"time"

	"postern/media"
)

// Holdings implements media.Accounts.
func (db *DB) Holdings(ctx context.Context, userID int64) (media.Holdings, error) {
	h, err := read(ctx, db, func(ctx context.Context, s session) (media.Holdings, error) {
		return queryOne(ctx, s, scanHoldings, holdingsQuery, userID)
	})
	return h, wrapErr("read what a user has", err)
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

func scanHoldings(scan Scan) (h media.Holdings, err error) {
	err = scan(&h.Items, &h.Bytes, &h.Trashed, &h.Albums, &h.Comments, &h.Keys, &h.LastAdmin)
	return h, err
}

// DeleteUser implements media.Accounts.
func (db *DB) DeleteUser(ctx context.Context, id int64, until time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error { return lockOut(ctx, s, id) })
	for gone := false; err == nil && !gone; {
		gone, err = db.deleteUser(ctx, id, until)
	}
	return wrapErr("delete user", err)
}

// lockOut ends all that a user may do, unless it is the last admin.
func lockOut(ctx context.Context, s session, id int64) error {
	if err := s.Lock(ctx, "admins"); err != nil {
		return err
	}
	last, err := queryOne(ctx, s, scanBool, `SELECT `+lastAdmin+` FROM users WHERE id = ?`, id)
	if err != nil {
		return err
	}
	if last {
		return media.ErrLastAdmin
	}
	if _, err := s.exec(ctx, `UPDATE users SET admin = FALSE WHERE id = ?`, id); err != nil {
		return err
	}
	if _, err := s.exec(ctx, `DELETE FROM api_keys WHERE user_id = ?`, id); err != nil {
		return err
	}
	if _, err := s.exec(ctx, `DELETE FROM passwords WHERE user_id = ?`, id); err != nil {
		return err
	}
	if _, err := s.exec(ctx, `DELETE FROM identities WHERE user_id = ?`, id); err != nil {
		return err
	}
	if _, err := s.exec(ctx, `DELETE FROM invitations WHERE user_id = ?`, id); err != nil {
		return err
	}
	return deleteSessionsOf(ctx, s, id, nil)
}

// deleteUser removes in batches what a user has and then the user, unless an
// upload that was under way has come in between.
func (db *DB) deleteUser(ctx context.Context, id int64, until time.Time) (gone bool, err error) {
	_, err = db.deleteThreads(ctx, `user_id = ?1 OR album_id IN (SELECT id FROM albums WHERE user_id = ?1)`, id)
	if err != nil {
		return false, err
	}
	for _, some := range []func(context.Context, session) (int64, error){
		func(ctx context.Context, s session) (int64, error) { return orphanItems(ctx, s, id, until) },
		inBatch(`DELETE FROM album_votes WHERE user_id = ?1 AND album_id IN (SELECT album_id FROM album_votes WHERE user_id = ?1 LIMIT ?2)`, id),
		inBatch(`DELETE FROM comment_votes WHERE user_id = ?1 AND comment_id IN (SELECT comment_id FROM comment_votes WHERE user_id = ?1 LIMIT ?2)`, id),
		inBatch(`DELETE FROM albums WHERE id IN (SELECT id FROM albums WHERE user_id = ? LIMIT ?)`, id),
	} {
		if err := db.inBatches(ctx, some); err != nil {
			return false, err
		}
	}
	err = db.update(ctx, func(ctx context.Context, s session) error {
		rows, err := s.exec(ctx, `
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
func orphanItems(ctx context.Context, s session, user int64, until time.Time) (int64, error) {
	numbers, err := queryAll(ctx, s, scanNumber, `SELECT number FROM items WHERE user_id = ? LIMIT ?`, user, batch)
	if err != nil {
		return 0, err
	}
	list, err := numberList(numbers)
	if err != nil {
		return 0, err
	}
	_, err = s.exec(ctx, `
		UPDATE items SET album_id = NULL, state = CASE WHEN ?2 IS NULL THEN 'deleting' ELSE state END, purge_at = coalesce(purge_at, ?2)
		WHERE number IN (numbers_of(?1))`, list, unixTime{&until})
	if err != nil {
		return 0, err
	}
	_, err = s.exec(ctx, `UPDATE items SET user_id = NULL WHERE number IN (numbers_of(?))`, list)
	return int64(len(numbers)), err
}
