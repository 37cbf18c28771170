package items

import (
	"context"
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// PendingItems implements media.ModerationRecords.
func (db *ItemRecords) PendingItems(ctx context.Context, q media.PendingQuery, now time.Time, after int64, limit int) ([]media.Item, error) {
	items, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Item, error) {
		return Query(ctx, s, pendingItemsQuery, txn.Time(&now), q.From.UserID, q.From.AddressHash, q.Open, q.Own, after, limit)
	})
	return items, txn.Wrap("read pending items", err)
}

// CountPending implements media.ModerationRecords.
func (db *ItemRecords) CountPending(ctx context.Context, q media.PendingQuery, now time.Time) (int, error) {
	n, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (int, error) {
		return txn.QueryOne(ctx, s, txn.Value[int], countPendingQuery, txn.Time(&now), q.From.UserID, q.From.AddressHash, q.Open, q.Own)
	})
	return n, txn.Wrap("count pending items", err)
}

const (
	pending = ` FROM items WHERE number IN (
			SELECT number FROM items WHERE moderation = 'pending' AND ` + visibility.Present + ` UNION SELECT item FROM reports WHERE answered_at IS NULL)
		AND moderation <> 'rejected' AND ` + visibility.Present + ` AND (expires_at IS NULL OR expires_at > ?1)
		AND (CAST(?2 AS bigint) = 0 OR user_id = ?2) AND (CAST(?3 AS text) = '' OR user_id IS NULL AND uploader = ?3)
		AND (NOT CAST(?4 AS boolean) OR CAST(?5 AS bigint) <> 0 AND user_id = ?5 OR ` + visibility.Unclosed + `)`
	countPendingQuery = `SELECT count(*)` + pending
	pendingItemsQuery = `SELECT ` + cardColumns + pending + ` AND number > ?6 ORDER BY number LIMIT ?7`
)

// SetModeration implements media.ModerationRecords.
func (db *ItemRecords) SetModeration(ctx context.Context, id string, verdict media.Moderation) (media.Item, error) {
	held, nsfw := verdict.Stored()
	var it media.Item
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		if it, err = QueryOne(ctx, s, setModerationQuery, held, nsfw, id); err == nil {
			_, err = s.Exec(ctx, `DELETE FROM reports WHERE item = ?`, it.Number)
		}
		return err
	})
	if err != nil {
		return media.Item{}, txn.Wrap("moderate item "+id, err)
	}
	return it, nil
}

const (
	setModerationQuery = `
	UPDATE items SET moderation = ?, judged_nsfw = ? WHERE id = ? AND ` + visibility.Present + `
	RETURNING ` + itemColumns
	settlePendingQuery = `
	UPDATE items SET moderation = ?, judged_nsfw = ? WHERE id = ? AND moderation = 'pending' AND ` + visibility.Present + `
	RETURNING ` + itemColumns
	claimPendingQuery = `
	UPDATE items SET asked_until = ?2 WHERE number IN (
		SELECT number FROM items WHERE moderation = 'pending' AND ` + visibility.Present + `
			AND (expires_at IS NULL OR expires_at > ?1) AND asked_until <= ?1
		ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED)
	RETURNING ` + itemColumns
)

// ClaimPending implements media.ModerationRecords.
func (db *ItemRecords) ClaimPending(ctx context.Context, now, until time.Time) (media.Item, error) {
	it, err := db.updateItem(ctx, claimPendingQuery, txn.Time(&now), txn.Time(&until))
	return it, txn.Wrap("claim a pending item", err)
}

// ExtendClaim implements media.ModerationRecords.
func (db *ItemRecords) ExtendClaim(ctx context.Context, number int64, until time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `UPDATE items SET asked_until = ? WHERE number = ? AND moderation = 'pending'`, txn.Time(&until), number)
		return err
	})
	return txn.Wrap("extend the claim of a pending item", err)
}

// SettlePending implements media.ModerationRecords.
func (db *ItemRecords) SettlePending(ctx context.Context, id string, verdict media.Moderation) (media.Item, error) {
	held, nsfw := verdict.Stored()
	it, err := db.updateItem(ctx, settlePendingQuery, held, nsfw, id)
	return it, txn.Wrap("moderate item "+id, err)
}
